package network_test

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"

	"github.com/vishvananda/netlink"

	"pytest-kworkload/embedded_cluster/internal/network"
	"pytest-kworkload/embedded_cluster/internal/network/netns"
	"pytest-kworkload/embedded_cluster/internal/network/netns/netnstest"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

// bridge makes the only one, for all tests.
var bridge = sync.OnceValue(network.Bridge)

func address(t *testing.T, name string) string {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return link.Attrs().HardwareAddr.String()
}

func TestTheBridgeKeepsItsAddress(t *testing.T) {
	if err := bridge(); err != nil {
		t.Fatal(err)
	}
	before := address(t, "nodes")
	for index := range 20 { // a bridge without an address of its own takes the lowest of its links
		process, pidfd := netnstest.Process(t)
		if err := network.Connect(index, process.Pid); err != nil {
			t.Fatal(err)
		}
		node, err := netns.Of(pidfd)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(node.Close)
		var its string
		_ = node.In(func() error {
			link, err := net.InterfaceByName("eth0")
			if err == nil {
				its = link.HardwareAddr.String()
			}
			return err
		})
		if its != network.HardwareAddress(spec.NodeIP(index)).String() {
			t.Errorf("node %d has %q", index, its)
		}
	}
	if after := address(t, "nodes"); after != before {
		t.Errorf("%s, then %s", before, after)
	}
}

func TestANodeCanBeConnectedAgain(t *testing.T) {
	if err := bridge(); err != nil {
		t.Fatal(err)
	}
	const index = spec.MaxNodes - 1
	for range 2 {
		process, _ := netnstest.Process(t)
		if err := network.Connect(index, process.Pid); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the kernel may have been first
			if err := network.Disconnect(index); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestThereIsARouteToEveryNodeThatMayJoin(t *testing.T) {
	if err := bridge(); err != nil {
		t.Fatal(err)
	}
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		t.Fatal(err)
	}
	via := map[string]string{}
	for _, route := range routes {
		via[route.Dst.String()] = route.Gw.String()
	}
	for index := range spec.MaxNodes {
		if got := via[spec.NodePods(index).String()]; got != spec.NodeIP(index).String() {
			t.Errorf("pods of node %d: %q", index, got)
		}
	}
}

func TestAHardwareAddressBelongsToItsIP(t *testing.T) {
	if address := network.HardwareAddress(netip.MustParseAddr("10.244.1.255")).String(); address != "0a:58:0a:f4:01:ff" {
		t.Error(address)
	}
}
