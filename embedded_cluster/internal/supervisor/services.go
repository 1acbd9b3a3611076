package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/controlplane"
	"pytest-kworkload/embedded_cluster/internal/nodefeed"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

// services is the supervisor's hold on the service proxy, which serves the Services on every node that it is told of.
type services struct {
	feed  nodefeed.Feed
	proxy *os.File // its end of the feed, until it is started
}

func newServices() (services, error) {
	feed, proxy, err := nodefeed.Pair()
	return services{feed, proxy}, err
}

func (s *starter) startServiceProxy(gate *gate) error {
	defer func() { _ = s.services.proxy.Close() }()
	return s.run(component{
		name: controlplane.ServiceProxy, args: controlplane.ServiceProxyArguments(s.cluster.Layout), files: []*os.File{s.services.proxy},
	}, gate)
}

// announce tells of a node's new life, before or after the proxy has started. When that ends, so does what is served there.
func (s services) announce(index, pid int) error {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("the first process of node %d: %w", index, err)
	}
	defer func() { _ = unix.Close(process) }()
	return s.feed.Announce(nodefeed.Node{Name: spec.NodeName(index), IP: spec.NodeIP(index), Process: process})
}

// serving waits until Services and DNS are served on these nodes, which were announced.
func (s services) serving(ctx context.Context, names []string) error {
	stop := context.AfterFunc(ctx, func() { _ = s.feed.SetReadDeadline(time.Now()) })
	defer stop()
	waiting := map[string]bool{}
	for _, name := range names {
		waiting[name] = true
	}
	for len(waiting) > 0 {
		answer, err := s.feed.Answer()
		if ctx.Err() != nil {
			return late("the service proxy", fmt.Sprintf("it does not serve %v", waiting))
		}
		if err == nil && answer.Failed != "" {
			err = errors.New(answer.Failed)
		}
		if err != nil {
			return fmt.Errorf("serving Services and DNS on the nodes: %w", err)
		}
		delete(waiting, answer.Name)
	}
	return nil
}
