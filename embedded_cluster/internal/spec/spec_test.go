package spec

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheAddressPlanHasRoomForEveryNode(t *testing.T) {
	nodes := netip.PrefixFrom(netip.MustParseAddr(ControlPlaneIP), NodePrefixBits)
	pods, services := netip.MustParsePrefix(PodCIDR), netip.MustParsePrefix(ServiceCIDR)
	seen := map[netip.Addr]bool{netip.MustParseAddr(ControlPlaneIP): true}
	for index := range MaxNodes {
		ip, prefix := NodeIP(index), NodePods(index)
		if seen[ip] || !nodes.Contains(ip) || !nodes.Contains(ip.Next()) {
			t.Errorf("node %d: address %s", index, ip)
		}
		seen[ip] = true
		if !pods.Contains(prefix.Addr()) || prefix.Bits() != PodPrefixBits || index > 0 && prefix.Overlaps(NodePods(index-1)) {
			t.Errorf("node %d: pods %s", index, prefix)
		}
	}
	if nodes.Overlaps(pods) || pods.Overlaps(services) || nodes.Overlaps(services) {
		t.Error("ranges overlap")
	}
	for _, address := range []string{ServiceIP, DNSIP} {
		if !services.Contains(netip.MustParseAddr(address)) {
			t.Errorf("%s is no Service's address", address)
		}
	}
}

func TestAVolumeIsAtItsPlaceOnTheNode(t *testing.T) {
	layout := Layout{Directory: "/c"}
	rest, found := strings.CutPrefix(layout.Volume("node-1", "v"), layout.NodeVar("node-1"))
	if !found || "/var"+rest != filepath.Join(VolumesOnNode, "v") {
		t.Errorf("on the host %s, on the node %s", layout.Volume("node-1", "v"), VolumesOnNode)
	}
}

func TestSecretsAreInMemory(t *testing.T) {
	layout := Layout{Directory: "/c"}
	for _, path := range []string{layout.Certificates(), layout.Etcd()} {
		if !strings.HasPrefix(path, layout.Run()+"/") {
			t.Errorf("%s is not below %s", path, layout.Run())
		}
	}
}

func TestTimingsNameEveryShortenedOne(t *testing.T) {
	timings := Timings()
	for name, want := range map[string]string{
		"node-monitor-period": "1s", "node-monitor-grace-period": "8s", "node-lease-duration": "5s", "node-status-update": "1s",
		"pvclaimbinder-sync-period": "5s",
	} {
		if timings[name] != want {
			t.Errorf("%s=%s, want %s", name, timings[name], want)
		}
	}
}
