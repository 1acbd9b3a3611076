package processruntime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/runtime/usage"
)

// container is one process tree of a pod.
type container struct {
	containerRecord
	config *cri.ContainerConfig
	image  images.Image
	pid    int           // 0 unless it runs
	ended  chan struct{} // closed when State is EXITED
	io     *streams
	user   *cri.ContainerUser // who it runs as, once it does
	meter  *usage.Meter       // of its processor time, once it runs
}

// signal sends it to the container's first process, which is the first of its PID namespace: its death ends them all.
func (s *Server) signal(c *container, number syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.pid != 0 {
		_ = unix.Kill(c.pid, number)
	}
}

// kill ends a container at once; one that does not run is left alone.
func (s *Server) kill(c *container) {
	s.mu.Lock()
	running := c.State == cri.ContainerState_CONTAINER_RUNNING
	s.mu.Unlock()
	if running {
		s.signal(c, unix.SIGKILL)
		<-c.ended
	}
}

// CreateContainer records what is to run.
func (s *Server) CreateContainer(_ context.Context, request *cri.CreateContainerRequest) (*cri.CreateContainerResponse, error) {
	config := request.GetConfig()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.sandboxes[request.GetPodSandboxId()]
	if p == nil || p.pid == 0 {
		return nil, notFound("sandbox", request.GetPodSandboxId())
	}
	image, found := s.find(config.GetImage())
	if !found {
		return nil, notFound("image", config.GetImage().GetImage())
	}
	if err := s.refuse(config, image); err != nil {
		return nil, err
	}
	if err := s.checkImages(config.GetMounts()); err != nil {
		return nil, err
	}
	encoded, err := proto.Marshal(config)
	if err != nil {
		return nil, err
	}
	c := &container{
		containerRecord: containerRecord{
			ID: newID(), Sandbox: p.ID, Config: encoded, Image: image.Reference, ImageID: image.ID, Digest: image.Digest,
			Created: time.Now().UnixNano(), State: cri.ContainerState_CONTAINER_CREATED,
			LogPath: filepath.Join(p.config.GetLogDirectory(), config.GetLogPath()),
		},
		config: config, image: image, ended: make(chan struct{}),
	}
	if err := makeDirectory(s.store.root(c.ID)); err != nil {
		return nil, err
	}
	if err := write(s.store.containerFile(c.ID), c.containerRecord); err != nil {
		return nil, err
	}
	s.containers[c.ID] = c
	s.announce(c, cri.ContainerEventType_CONTAINER_CREATED_EVENT)
	return &cri.CreateContainerResponse{ContainerId: c.ID}, nil
}

// StartContainer runs it. A command that cannot be executed fails here, with the words of other runtimes.
func (s *Server) StartContainer(_ context.Context, request *cri.StartContainerRequest) (*cri.StartContainerResponse, error) {
	s.mu.Lock()
	c := s.containers[request.GetContainerId()]
	if c == nil || c.State != cri.ContainerState_CONTAINER_CREATED {
		s.mu.Unlock()
		return nil, notFound("container to start", request.GetContainerId())
	}
	p := s.sandboxes[c.Sandbox]
	what, err := s.describe(p, c)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	streams, err := openStreams(c.LogPath, c.config.GetTty(), c.config.GetStdin())
	if err != nil {
		return nil, err
	}
	what.stdin, what.stdout, what.stderr, what.controllingInput = streams.stdin, streams.stdout, streams.stderr, c.config.GetTty()
	var namespace string
	what.begun = func(pid int) { namespace = mountNamespace(pid) }
	pid, exited, err := s.launcher.start(what)
	streams.closeFarEnds()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		streams.close()
		err = fmt.Errorf("failed to create containerd task: failed to create shim task: OCI runtime create failed: %w", err)
		c.Reason, c.Message = "StartError", err.Error()
		const cannotStart = 128
		s.end(c, cannotStart)
		return nil, status.Error(codes.Unknown, err.Error())
	}
	began := time.Now()
	c.io, c.pid, c.Started, c.State = streams, pid, began.UnixNano(), cri.ContainerState_CONTAINER_RUNNING
	c.meter = usage.NewMeter(began, 0)
	if err := write(s.store.containerFile(c.ID), c.containerRecord); err != nil {
		s.config.Log.Error("recording a start", "container", c.ID, "error", err)
	}
	s.announce(c, cri.ContainerEventType_CONTAINER_STARTED_EVENT)
	c.user = userOf(pid)
	go s.await(c, exited, namespace)
	return &cri.StartContainerResponse{}, nil
}

// await the end of the container's first process, then of its output.
func (s *Server) await(c *container, exited <-chan syscall.WaitStatus, namespace string) {
	ended := <-exited
	s.mu.Lock()
	c.pid = 0 // before anything else: the number may soon be another process's
	s.mu.Unlock()
	if !ownPIDs(c.config) {
		killRest(namespace)
	}
	c.io.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(c, exitCode(ended))
}

// end wants s.mu held.
func (s *Server) end(c *container, code int32) {
	c.pid, c.ExitCode, c.Finished, c.State = 0, code, time.Now().UnixNano(), cri.ContainerState_CONTAINER_EXITED
	if c.Started == 0 {
		c.Started = c.Finished
	}
	if c.Reason == "" {
		c.Reason = "Completed"
		if code != 0 {
			c.Reason = "Error"
		}
	}
	if err := write(s.store.containerFile(c.ID), c.containerRecord); err != nil {
		s.config.Log.Error("recording an end", "container", c.ID, "error", err)
	}
	close(c.ended)
	s.announce(c, cri.ContainerEventType_CONTAINER_STOPPED_EVENT)
}

