#!/bin/bash
# Builds every Go program of the node image, and kind itself, out of the Go module proxy. From nothing 15 minutes on two cores.
. "$(dirname "$0")/settings.sh"
BIN=$LAB/bin NODE=$LAB/bin/node PODS=$LAB/bin/pods
mkdir -p "$NODE" "$PODS"

module() { # module NAME REQUIREMENT...: an empty module that requires these, and becomes the working directory
  mkdir -p "$LAB/source/$1" && cd "$LAB/source/$1"
  printf 'module kindlab/%s\ngo 1.24.0\n' "$1" > go.mod && shift
  for requirement; do echo "require $requirement" >> go.mod; done
}

build() { # build TARGET FLAGS PACKAGE...
  local target=$1 flags=$2 before=$SECONDS; shift 2
  go build -ldflags "-s -w $flags" -o "$target" "$@"
  echo "$target: $((SECONDS - before)) s"
}

module kind "sigs.k8s.io/kind $KIND"
build "$BIN/kind" "" sigs.k8s.io/kind

module kubernetes "k8s.io/kubernetes v$KUBERNETES"
go mod download "k8s.io/kubernetes@v$KUBERNETES"
sed -n "s#^\t\(k8s.io/[a-z-]*\) => ./staging/.*#replace \1 => \1 v0.${KUBERNETES#1.}#p" "$(go env GOMODCACHE)/k8s.io/kubernetes@v$KUBERNETES/go.mod" >> go.mod
version=
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  version+=" -X $package.gitVersion=v$KUBERNETES -X $package.gitMajor=1 -X $package.gitMinor=$(cut -d. -f2 <<< "$KUBERNETES") -X $package.gitTreeState=clean"
done
for program in kubeadm kubelet kubectl; do build "$NODE/$program" "$version" "k8s.io/kubernetes/cmd/$program"; done
for program in kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do build "$PODS/$program" "$version" "k8s.io/kubernetes/cmd/$program"; done
cp "$NODE/kubectl" "$BIN/"

module etcd "go.etcd.io/etcd/server/v3 $ETCD"
build "$PODS/etcd" "" go.etcd.io/etcd/server/v3

module coredns "github.com/coredns/coredns $COREDNS"
{ # only the plugins that kubeadm's Corefile names
  printf 'package main\nimport (\n"github.com/coredns/coredns/coremain"\n'
  printf '_ "github.com/coredns/coredns/plugin/%s"\n' cache errors forward health kubernetes loadbalance log loop metrics ready reload
  printf ')\nfunc main() { coremain.Run() }\n'
} > main.go
build "$PODS/coredns" "" .

module local-path-provisioner "github.com/rancher/local-path-provisioner $PROVISIONER"
build "$PODS/local-path-provisioner" "" github.com/rancher/local-path-provisioner

module crictl "k8s.io/cri-api v0.${KUBERNETES#1.}"
cp "$LAB_SCRIPTS/crictl/main.go" .
build "$NODE/crictl" "" .
for program in pause labnet; do
  module $program
  cp "$LAB_SCRIPTS/$program/main.go" .
  build "$PODS/$program" "" .
done
