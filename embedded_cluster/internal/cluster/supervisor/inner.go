package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/controlplane"
	"pytest-kworkload/embedded_cluster/internal/network"
	"pytest-kworkload/embedded_cluster/internal/network/forward"
	"pytest-kworkload/embedded_cluster/internal/runtime/rootfs"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/child"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// usableWithin bounds the start; every part of it ends early if a component dies.
const usableWithin = 5 * time.Minute

// Inner is PID 1 of the cluster's namespaces. When it returns, the cluster is over.
func Inner(directory string) int {
	reports := os.NewFile(reportDescriptor, "reports")
	unix.CloseOnExec(reportDescriptor)
	unix.CloseOnExec(listenerDescriptor)
	err := inner(spec.Layout{Directory: directory}, reports)
	if err == nil {
		return 0
	}
	r := report{Failed: err.Error()}
	var refused *stageError
	if errors.As(err, &refused) {
		r = report{Failed: err.Error(), Stage: refused.stage, Errno: refused.errno()}
	}
	_ = json.NewEncoder(reports).Encode(r)
	return 1
}

func inner(layout spec.Layout, reports *os.File) error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	abandoned := make(chan struct{})
	go func() { hungUp(reportDescriptor); close(abandoned) }()
	unix.Umask(0o022) // what is private says so; a workload under another user must be able to read the rest
	cluster, err := load(layout)
	if err != nil {
		return err
	}
	s := &supervisor{
		cluster: cluster, reaper: reap.New(), deaths: make(chan error, 1),
		phases: map[string]int64{"programs": age().Milliseconds()}, began: time.Now(),
		parts: map[string]*part{}, nodes: map[string]*node{}, held: map[string]string{},
	}
	ctx, cancel := context.WithTimeout(context.Background(), usableWithin)
	defer cancel()
	usable := make(chan error, 1)
	go func() { usable <- s.start(ctx) }()
	for {
		select {
		case err := <-s.deaths:
			return err
		case <-stop:
			return nil
		case <-abandoned:
			return errors.New("the outer supervisor is gone")
		case err := <-usable:
			if err != nil {
				return firstCause(err, s.deaths)
			}
			if err := json.NewEncoder(reports).Encode(report{Ready: s.ready()}); err != nil {
				return err
			}
			usable = nil
		}
	}
}

// hungUp waits until nobody reads what we write to this descriptor. The kernel kills us with the outer process, but only
// once we have asked for that: this covers the moment before.
func hungUp(descriptor int32) {
	for {
		watched := []unix.PollFd{{Fd: descriptor}}
		if _, err := unix.Poll(watched, -1); err == nil && watched[0].Revents != 0 {
			return
		}
	}
}

// firstCause prefers the death of a component over what its death led to.
func firstCause(err error, deaths <-chan error) error {
	select {
	case death := <-deaths:
		return death
	case <-time.After(100 * time.Millisecond):
		return err
	}
}

// supervisor brings the cluster up, step by step, and has what runs of it.
type supervisor struct {
	cluster     spec.Cluster
	reaper      *reap.Reaper
	deaths      chan error
	credentials *controlplane.Credentials
	api         *api
	services    *services
	phases      map[string]int64
	began       time.Time
	parts       map[string]*part // the control plane, by name

	mu    sync.Mutex
	nodes map[string]*node
	held  map[string]string // the fault that a node or a component is in
}

// part is a component of the control plane and its process.
type part struct {
	component
	process *child.Child
}

func (s *supervisor) nodeNames() []string {
	if s.cluster.OnlyAPIServer {
		return nil
	}
	names := make([]string, s.cluster.Nodes)
	for index := range names {
		names[index] = spec.NodeName(index)
	}
	return names
}

func (s *supervisor) start(ctx context.Context) error {
	if err := s.namespaces(); err != nil {
		return err
	}
	s.phase("namespaces")
	listener, err := s.serve()
	if err != nil {
		return err
	}
	gate, err := newGate()
	if err != nil {
		return err
	}
	if err := s.apiServer(); err != nil {
		return err
	}
	s.api = newAPI(s.credentials.CA(), s.credentials.Token(controlplane.Admin))
	if !s.cluster.OnlyAPIServer {
		if err := s.api.ready(ctx, bootstrap...); err != nil {
			return err
		}
		if err := s.startNodes(); err != nil {
			return err
		}
		if err := s.controllers(gate); err != nil {
			return err
		}
	}
	if err := s.api.ready(ctx); err != nil {
		return err
	}
	s.phase("control-plane")
	gate.open()
	if !s.cluster.OnlyAPIServer {
		if err := s.usable(ctx); err != nil {
			return err
		}
		if err := s.serveFaults(); err != nil {
			return err
		}
	}
	return s.kubeconfig(listener)
}

