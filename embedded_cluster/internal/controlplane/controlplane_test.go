package controlplane

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

func TestExtraArgumentsComeLast(t *testing.T) {
	layout := spec.Layout{Directory: "/c"}
	for name, arguments := range map[string][]string{
		"kube-apiserver":          APIServer(layout, []string{"--extra"}),
		"kube-controller-manager": ControllerManagerArguments(layout, []string{"--extra"}),
		"kube-scheduler":          SchedulerArguments(layout, []string{"--extra"}),
	} {
		if arguments[0] != name || arguments[len(arguments)-1] != "--extra" {
			t.Errorf("%s: %v", name, arguments)
		}
	}
}

func TestTheAPIServerAuthorizesEverybody(t *testing.T) {
	arguments := APIServer(spec.Layout{Directory: "/c"}, nil)
	if !slices.Contains(arguments, "--authorization-mode=Node,RBAC") {
		t.Error("authorization is not Node,RBAC")
	}
	for _, argument := range arguments {
		if strings.HasPrefix(argument, "--anonymous-auth=true") || strings.Contains(argument, "AlwaysAllow") {
			t.Errorf("%s", argument)
		}
	}
}

func TestCredentialsAreRandomAndPrivate(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "pki")
	first, err := NewCredentials([]string{"node-0"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewCredentials([]string{"node-0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Admin, ControllerManager, Scheduler, Provisioner, "node-0"} {
		if first.Token(name) == second.Token(name) || first.Token(name) == "" {
			t.Errorf("token of %s is not random", name)
		}
	}
	if err := first.Write(directory); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", entry.Name(), info.Mode().Perm())
		}
	}
	users, err := csv.NewReader(strings.NewReader(string(first.tokenFile()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(users) != 5 {
		t.Errorf("%d users", len(users))
	}
}

func TestStandardIsTheDefaultClass(t *testing.T) {
	objects := Objects()
	class := objects[0].Body.(storageClass)
	if class.Metadata.Name != "standard" || class.Metadata.Annotations["storageclass.kubernetes.io/is-default-class"] != "true" ||
		class.VolumeBindingMode != "WaitForFirstConsumer" || class.ReclaimPolicy != "Delete" {
		t.Errorf("%+v", class)
	}
}
