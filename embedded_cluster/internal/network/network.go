// Package network lays the links of one cluster: a bridge in the control plane's namespace, a link from it to each node,
// and routes to the pods of the other nodes. It speaks netlink; no program of the machine is called.
package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

const (
	bridgeName = "nodes"
	nodeLink   = "eth0"
)

// Loopback brings lo up in the current namespace.
func Loopback() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}

// Bridge makes the bridge that the nodes hang on, with the control plane's address.
func Bridge() error {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = bridgeName
	attributes.HardwareAddr = HardwareAddress(netip.MustParseAddr(spec.ControlPlaneIP))
	bridge := &netlink.Bridge{LinkAttrs: attributes}
	if err := netlink.LinkAdd(bridge); err != nil {
		return fmt.Errorf("adding bridge %s: %w", bridgeName, err)
	}
	address, err := netlink.ParseAddr(fmt.Sprintf("%s/%d", spec.ControlPlaneIP, spec.NodePrefixBits))
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(bridge, address); err != nil {
		return fmt.Errorf("giving %s its address: %w", bridgeName, err)
	}
	if err := netlink.LinkSetUp(bridge); err != nil {
		return err
	}
	if err := routes(bridge); err != nil {
		return err
	}
	return Forward()
}

// Forward lets this namespace route between its links.
func Forward() error {
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1\n"), 0o644)
}

func linkName(index int) string { return fmt.Sprintf("node%d", index) }

// Connect makes the link of node index whose first process is pid.
func Connect(index, pid int) error {
	bridge, err := netlink.LinkByName(bridgeName)
	if err != nil {
		return err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = linkName(index)
	attributes.MasterIndex = bridge.Attrs().Index
	link := &netlink.Veth{
		LinkAttrs: attributes, PeerName: nodeLink, PeerNamespace: netlink.NsPid(pid), PeerHardwareAddr: HardwareAddress(spec.NodeIP(index)),
	}
	if err := netlink.LinkAdd(link); err != nil {
		return fmt.Errorf("adding the link of node %d: %w", index, err)
	}
	return netlink.LinkSetUp(link)
}

// Disconnect removes the link of node index. The kernel does so too after the end of the node, but not at once.
func Disconnect(index int) error {
	link, err := netlink.LinkByName(linkName(index))
	if err == nil {
		err = netlink.LinkDel(link)
	}
	if missing := (netlink.LinkNotFoundError{}); errors.As(err, &missing) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// Join gives node index, in its own namespace, its address and the routes to all others.
func Join(index int) error {
	if err := Loopback(); err != nil {
		return err
	}
	link, err := netlink.LinkByName(nodeLink)
	if err != nil {
		return fmt.Errorf("the node's link: %w", err)
	}
	address := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(spec.NodeIP(index), spec.NodePrefixBits))}
	if err := netlink.AddrAdd(link, address); err != nil {
		return fmt.Errorf("giving the node its address: %w", err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	if err := routes(link, index); err != nil {
		return err
	}
	services := Local(netip.MustParsePrefix(spec.ServiceCIDR))
	services.Src = spec.NodeIP(index).AsSlice() // as whom the node itself speaks to a Service
	if err := netlink.RouteAdd(services); err != nil {
		return fmt.Errorf("making the addresses of Services local: %w", err)
	}
	// What is carried for the pods leaves from few addresses; without this, 500 connections a second use up their ports.
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_tw_reuse", []byte("1\n"), 0o644); err != nil {
		return err
	}
	gateway := net.ParseIP(spec.ControlPlaneIP)
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: gateway}); err != nil {
		return fmt.Errorf("adding the default route: %w", err)
	}
	return Forward()
}

// HardwareAddress is the one that belongs to an IP address. Who has spoken to the address before need not find out that a
// new node or pod has it; and a bridge that has one of its own does not take another with each link that is added to it.
func HardwareAddress(ip netip.Addr) net.HardwareAddr {
	four := ip.As4()
	return net.HardwareAddr{0x0a, 0x58, four[0], four[1], four[2], four[3]} // administered locally
}

// Local is the route that makes addresses the namespace's own, so that its processes can listen on them.
func Local(addresses netip.Prefix) *netlink.Route {
	const loopback = 1 // the index of lo in every network namespace
	return &netlink.Route{
		LinkIndex: loopback, Dst: ipNet(addresses), Table: unix.RT_TABLE_LOCAL, Type: unix.RTN_LOCAL, Scope: unix.RT_SCOPE_HOST,
	}
}

// routes sends what is meant for the pods of a node to that node, for every node that there may ever be.
func routes(link netlink.Link, except ...int) error {
	for index := range spec.MaxNodes {
		if slices.Contains(except, index) {
			continue
		}
		to := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: ipNet(spec.NodePods(index)), Gw: spec.NodeIP(index).AsSlice()}
		if err := netlink.RouteAdd(to); err != nil {
			return fmt.Errorf("adding the route to the pods of node %d: %w", index, err)
		}
	}
	return nil
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}