// usable: the nodes are Ready and serve Services and DNS, and a pod may use the default service account.
func (s *supervisor) usable(ctx context.Context) error {
	if err := s.api.exists(ctx, "/api/v1/namespaces", controlplane.SystemNamespace); err != nil {
		return err
	}
	for _, object := range append(controlplane.Objects(), controlplane.DNS()...) {
		if err := s.api.create(ctx, object); err != nil {
			return err
		}
	}
	if err := s.api.nodesReady(ctx, s.nodeNames()); err != nil {
		return err
	}
	s.phase("nodes")
	for _, node := range s.nodes {
		if err := serving(ctx, node.name, node.served); err != nil {
			return err
		}
	}
	s.phase("services")
	if err := s.api.exists(ctx, "/api/v1/namespaces/default/serviceaccounts", "default"); err != nil {
		return err
	}
	s.phase("default-service-account")
	return s.run(component{name: controlplane.Provisioner, args: controlplane.ProvisionerArguments(s.cluster.Layout)}, nil)
}

func (s *supervisor) phase(name string) {
	s.phases[name] = time.Since(s.began).Milliseconds()
	s.began = time.Now()
}

// namespaces sets up what is the cluster's own. Each step is also the probe for whether this machine allows it.
func (s *supervisor) namespaces() error {
	steps := []struct {
		stage string
		do    func() error
	}{
		{"mounts", rootfs.Private},
		{"proc", func() error {
			return unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
		}},
		{"tmpfs", func() error {
			return unix.Mount("tmpfs", s.cluster.Run(), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=700")
		}},
		{"bridge", network.Loopback},
		{"bridge", network.Bridge},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return &stageError{step.stage, err}
		}
	}
	credentials, err := controlplane.NewCredentials()
	if err != nil {
		return err
	}
	s.credentials = credentials
	return credentials.Write(s.cluster.Certificates())
}

// serve forwards the host's loopback port, the only way into the cluster, to the API server.
func (s *supervisor) serve() (net.Addr, error) {
	file := os.NewFile(listenerDescriptor, "listener")
	listener, err := net.FileListener(file)
	_ = file.Close()
	if err != nil {
		return nil, err
	}
	server := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), spec.APIServerPort)
	go forward.TCP(context.Background(), listener.(*net.TCPListener), forward.To(server), new(net.Dialer).DialContext)
	return listener.Addr(), nil
}

func (s *supervisor) run(c component, gate *gate) error {
	c.program, c.layout = s.cluster.ClusterProgram, s.cluster.Layout
	c.args = append([]string{spec.ClusterProgram}, c.args...)
	if gate != nil {
		c.files, c.env = append([]*os.File{gate.reader}, c.files...), []string{spec.GateVariable + "=3"}
	}
	process, err := c.start(s.reaper, s.deaths)
	s.parts[c.name] = &part{c, process}
	return err
}

func (s *supervisor) apiServer() error {
	layout := s.cluster.Layout
	if err := s.run(component{name: "etcd", args: controlplane.Etcd(layout)}, nil); err != nil {
		return err
	}
	return s.run(component{name: controlplane.KubeAPIServer, args: controlplane.APIServer(layout, s.cluster.Arguments.APIServer)}, nil)
}

// bootstrap are the checks of the API server that fail for a while although it serves: it sleeps for a second before it
// does either. All other processes come up in that second; before, they would only take the processor from it. What a node
// may do is built into the Node authorizer, so kubelets go on at once; the others need the RBAC roles, and wait.
var bootstrap = []string{"poststarthook/rbac/bootstrap-roles", "poststarthook/scheduling/bootstrap-system-priority-classes"}

func (s *supervisor) controllers(gate *gate) error {
	layout, arguments := s.cluster.Layout, s.cluster.Arguments
	manager := component{name: controlplane.ControllerManager, args: controlplane.ControllerManagerArguments(layout, arguments.ControllerManager)}
	if err := s.run(manager, gate); err != nil {
		return err
	}
	scheduler := component{name: controlplane.Scheduler, args: controlplane.SchedulerArguments(layout, arguments.Scheduler)}
	if err := s.run(scheduler, gate); err != nil {
		return err
	}
	return s.startServiceProxy(gate)
}

func (s *supervisor) startNodes() (err error) {
	if s.services, err = newServices(); err != nil {
		return err
	}
	for index, name := range s.nodeNames() {
		s.nodes[name] = &node{name: name, index: index}
		if err := s.boot(s.nodes[name]); err != nil {
			return err
		}
	}
	return nil
}

func (s *supervisor) kubeconfig(address net.Addr) error {
	content := s.credentials.Kubeconfig(controlplane.Admin, "https://"+address.String())
	if err := os.WriteFile(s.cluster.Kubeconfig(), []byte(content), 0o600); err != nil {
		return message.Disk(s.cluster.Directory, err)
	}
	return nil
}

func (s *supervisor) ready() *spec.Ready {
	return &spec.Ready{
		Kubeconfig: s.cluster.Kubeconfig(), Version: spec.Version, Nodes: s.nodeNames(), Directory: s.cluster.Directory,
		Phases: s.phases, Timings: spec.Timings(), Images: s.cluster.Images, Loaded: s.cluster.Loaded,
	}
}

// gate is a pipe that nobody writes to: its readers wait until the last writer closes it.
type gate struct{ reader, writer *os.File }

func newGate() (*gate, error) {
	reader, writer, err := os.Pipe()
	return &gate{reader, writer}, err
}

func (g *gate) open() { _ = g.writer.Close() }
