// Package processruntime is a container runtime that runs containers as Linux processes: a CRI server for the kubelet of
// one node. It lives in the node's first process, so containers, their logs and their exit codes outlive the kubelet.
package processruntime

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// Config is what the runtime needs of its node.
type Config struct {
	NodeName string
	NodeIP   netip.Addr
	StateDir string       // records, logs of nothing, roots: on disk
	Program  string       // path of kworkload-process
	PodCIDR  netip.Prefix // of this node; the first address is the bridge's
	SingleID bool         // only user and group 0 are mapped
	Images   *images.Resolver
	Reaper   *reap.Reaper
	Log      *slog.Logger
}

// Server answers the kubelet.
type Server struct {
	cri.UnimplementedRuntimeServiceServer
	cri.UnimplementedImageServiceServer
	config    Config
	launcher  *launcher
	network   *podNetwork
	store     store
	streaming streaming.Server

	mu         sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
	pulled     map[string]images.Image // by reference
	listeners  map[chan *cri.ContainerEventResponse]struct{}
}

const version = "1.0.0"

// New starts the runtime; what an earlier one of this node left is listed as ended.
func New(config Config) (*Server, error) {
	s := &Server{
		config: config, store: store(config.StateDir),
		sandboxes: map[string]*sandbox{}, containers: map[string]*container{}, pulled: map[string]images.Image{},
		listeners: map[chan *cri.ContainerEventResponse]struct{}{},
	}
	var err error
	if s.launcher, err = newLauncher(config.Program, config.Reaper); err != nil {
		return nil, err
	}
	if s.network, err = newPodNetwork(config.PodCIDR); err != nil {
		return nil, fmt.Errorf("the network of the pods: %w", err)
	}
	if err := s.restore(); err != nil {
		return nil, fmt.Errorf("reading the runtime's records: %w", err)
	}
	if err := s.startStreaming(); err != nil {
		return nil, err
	}
	return s, nil
}

// Register adds both services of the CRI.
func (s *Server) Register(server *grpc.Server) {
	cri.RegisterRuntimeServiceServer(server, s)
	cri.RegisterImageServiceServer(server, s)
}

// Close ends every container and pod.
func (s *Server) Close() {
	for _, id := range s.sandboxIDs() {
		if _, err := s.RemovePodSandbox(context.Background(), &cri.RemovePodSandboxRequest{PodSandboxId: id}); err != nil {
			s.config.Log.Error("removing a pod", "sandbox", id, "error", err)
		}
	}
	s.network.close()
}

func (s *Server) sandboxIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.sandboxes))
	for id := range s.sandboxes {
		ids = append(ids, id)
	}
	return ids
}

// Version names the runtime, as `kubectl get nodes -o wide` shows it.
func (s *Server) Version(context.Context, *cri.VersionRequest) (*cri.VersionResponse, error) {
	return &cri.VersionResponse{Version: "0.1.0", RuntimeName: "kworkload", RuntimeVersion: version, RuntimeApiVersion: "v1"}, nil
}

// Status says that runtime and network are ready: without them the server would not listen.
func (s *Server) Status(context.Context, *cri.StatusRequest) (*cri.StatusResponse, error) {
	return &cri.StatusResponse{
		Status: &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{
			{Type: cri.RuntimeReady, Status: true}, {Type: cri.NetworkReady, Status: true},
		}},
		RuntimeHandlers: []*cri.RuntimeHandler{{Features: &cri.RuntimeHandlerFeatures{RecursiveReadOnlyMounts: true}}},
		Features:        &cri.RuntimeFeatures{SupplementalGroupsPolicy: true},
	}, nil
}

// RuntimeConfig names a cgroup driver because the kubelet wants one; no cgroups are made.
func (s *Server) RuntimeConfig(context.Context, *cri.RuntimeConfigRequest) (*cri.RuntimeConfigResponse, error) {
	return &cri.RuntimeConfigResponse{Linux: &cri.LinuxRuntimeConfiguration{CgroupDriver: cri.CgroupDriver_CGROUPFS}}, nil
}

// UpdateRuntimeConfig has nothing to update: the pods' range is the node's from the start.
func (s *Server) UpdateRuntimeConfig(context.Context, *cri.UpdateRuntimeConfigRequest) (*cri.UpdateRuntimeConfigResponse, error) {
	return &cri.UpdateRuntimeConfigResponse{}, nil
}

// GetContainerEvents tells the kubelet at once what changed.
func (s *Server) GetContainerEvents(_ *cri.GetEventsRequest, stream grpc.ServerStreamingServer[cri.ContainerEventResponse]) error {
	const backlog = 1000
	events := make(chan *cri.ContainerEventResponse, backlog)
	s.mu.Lock()
	s.listeners[events] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, events)
		s.mu.Unlock()
	}()
	for {
		select {
		case event := <-events:
			if err := stream.Send(event); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return nil
		}
	}
}

// announce wants s.mu held. A listener that does not keep up misses an event; the kubelet's relist finds it later.
func (s *Server) announce(c *container, what cri.ContainerEventType) {
	s.tell(c.ID, s.sandboxes[c.Sandbox], what)
}

// announceSandbox wants s.mu held. As in other runtimes, a pod's sandbox has the events of a container.
func (s *Server) announceSandbox(p *sandbox, what cri.ContainerEventType) { s.tell(p.ID, p, what) }

func (s *Server) tell(id string, p *sandbox, what cri.ContainerEventType) {
	event := &cri.ContainerEventResponse{
		ContainerId: id, ContainerEventType: what, CreatedAt: time.Now().UnixNano(), PodSandboxStatus: p.status(),
	}
	for listener := range s.listeners {
		select {
		case listener <- event:
		default:
		}
	}
}

func notFound(what, id string) error {
	return status.Errorf(codes.NotFound, "%s %q not found", what, id)
}

func makeDirectory(path string) error { return os.MkdirAll(path, 0o700) }
