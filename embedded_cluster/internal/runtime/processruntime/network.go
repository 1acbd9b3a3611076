package processruntime

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"

	"github.com/vishvananda/netlink"

	"pytest-kworkload/embedded_cluster/internal/network"
)

const (
	podBridge = "pods"
	podLink   = "eth0"
)

// podNetwork gives each pod a link to the node's bridge and an address of the node's range.
type podNetwork struct {
	bridge    netlink.Link
	addresses *pool
}

func newPodNetwork(prefix netip.Prefix) (*podNetwork, error) {
	n := &podNetwork{addresses: newPool(prefix)}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = podBridge
	attributes.HardwareAddr = network.HardwareAddress(n.addresses.gateway())
	if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attributes}); err != nil && !errors.Is(err, syscall.EEXIST) {
		return nil, fmt.Errorf("adding bridge %s: %w", podBridge, err)
	}
	var err error
	if n.bridge, err = netlink.LinkByName(podBridge); err != nil {
		return nil, err
	}
	if err := netlink.AddrReplace(n.bridge, n.address(n.addresses.gateway())); err != nil {
		return nil, err
	}
	return n, netlink.LinkSetUp(n.bridge)
}

func (n *podNetwork) address(ip netip.Addr) *netlink.Addr {
	bits := n.addresses.prefix.Bits()
	return &netlink.Addr{IPNet: &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(bits, ip.BitLen())}}
}

func linkName(sandbox string) string { return "p" + sandbox[:12] }

// connect makes the pod's link; the far end is set up by configure, inside the pod.
func (n *podNetwork) connect(sandbox string, pid int) (netip.Addr, error) {
	ip, err := n.addresses.take()
	if err != nil {
		return ip, err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name = linkName(sandbox)
	attributes.MasterIndex = n.bridge.Attrs().Index
	link := &netlink.Veth{
		LinkAttrs: attributes, PeerName: podLink, PeerNamespace: netlink.NsPid(pid), PeerHardwareAddr: network.HardwareAddress(ip),
	}
	if err := netlink.LinkAdd(link); err != nil {
		n.addresses.free(ip)
		return ip, fmt.Errorf("adding the pod's link: %w", err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		n.disconnect(sandbox, ip)
		return netip.Addr{}, err
	}
	return ip, nil
}

// configure runs in the pod's network namespace.
func (n *podNetwork) configure(ip netip.Addr) error {
	handle, err := netlink.NewHandle() // sockets of the current namespace; the package's own are of the node's
	if err != nil {
		return err
	}
	defer handle.Close()
	for _, name := range []string{"lo", podLink} {
		link, err := handle.LinkByName(name)
		if err != nil {
			return err
		}
		if name == podLink {
			if err := handle.AddrAdd(link, n.address(ip)); err != nil {
				return err
			}
		}
		if err := handle.LinkSetUp(link); err != nil {
			return err
		}
	}
	if err := handle.RouteAdd(&netlink.Route{Gw: n.addresses.gateway().AsSlice()}); err != nil {
		return fmt.Errorf("adding the default route: %w", err)
	}
	return nil
}

func (n *podNetwork) disconnect(sandbox string, ip netip.Addr) {
	if link, err := netlink.LinkByName(linkName(sandbox)); err == nil {
		_ = netlink.LinkDel(link) // gone already if the pod's namespace is
	}
	n.addresses.free(ip)
}

func (n *podNetwork) close() { _ = netlink.LinkDel(n.bridge) }

// sysctl writes a setting of the namespaces that the calling thread is in. /proc/sys shows those of the reader.
func sysctl(name, value string) error {
	path := "/proc/sys/" + sysctlPath(name)
	if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
		return fmt.Errorf("sysctl %s=%s: %w", name, value, err)
	}
	return nil
}

// sysctlPath: dots and slashes change places, as sysctl(8) has it.
func sysctlPath(name string) string {
	path := []byte(name)
	for i, c := range path {
		switch c {
		case '.':
			path[i] = '/'
		case '/':
			path[i] = '.'
		}
	}
	return string(path)
}

// pool hands out the addresses of a range in turn, so that a freed one is used again as late as possible: what still
// speaks to an ended pod must not meet another.
type pool struct {
	prefix netip.Prefix
	mu     sync.Mutex
	last   netip.Addr
	taken  map[netip.Addr]bool
}

func newPool(prefix netip.Prefix) *pool {
	p := &pool{prefix: prefix, taken: map[netip.Addr]bool{}}
	p.last = p.gateway()
	return p
}

func (p *pool) gateway() netip.Addr { return p.prefix.Masked().Addr().Next() }

// follow makes an address the last one that was given.
func (p *pool) follow(address string) {
	if last, err := netip.ParseAddr(address); err == nil && p.prefix.Contains(last) {
		p.last = last
	}
}

func (p *pool) take() (netip.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for first := p.last; ; {
		next := p.last.Next()
		if !p.prefix.Contains(next.Next()) { // next would be the broadcast address
			next = p.gateway().Next()
		}
		p.last = next
		if !p.taken[next] {
			p.taken[next] = true
			return next, nil
		}
		if next == first {
			return netip.Addr{}, fmt.Errorf("all %d addresses of %s are in use", len(p.taken), p.prefix)
		}
	}
}

func (p *pool) free(ip netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, ip)
}
