package serviceproxy

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"

	"pytest-kworkload/embedded_cluster/internal/network"
	"pytest-kworkload/embedded_cluster/internal/network/dns"
	"pytest-kworkload/embedded_cluster/internal/network/forward"
	"pytest-kworkload/embedded_cluster/internal/network/netns"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

// node holds the sockets in the network of one node.
type node struct {
	Place
	network   netns.Namespace
	routes    *netlink.Handle
	ctx       context.Context // ends with the node, and every connection with it
	cancel    context.CancelFunc
	open      map[Frontend]frontend
	balancers map[string]*balancer
	external  map[netip.Addr]bool // addresses that are the node's for the sake of a Service
	failed    []string            // what could not be done last time
}

type frontend struct {
	balancer *balancer
	close    func()
	keep     func(func(netip.AddrPort) bool) // nil for TCP
}

// newNode serves DNS already.
func newNode(ctx context.Context, place Place, pidfd int, names *dns.Server) (*node, error) {
	namespace, err := netns.Of(pidfd)
	if err != nil {
		return nil, err
	}
	n := &node{
		Place: place, network: namespace, open: map[Frontend]frontend{}, balancers: map[string]*balancer{}, external: map[netip.Addr]bool{},
	}
	n.ctx, n.cancel = context.WithCancel(ctx)
	if err := n.serveDNS(names); err != nil {
		n.end()
		return nil, err
	}
	err = namespace.In(func() (err error) {
		n.routes, err = netlink.NewHandle(unix.NETLINK_ROUTE)
		return err
	})
	if err != nil {
		n.end()
		return nil, err
	}
	return n, nil
}

func (n *node) serveDNS(names *dns.Server) error {
	address := netip.AddrPortFrom(netip.MustParseAddr(spec.DNSIP), spec.DNSPort)
	udp, err := n.network.ListenUDP(address)
	if err != nil {
		return err
	}
	context.AfterFunc(n.ctx, func() { _ = udp.Close() })
	tcp, err := n.network.ListenTCP(address)
	if err != nil {
		return err
	}
	context.AfterFunc(n.ctx, func() { _ = tcp.Close() })
	names.Serve(udp, tcp)
	return nil
}

// end closes everything, so that the kernel can let go of the node's network.
func (n *node) end() {
	n.cancel()
	for _, f := range n.open {
		f.close()
	}
	if n.routes != nil {
		n.routes.Close()
	}
	n.network.Close()
}

// apply serves what the table has and nothing else. It is false if something could not be done; the next call tries again.
func (n *node) apply(table Table) bool {
	used := n.choose(table)
	for at, f := range n.open {
		if backends, wanted := table[at]; !wanted || f.balancer != used[backends.Port] {
			f.close()
			delete(n.open, at)
		} else if f.keep != nil {
			f.keep(f.balancer.has)
		}
	}
	failed := n.ownExternal(table)
	for at, backends := range table {
		if _, there := n.open[at]; there {
			continue
		}
		f, err := n.listen(at, used[backends.Port])
		if err != nil {
			failed = append(failed, fmt.Sprintf("%s of %s: %v", at, backends.Port, err))
			continue
		}
		n.open[at] = f
	}
	slices.Sort(failed)
	if !slices.Equal(failed, n.failed) { // once, not at every try
		klog.Infof("on %s cannot be served: %q", n.Name, failed)
		n.failed = failed
	}
	return len(failed) == 0
}

// choose brings the balancers to the table, and returns them by port.
func (n *node) choose(table Table) map[string]*balancer {
	used := map[string]*balancer{}
	for _, backends := range table {
		if used[backends.Port] != nil {
			continue
		}
		b := n.balancers[backends.Port]
		if b == nil {
			b = newBalancer(time.Now)
		}
		b.set(backends)
		used[backends.Port] = b
	}
	for port, b := range n.balancers {
		if used[port] == nil {
			b.set(Backends{}) // for a connection that is just being accepted
		}
	}
	n.balancers = used
	return used
}

func (n *node) listen(at Frontend, b *balancer) (frontend, error) {
	if at.Network == "udp" {
		socket, err := n.network.ListenUDP(at.Address)
		if err != nil {
			return frontend{}, err
		}
		udp := forward.NewUDP(n.ctx, socket, b.choose, n.network.DialContext)
		return frontend{balancer: b, close: udp.Close, keep: udp.Keep}, nil
	}
	listener, err := n.network.ListenTCP(at.Address)
	if err != nil {
		return frontend{}, err
	}
	go forward.TCP(n.ctx, listener, b.choose, n.network.DialContext)
	return frontend{balancer: b, close: func() { _ = listener.Close() }}, nil
}

// ownExternal makes the external addresses of the table the node's own, and those that are no longer in it not.
func (n *node) ownExternal(table Table) (failed []string) {
	wanted := map[netip.Addr]bool{}
	for at := range table {
		if ip := at.Address.Addr(); ip != n.IP && !serviceRange.Contains(ip) {
			wanted[ip] = true
		}
	}
	change := func(ip netip.Addr, do func(*netlink.Route) error, now bool) {
		if err := do(network.Local(netip.PrefixFrom(ip, ip.BitLen()))); err != nil {
			failed = append(failed, fmt.Sprintf("external address %s: %v", ip, err))
			return
		}
		n.external[ip] = now
	}
	for ip, owned := range n.external {
		if owned && !wanted[ip] {
			change(ip, n.routes.RouteDel, false)
		}
	}
	for ip := range wanted {
		if !n.external[ip] {
			change(ip, n.routes.RouteReplace, true)
		}
	}
	return failed
}

var serviceRange = netip.MustParsePrefix(spec.ServiceCIDR)
