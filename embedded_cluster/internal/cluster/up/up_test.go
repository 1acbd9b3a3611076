package up

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

func TestWrongArguments(t *testing.T) {
	for arguments, want := range map[string]string{
		"--nodes 0 --dir d":            "--nodes 0\n  why: a cluster needs a node to run pods on, and its address plan has room for a limited number\n  do:  ask for 1 to 100 nodes",
		"--nodes 101 --dir d":          "ask for 1 to 100 nodes",
		"--nodes 3":                    "--dir is required",
		"--dir d --image nginx":        "--image nginx\n  why: it is not PATTERN=host or PATTERN=stand-in",
		"--dir d --image nginx=docker": "it is not PATTERN=host or PATTERN=stand-in",
		"--dir d extra":                `unexpected argument "extra"`,
		"--dir d --nodes many":         "invalid argument",
	} {
		_, err := parse(strings.Fields(arguments))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arguments, err)
		}
	}
}

func TestClaimTakesOnlyWhatIsTheClusters(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "cluster")
	cluster := spec.Cluster{Layout: spec.Layout{Directory: directory}}
	if err := claim(cluster); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(directory)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v %v", info.Mode(), err)
	}
	if err := os.WriteFile(cluster.Owners(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := claim(cluster); err != nil {
		t.Errorf("with only the owners' lock in it: %v", err)
	}
	if err := os.WriteFile(filepath.Join(directory, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := claim(cluster); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("with somebody's file in it: %v", err)
	}
}
