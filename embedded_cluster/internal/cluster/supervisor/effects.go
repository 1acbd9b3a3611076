package supervisor

import (
	"context"
	"net/http"
	"os"
	"syscall"

	"pytest-kworkload/embedded_cluster/internal/controlplane"
	"pytest-kworkload/embedded_cluster/internal/node/nodeline"
)

func (s *supervisor) kubeletStopped(_ context.Context, n *node) (revert, error) {
	if err := n.line.Order(nodeline.StopKubelet); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if err := n.line.Order(nodeline.StartKubelet); err != nil {
			return err
		}
		return s.kubeletAnswers(ctx, n)
	}, nil
}

func (s *supervisor) kubeletRestarted(ctx context.Context, n *node) (revert, error) {
	start, err := s.kubeletStopped(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := start(ctx); err != nil {
		return start, err
	}
	return func(context.Context) error { return nil }, nil
}

// nodeFrozen lets the first process stop the others, for it alone can do so in one step; then it is stopped itself.
func (s *supervisor) nodeFrozen(_ context.Context, n *node) (revert, error) {
	if err := n.line.Order(nodeline.Freeze); err != nil {
		return nil, err
	}
	return func(context.Context) error {
		if err := n.process.Signal(syscall.SIGCONT); err != nil {
			return err
		}
		return n.line.Order(nodeline.Thaw)
	}, n.process.Signal(syscall.SIGSTOP)
}

func (s *supervisor) nodeKilled(_ context.Context, n *node) (revert, error) {
	if err := n.kill(); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if err := s.boot(n); err != nil {
			return err
		}
		if err := serving(ctx, n.name, n.served); err != nil {
			return err
		}
		return s.kubeletAnswers(ctx, n)
	}, nil
}

func (s *supervisor) nodeRemoved(ctx context.Context, n *node) (revert, error) {
	if err := n.kill(); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return s.join(ctx, n) }, s.forget(ctx, n)
}

func (s *supervisor) nodeAdded(ctx context.Context, n *node) (revert, error) {
	return func(ctx context.Context) error { return s.leave(ctx, n) }, s.join(ctx, n)
}

// join starts a node that the cluster does not know, and returns when pods can use it.
func (s *supervisor) join(ctx context.Context, n *node) error {
	if err := s.boot(n); err != nil {
		return err
	}
	if err := s.api.nodesReady(ctx, []string{n.name}); err != nil {
		return err
	}
	return serving(ctx, n.name, n.served)
}

// leave kills a node for good.
func (s *supervisor) leave(ctx context.Context, n *node) error {
	if err := n.kill(); err != nil {
		return err
	}
	return s.forget(ctx, n)
}

func (s *supervisor) forget(ctx context.Context, n *node) error {
	if err := s.api.remove(ctx, "/api/v1/nodes/"+n.name); err != nil {
		return err
	}
	return os.RemoveAll(s.cluster.Node(n.name))
}

// componentStopped: the others end if they do not find the API server when they start, so they wait for it.
func (s *supervisor) componentStopped(_ context.Context, p *part) (revert, error) {
	p.process.Stop()
	return func(ctx context.Context) (err error) {
		if p.name == controlplane.KubeAPIServer {
			if p.process, err = p.start(s.reaper, s.deaths); err != nil {
				return err
			}
			return s.api.ready(ctx)
		}
		if err := s.api.ready(ctx); err != nil {
			return err
		}
		if p.process, err = p.start(s.reaper, s.deaths); err != nil {
			return err
		}
		url, saying := controlplane.Health(p.name)
		return s.api.answers(ctx, p.name, url, http.StatusOK, saying)
	}, nil
}
