package processruntime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox holds the namespaces that the containers of a pod share, by a process that does nothing else.
type sandbox struct {
	sandboxRecord
	config *cri.PodSandboxConfig
	pid    int           // 0 once it has ended
	ended  chan struct{} // closed then
	ip     netip.Addr
	closed context.CancelFunc // closes its ports on the node
}

func (s *sandbox) options() *cri.NamespaceOption {
	return s.config.GetLinux().GetSecurityContext().GetNamespaceOptions()
}

func (s *sandbox) hostNetwork() bool { return s.options().GetNetwork() == cri.NamespaceMode_NODE }

func (s *sandbox) state() cri.PodSandboxState {
	if s.pid != 0 {
		return cri.PodSandboxState_SANDBOX_READY
	}
	return cri.PodSandboxState_SANDBOX_NOTREADY
}

func (s *sandbox) status() *cri.PodSandboxStatus {
	if s == nil {
		return nil
	}
	return &cri.PodSandboxStatus{
		Id: s.ID, Metadata: s.config.GetMetadata(), State: s.state(), CreatedAt: s.Created,
		Network: &cri.PodSandboxNetworkStatus{Ip: s.IP},
		Linux:   &cri.LinuxPodSandboxStatus{Namespaces: &cri.Namespace{Options: s.options()}},
		Labels:  s.config.GetLabels(), Annotations: s.config.GetAnnotations(),
	}
}

func newID() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails
	return hex.EncodeToString(bits[:])
}

