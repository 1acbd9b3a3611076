package supervisor

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/network"
	"pytest-kworkload/embedded_cluster/internal/node/nodeline"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/child"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
	"pytest-kworkload/embedded_cluster/internal/tools/rights"
)

// node is one of the cluster. It may live several times; what is not its name and index belongs to its life.
type node struct {
	name    string
	index   int
	process *child.Child
	line    *nodeline.Line
	served  <-chan error // whether Services and DNS are
}

// boot starts the node on the disk that it has, if any. If it fails, nothing of the node runs.
func (s *supervisor) boot(n *node) (err error) {
	for _, directory := range []string{s.cluster.NodeVar(n.name), s.cluster.Root(n.name)} {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return message.Disk(s.cluster.Directory, err)
		}
	}
	description, err := s.describe(n)
	if err != nil {
		return err
	}
	line, end, err := nodeline.Pair()
	if err != nil {
		return err
	}
	defer func() { _ = end.Close() }()
	c := component{
		name: n.name, program: s.cluster.Program(spec.SupervisorProgram), layout: s.cluster.Layout,
		args: []string{spec.SupervisorProgram, "node"}, files: []*os.File{end},
		clone: unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
	}
	n.line = line
	if n.process, err = c.start(s.reaper, s.deaths); err != nil {
		line.Close()
		return &stageError{"namespaces", err}
	}
	defer func() {
		if err != nil {
			n.end()
		}
	}()
	if err := network.Connect(n.index, n.process.PID()); err != nil {
		return &stageError{"link", err}
	}
	if n.served, err = s.services.announce(n.name, spec.NodeIP(n.index), n.process.PID()); err != nil {
		return err
	}
	return line.Describe(description) // only now: the node goes on when it has read this
}

// end returns when nothing of the node runs any more.
func (n *node) end() {
	if n.process != nil {
		n.process.Stop()
		n.line.Close()
	}
}

// kill ends the node as the loss of its power does: nobody hears a last word of it. If it fails, nothing was changed.
func (n *node) kill() error {
	if err := network.Disconnect(n.index); err != nil {
		return err
	}
	n.end()
	return nil
}

// kubeletAnswers waits for the kubelet. It says no to everybody who has no business with it, and that is an answer.
func (s *supervisor) kubeletAnswers(ctx context.Context, n *node) error {
	url := fmt.Sprintf("https://%s:%d/healthz", spec.NodeIP(n.index), spec.KubeletPort)
	return s.api.answers(ctx, "the kubelet of "+n.name, url, http.StatusUnauthorized, "")
}

func (s *supervisor) describe(n *node) (spec.Node, error) {
	address := spec.NodeIP(n.index)
	credentials, err := s.credentials.Node(n.name, address.AsSlice())
	return spec.Node{
		Name: n.name, Index: n.index, Layout: s.cluster.Layout, ClusterProgram: s.cluster.ClusterProgram,
		SingleID: rights.SingleID(), Images: s.cluster.Images, ImageCache: s.cluster.ImageCache,
		Kubelet:     spec.Kubelet{NodeName: n.name, NodeIP: address.String(), BootID: bootID(), ClusterDNS: []string{spec.DNSIP}},
		Credentials: credentials,
	}, err
}

// bootID is what the kernel of a real node makes up when it starts.
func bootID() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails
	return hex.EncodeToString(bits[:])
}
