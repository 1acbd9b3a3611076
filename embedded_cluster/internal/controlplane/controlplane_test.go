package controlplane

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/csv"
	"net"
	"os"
	"path/filepath"
	"regexp"
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
	first, err := NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Admin, ControllerManager, Scheduler, Provisioner, ServiceProxy} {
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

func TestANodeIsKnownByACertificate(t *testing.T) {
	c, err := NewCredentials()
	if err != nil {
		t.Fatal(err)
	}
	node, err := c.Node("node-7", net.IPv4(10, 10, 0, 17))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^    client-certificate-data: (.*)\n    client-key-data: (.*)$`).FindStringSubmatch(node.Kubeconfig)
	if found == nil || strings.Contains(node.Kubeconfig, "token") {
		t.Fatalf("%s", node.Kubeconfig)
	}
	var pair [2][]byte
	for i := range pair {
		if pair[i], err = base64.StdEncoding.DecodeString(found[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := tls.X509KeyPair(pair[0], pair[1])
	if err != nil {
		t.Fatal(err)
	}
	if subject := certificate.Leaf.Subject.String(); subject != "CN=system:node:node-7,O=system:nodes" {
		t.Errorf("%s", subject)
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

func TestDNSIsFoundAsInEveryCluster(t *testing.T) {
	objects := DNS()
	service, slice := objects[0].Body.(manifest), objects[1].Body.(manifest)
	meta := service["metadata"].(metadata)
	if objects[0].Path != "/api/v1/namespaces/kube-system/services" || meta.Name != "kube-dns" || meta.Labels["k8s-app"] != "kube-dns" ||
		service["spec"].(manifest)["clusterIP"] != spec.DNSIP {
		t.Errorf("%v", service)
	}
	if labels := slice["metadata"].(metadata).Labels; labels["kubernetes.io/service-name"] != meta.Name {
		t.Errorf("the slice belongs to %q", labels["kubernetes.io/service-name"])
	}
	// Without this label the service proxy would forward what it answers itself.
	if meta.Labels["service.kubernetes.io/service-proxy-name"] == "" {
		t.Errorf("%v", meta.Labels)
	}
}
