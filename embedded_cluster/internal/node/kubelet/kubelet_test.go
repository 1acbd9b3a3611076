package kubelet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

func TestEveryRequestToTheKubeletIsAuthenticatedAndAuthorized(t *testing.T) {
	c, err := configure(spec.Kubelet{NodeName: "node-0", NodeIP: "10.10.0.10"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Authentication.Anonymous.Enabled || !c.Authentication.Webhook.Enabled || c.Authentication.X509.ClientCAFile == "" {
		t.Errorf("%+v", c.Authentication)
	}
	if c.Authorization.Mode != kubeletconfig.KubeletAuthorizationModeWebhook {
		t.Errorf("authorization %s", c.Authorization.Mode)
	}
	if c.ReadOnlyPort != 0 || c.HealthzPort != 0 {
		t.Errorf("open ports: read-only %d, healthz %d", c.ReadOnlyPort, c.HealthzPort)
	}
	if c.Address != "10.10.0.10" {
		t.Errorf("listens on %s", c.Address)
	}
}

func TestLogsAreBounded(t *testing.T) {
	c, err := configure(spec.Kubelet{NodeName: "node-0", NodeIP: "10.10.0.10"})
	if err != nil {
		t.Fatal(err)
	}
	if c.ContainerLogMaxSize != "10Mi" || c.ContainerLogMaxFiles != 5 || c.ContainerLogMonitorInterval.Duration != 3*time.Second {
		t.Errorf("%s, %d files, every %s", c.ContainerLogMaxSize, c.ContainerLogMaxFiles, c.ContainerLogMonitorInterval)
	}
}

func TestTheGracePeriodCoversThreeRenewalsOfALease(t *testing.T) {
	grace, err := time.ParseDuration(spec.NodeMonitorGracePeriod)
	if err != nil {
		t.Fatal(err)
	}
	renewal := time.Duration(spec.NodeLeaseSeconds) * time.Second / 4
	if grace < 3*renewal {
		t.Errorf("a node is taken for lost after %s, but renews its lease every %s", grace, renewal)
	}
}

func TestReadingTheConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kubelet.json")
	for content, want := range map[string]string{
		`{"node_name": "node-0", "node_ip": "10.10.0.10"}`: "",
		`{"node_name": "node-0"}`:                          "node_name and node_ip are required",
		`{`:                                                path,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := read(path)
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestTheMachineIsThisOne(t *testing.T) {
	first, err := newMachine("node-0", "boot-1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := newMachine("node-1", "boot-2")
	if err != nil {
		t.Fatal(err)
	}
	if first.info.MachineID == second.info.MachineID || first.info.BootID != "boot-1" {
		t.Errorf("%+v, %+v", first.info, second.info)
	}
	if first.info.NumCores < 1 || first.info.MemoryCapacity < 1<<20 || first.version.KernelVersion == "" {
		t.Errorf("%+v %+v", first.info, first.version)
	}
	if info, err := first.GetDirFsInfo("/"); err != nil || info.Capacity == 0 || info.Available > info.Capacity {
		t.Errorf("%+v, %v", info, err)
	}
}
