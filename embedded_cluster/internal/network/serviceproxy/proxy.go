// Package serviceproxy is what kube-proxy and CoreDNS are in other clusters, in one process for all nodes. It listens on
// the addresses of the Services in the network of every node, where a route makes them local, and carries each connection
// to an endpoint. So it needs no firewall of the kernel, and works for an ordinary user.
package serviceproxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"pytest-kworkload/embedded_cluster/internal/network/dns"
	"pytest-kworkload/embedded_cluster/internal/network/nodefeed"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

// retry is how long after a failure the whole is tried again: a port that a process on the node holds may become free.
const retry = time.Second

// Main is the component `service-proxy`.
func Main(ctx context.Context, args []string) error {
	flags := pflag.NewFlagSet("service-proxy", pflag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	feed, err := nodefeed.Open(os.NewFile(nodefeed.Descriptor, "feed"))
	if err != nil {
		return err
	}
	names := &dns.Server{}
	names.Set(dns.NewZone(nil, nil))
	if err := serveDNS(names); err != nil {
		return err
	}
	return run(ctx, client, feed, names)
}

// run keeps every node at what the cluster's Services and EndpointSlices say, until ctx ends or the supervisor is gone.
func run(ctx context.Context, client kubernetes.Interface, feed nodefeed.Feed, names *dns.Server) error {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(withoutManagedFields))
	services, slices := factory.Core().V1().Services(), factory.Discovery().V1().EndpointSlices()
	changed, err := changes(services.Informer(), slices.Informer())
	if err != nil {
		return err
	}
	factory.StartWithContext(ctx)
	if synced := factory.WaitForCacheSyncWithContext(ctx); synced.Err != nil {
		return synced.Err
	}
	p := &serviceProxy{
		services: services.Lister(), slices: slices.Lister(), names: names, nodes: map[string]*node{}, ended: make(chan *node),
	}
	again := p.sync()
	announced, gone := follow(feed)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-gone:
			return fmt.Errorf("the supervisor's end of the feed of nodes: %w", err)
		case told := <-announced:
			err := p.add(ctx, told)
			again = p.sync()
			if err := feed.Reply(answer(told, err)); err != nil {
				return err
			}
			continue
		case n := <-p.ended:
			p.remove(n)
			continue
		case <-changed:
		case <-again:
		}
		again = p.sync()
	}
}

// withoutManagedFields keeps the caches small.
func withoutManagedFields(object any) (any, error) {
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
	}
	return object, nil
}

// changes signals that anything has changed since the last signal was taken.
func changes(of ...cache.SharedIndexInformer) (<-chan struct{}, error) {
	changed := make(chan struct{}, 1)
	change := func() {
		select {
		case changed <- struct{}{}:
		default: // the signal that waits covers this one
		}
	}
	for _, informer := range of {
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { change() }, UpdateFunc: func(any, any) { change() }, DeleteFunc: func(any) { change() },
		})
		if err != nil {
			return nil, err
		}
	}
	return changed, nil
}

func follow(feed nodefeed.Feed) (<-chan nodefeed.Node, <-chan error) {
	announced, gone := make(chan nodefeed.Node), make(chan error, 1)
	go func() {
		for {
			told, err := feed.Next()
			if err != nil {
				gone <- err
				return
			}
			announced <- told
		}
	}()
	return announced, gone
}

func answer(told nodefeed.Node, err error) nodefeed.Answer {
	if err != nil {
		return nodefeed.Answer{Name: told.Name, Failed: err.Error()}
	}
	return nodefeed.Answer{Name: told.Name}
}

// serveDNS answers on the control plane's address too: that is what the Service kube-dns has as its endpoint.
func serveDNS(names *dns.Server) error {
	address := netip.AddrPortFrom(netip.MustParseAddr(spec.ControlPlaneIP), spec.DNSPort)
	udp, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(address))
	if err != nil {
		return err
	}
	tcp, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(address))
	if err != nil {
		return err
	}
	names.Serve(udp, tcp)
	return nil
}

// serviceProxy belongs to the one goroutine of run.
type serviceProxy struct {
	services corelisters.ServiceLister
	slices   discoverylisters.EndpointSliceLister
	names    *dns.Server
	nodes    map[string]*node
	ended    chan *node
}

// add begins to serve a node, or a new life of one.
func (p *serviceProxy) add(ctx context.Context, told nodefeed.Node) error {
	p.remove(p.nodes[told.Name])
	n, err := newNode(ctx, Place{told.Name, told.IP}, told.Process, p.names)
	if err != nil {
		return err
	}
	p.nodes[n.Name] = n
	go func() {
		_ = n.network.Wait() // an error: it was removed before it ended
		select {
		case p.ended <- n:
		case <-n.ctx.Done():
		}
	}()
	return nil
}

func (p *serviceProxy) remove(n *node) {
	if n != nil && p.nodes[n.Name] == n {
		delete(p.nodes, n.Name)
		n.end()
	}
}

// sync brings everything to the state of the caches. The channel it returns, if any, tells when to try again.
func (p *serviceProxy) sync() <-chan time.Time {
	services, _ := p.services.List(labels.Everything()) // an error is not possible: the lister reads from memory
	slices, _ := p.slices.List(labels.Everything())
	p.names.Set(dns.NewZone(services, slices))
	var again <-chan time.Time
	for _, n := range p.nodes {
		if !n.apply(NewTable(n.Place, services, slices)) {
			again = time.After(retry)
		}
	}
	return again
}