// RunPodSandbox makes the pod's namespaces and connects it.
func (s *Server) RunPodSandbox(_ context.Context, request *cri.RunPodSandboxRequest) (*cri.RunPodSandboxResponse, error) {
	if handler := request.GetRuntimeHandler(); handler != "" {
		return nil, status.Errorf(codes.Unknown, "no runtime for %q is configured", handler)
	}
	config := request.GetConfig()
	encoded, err := proto.Marshal(config)
	if err != nil {
		return nil, err
	}
	p := &sandbox{sandboxRecord: sandboxRecord{ID: newID(), Config: encoded, Created: time.Now().UnixNano()}, config: config}
	hostname := config.GetHostname()
	if p.hostNetwork() {
		hostname = s.config.NodeName
	}
	create := uintptr(unix.CLONE_NEWPID | unix.CLONE_NEWUTS)
	if !p.hostNetwork() {
		create |= unix.CLONE_NEWNET
	}
	if p.options().GetIpc() != cri.NamespaceMode_NODE {
		create |= unix.CLONE_NEWIPC
	}
	pid, exited, err := s.launcher.start(launch{args: []string{"pause", hostname}, create: create})
	if err != nil {
		return nil, fmt.Errorf("starting the pod's namespaces: %w", err)
	}
	p.pid, p.ended = pid, make(chan struct{})
	go s.awaitSandbox(p, exited)
	if err := s.setUp(p, pid); err != nil {
		s.stop(p)
		return nil, err
	}
	if err := write(s.store.sandboxFile(p.ID), p.sandboxRecord); err != nil {
		s.stop(p)
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sandboxes[p.ID] = p
	s.announceSandbox(p, cri.ContainerEventType_CONTAINER_CREATED_EVENT)
	return &cri.RunPodSandboxResponse{PodSandboxId: p.ID}, nil
}

// awaitSandbox notices its end whoever caused it: a container that shares the PID namespace may end it too. Then the
// kubelet sees a pod without a sandbox and makes another, as on any node.
func (s *Server) awaitSandbox(p *sandbox, exited <-chan syscall.WaitStatus) {
	<-exited
	s.mu.Lock()
	p.pid = 0
	s.announceSandbox(p, cri.ContainerEventType_CONTAINER_STOPPED_EVENT)
	s.mu.Unlock()
	close(p.ended)
}

func (s *Server) setUp(p *sandbox, pid int) error {
	if !p.hostNetwork() {
		ip, err := s.network.connect(p.ID, pid)
		if err != nil {
			return err
		}
		p.ip, p.IP = ip, ip.String()
	}
	var ports context.Context
	ports, p.closed = context.WithCancel(context.Background())
	if err := s.openHostPorts(ports, p); err != nil {
		return err
	}
	return s.launcher.within(map[string]int{"net": pid, "ipc": pid, "uts": pid}, func() error {
		if !p.hostNetwork() {
			if err := s.network.configure(p.ip); err != nil {
				return fmt.Errorf("setting up the pod's network: %w", err)
			}
			// As other runtimes do: a port below 1024 needs no capability in a network that is the pod's own.
			if err := sysctl("net.ipv4.ip_unprivileged_port_start", "0"); err != nil {
				return err
			}
			// Refused where not all groups are mapped; ping then needs its capability.
			_ = sysctl("net.ipv4.ping_group_range", "0 2147483647")
		}
		for name, value := range p.config.GetLinux().GetSysctls() {
			if err := sysctl(name, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// stop ends the sandbox's process, and with it every process of its PID namespace, and frees its address.
func (s *Server) stop(p *sandbox) {
	s.mu.Lock()
	if p.pid != 0 {
		_ = unix.Kill(p.pid, unix.SIGKILL)
	}
	s.mu.Unlock()
	<-p.ended
	if p.closed != nil {
		p.closed()
	}
	s.mu.Lock()
	ip := p.ip
	p.ip = netip.Addr{}
	s.mu.Unlock()
	if ip.IsValid() {
		s.network.disconnect(p.ID, ip)
	}
}

// StopPodSandbox ends the pod's containers at once and lets go of its address.
func (s *Server) StopPodSandbox(_ context.Context, request *cri.StopPodSandboxRequest) (*cri.StopPodSandboxResponse, error) {
	s.mu.Lock()
	p := s.sandboxes[request.GetPodSandboxId()]
	running := s.of(request.GetPodSandboxId())
	s.mu.Unlock()
	if p == nil {
		return &cri.StopPodSandboxResponse{}, nil // the kubelet may ask twice
	}
	for _, c := range running {
		s.kill(c)
	}
	s.stop(p)
	return &cri.StopPodSandboxResponse{}, nil
}

// of wants s.mu held.
func (s *Server) of(sandboxID string) []*container {
	var all []*container
	for _, c := range s.containers {
		if c.Sandbox == sandboxID {
			all = append(all, c)
		}
	}
	return all
}

// RemovePodSandbox forgets the pod and everything that its containers wrote.
func (s *Server) RemovePodSandbox(ctx context.Context, request *cri.RemovePodSandboxRequest) (*cri.RemovePodSandboxResponse, error) {
	id := request.GetPodSandboxId()
	if _, err := s.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	containers := s.of(id)
	s.mu.Unlock()
	for _, c := range containers {
		if _, err := s.RemoveContainer(ctx, &cri.RemoveContainerRequest{ContainerId: c.ID}); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	if p := s.sandboxes[id]; p != nil {
		delete(s.sandboxes, id)
		s.announceSandbox(p, cri.ContainerEventType_CONTAINER_DELETED_EVENT)
	}
	s.mu.Unlock()
	if err := os.Remove(s.store.sandboxFile(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return &cri.RemovePodSandboxResponse{}, nil
}

// PodSandboxStatus describes one pod.
func (s *Server) PodSandboxStatus(_ context.Context, request *cri.PodSandboxStatusRequest) (*cri.PodSandboxStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.sandboxes[request.GetPodSandboxId()]
	if p == nil {
		return nil, notFound("sandbox", request.GetPodSandboxId())
	}
	return &cri.PodSandboxStatusResponse{Status: p.status()}, nil
}

// ListPodSandbox lists those that match.
func (s *Server) ListPodSandbox(_ context.Context, request *cri.ListPodSandboxRequest) (*cri.ListPodSandboxResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	filter := request.GetFilter()
	response := &cri.ListPodSandboxResponse{}
	for _, p := range s.sandboxes {
		if id := filter.GetId(); id != "" && id != p.ID {
			continue
		}
		if wanted := filter.GetState(); wanted != nil && wanted.GetState() != p.state() {
			continue
		}
		if !includes(p.config.GetLabels(), filter.GetLabelSelector()) {
			continue
		}
		response.Items = append(response.Items, &cri.PodSandbox{
			Id: p.ID, Metadata: p.config.GetMetadata(), State: p.state(), CreatedAt: p.Created,
			Labels: p.config.GetLabels(), Annotations: p.config.GetAnnotations(),
		})
	}
	return response, nil
}

// UpdatePodSandboxResources is accepted: there are no cgroups to change.
func (s *Server) UpdatePodSandboxResources(context.Context, *cri.UpdatePodSandboxResourcesRequest) (*cri.UpdatePodSandboxResourcesResponse, error) {
	return &cri.UpdatePodSandboxResourcesResponse{}, nil
}

func includes(labels, wanted map[string]string) bool {
	for name, value := range wanted {
		if labels[name] != value {
			return false
		}
	}
	return true
}
