package network_test

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/vishvananda/netlink"

	"pytest-kworkload/embedded_cluster/internal/netns"
	"pytest-kworkload/embedded_cluster/internal/netns/netnstest"
	"pytest-kworkload/embedded_cluster/internal/network"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

func address(t *testing.T, name string) string {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return link.Attrs().HardwareAddr.String()
}

func TestTheBridgeKeepsItsAddress(t *testing.T) {
	if err := network.Bridge(); err != nil {
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

func TestAHardwareAddressBelongsToItsIP(t *testing.T) {
	if address := network.HardwareAddress(netip.MustParseAddr("10.244.1.255")).String(); address != "0a:58:0a:f4:01:ff" {
		t.Error(address)
	}
}
