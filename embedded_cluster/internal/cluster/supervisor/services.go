package supervisor

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/controlplane"
	"pytest-kworkload/embedded_cluster/internal/network/nodefeed"
)

// services is the supervisor's hold on the service proxy, which serves the Services on every node that it is told of.
type services struct {
	feed  nodefeed.Feed
	proxy *os.File // its end of the feed, until it is started

	mu      sync.Mutex
	waiting []chan<- error // for the answers, which come in the order of what was announced
}

func newServices() (*services, error) {
	feed, proxy, err := nodefeed.Pair()
	if err != nil {
		return nil, err
	}
	s := &services{feed: feed, proxy: proxy}
	go s.hear()
	return s, nil
}

func (s *supervisor) startServiceProxy(gate *gate) error {
	defer func() { _ = s.services.proxy.Close() }()
	return s.run(component{
		name: controlplane.ServiceProxy, args: controlplane.ServiceProxyArguments(s.cluster.Layout), files: []*os.File{s.services.proxy},
	}, gate)
}

// announce tells of a node's new life, before or after the proxy has started. When that ends, so does what is served there.
// The channel delivers, once, whether Services and DNS are served there.
func (s *services) announce(name string, ip netip.Addr, pid int) (<-chan error, error) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("the first process of %s: %w", name, err)
	}
	defer func() { _ = unix.Close(process) }()
	served := make(chan error, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.feed.Announce(nodefeed.Node{Name: name, IP: ip, Process: process}); err != nil {
		return nil, err
	}
	s.waiting = append(s.waiting, served)
	return served, nil
}

// hear hands out the answers. It ends with the proxy, and the cluster does so too.
func (s *services) hear() {
	for {
		answer, err := s.feed.Answer()
		if err != nil {
			return
		}
		if answer.Failed != "" {
			err = fmt.Errorf("serving Services and DNS on %s: %s", answer.Name, answer.Failed)
		}
		s.mu.Lock()
		served := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.mu.Unlock()
		served <- err
	}
}

// serving waits for what announce returned.
func serving(ctx context.Context, name string, served <-chan error) error {
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return late("the service proxy", "it does not serve "+name)
	}
}