// StopContainer signals, waits for the grace period and kills.
func (s *Server) StopContainer(ctx context.Context, request *cri.StopContainerRequest) (*cri.StopContainerResponse, error) {
	s.mu.Lock()
	c := s.containers[request.GetContainerId()]
	running := c != nil && c.State == cri.ContainerState_CONTAINER_RUNNING
	s.mu.Unlock()
	if !running {
		return &cri.StopContainerResponse{}, nil
	}
	if request.GetTimeout() > 0 {
		s.signal(c, stopSignal(c))
		select {
		case <-c.ended:
			return &cri.StopContainerResponse{}, nil
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		case <-time.After(time.Duration(request.GetTimeout()) * time.Second):
		}
	}
	s.kill(c)
	return &cri.StopContainerResponse{}, nil
}

// RemoveContainer forgets it. Its log is the kubelet's to keep or to delete.
func (s *Server) RemoveContainer(_ context.Context, request *cri.RemoveContainerRequest) (*cri.RemoveContainerResponse, error) {
	s.mu.Lock()
	c := s.containers[request.GetContainerId()]
	s.mu.Unlock()
	if c == nil {
		return &cri.RemoveContainerResponse{}, nil
	}
	s.kill(c)
	s.mu.Lock()
	delete(s.containers, c.ID)
	s.announce(c, cri.ContainerEventType_CONTAINER_DELETED_EVENT)
	s.mu.Unlock()
	if err := os.Remove(s.store.containerFile(c.ID)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return &cri.RemoveContainerResponse{}, os.RemoveAll(s.store.directory(c.ID))
}

// ListContainers lists those that match.
func (s *Server) ListContainers(_ context.Context, request *cri.ListContainersRequest) (*cri.ListContainersResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	filter := request.GetFilter()
	response := &cri.ListContainersResponse{}
	for _, c := range s.containers {
		if id := filter.GetId(); id != "" && id != c.ID {
			continue
		}
		if id := filter.GetPodSandboxId(); id != "" && id != c.Sandbox {
			continue
		}
		if wanted := filter.GetState(); wanted != nil && wanted.GetState() != c.State {
			continue
		}
		if !includes(c.config.GetLabels(), filter.GetLabelSelector()) {
			continue
		}
		response.Containers = append(response.Containers, &cri.Container{
			Id: c.ID, PodSandboxId: c.Sandbox, Metadata: c.config.GetMetadata(), State: c.State, CreatedAt: c.Created,
			Image: &cri.ImageSpec{Image: c.Image}, ImageRef: c.Digest, ImageId: c.ImageID,
			Labels: c.config.GetLabels(), Annotations: c.config.GetAnnotations(),
		})
	}
	return response, nil
}

// ContainerStatus describes one container.
func (s *Server) ContainerStatus(_ context.Context, request *cri.ContainerStatusRequest) (*cri.ContainerStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[request.GetContainerId()]
	if c == nil {
		return nil, notFound("container", request.GetContainerId())
	}
	return &cri.ContainerStatusResponse{Status: &cri.ContainerStatus{
		Id: c.ID, Metadata: c.config.GetMetadata(), State: c.State,
		CreatedAt: c.Created, StartedAt: c.Started, FinishedAt: c.Finished, ExitCode: c.ExitCode,
		Reason: c.Reason, Message: c.Message, LogPath: c.LogPath,
		Image: &cri.ImageSpec{Image: c.Image}, ImageRef: c.Digest, ImageId: c.ImageID,
		Labels: c.config.GetLabels(), Annotations: c.config.GetAnnotations(), Mounts: c.config.GetMounts(),
		Resources: &cri.ContainerResources{Linux: c.config.GetLinux().GetResources()},
		User:      c.user, StopSignal: c.config.GetStopSignal(),
	}}, nil
}

// UpdateContainerResources keeps the numbers for the status; they are not enforced.
func (s *Server) UpdateContainerResources(_ context.Context, request *cri.UpdateContainerResourcesRequest) (*cri.UpdateContainerResourcesResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[request.GetContainerId()]
	if c == nil {
		return nil, notFound("container", request.GetContainerId())
	}
	if linux := request.GetLinux(); linux != nil && c.config.GetLinux() != nil {
		c.config.Linux.Resources = linux
	}
	return &cri.UpdateContainerResourcesResponse{}, nil
}

// ReopenContainerLog starts a new file: the kubelet has renamed the one that grew too large.
func (s *Server) ReopenContainerLog(_ context.Context, request *cri.ReopenContainerLogRequest) (*cri.ReopenContainerLogResponse, error) {
	_, streams := s.streamsOf(request.GetContainerId())
	if streams == nil {
		return nil, notFound("running container", request.GetContainerId())
	}
	return &cri.ReopenContainerLogResponse{}, streams.log.reopen()
}

// streamsOf a container that was started; nil otherwise.
func (s *Server) streamsOf(id string) (*container, *streams) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[id]
	if c == nil {
		return nil, nil
	}
	return c, c.io
}
