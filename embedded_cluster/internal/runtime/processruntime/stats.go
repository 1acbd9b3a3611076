package processruntime

import (
	"context"
	"time"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/runtime/usage"
)

// sampled is a running container as it was when somebody asked.
type sampled struct {
	*container
	pid    int
	stats  *cri.ContainerStats
	used   usage.Usage
	cpu    time.Duration
	moment uint64 // nanoseconds of processor time a second
}

// sample measures the running containers that are wanted, in one look at the processes.
func (s *Server) sample(wanted func(*container) bool) []*sampled {
	first := map[string]int{}
	var samples []*sampled
	s.mu.Lock()
	for _, c := range s.containers {
		if c.pid != 0 && c.State == cri.ContainerState_CONTAINER_RUNNING && wanted(c) {
			first[c.ID] = c.pid
			samples = append(samples, &sampled{container: c, pid: c.pid})
		}
	}
	s.mu.Unlock()
	now := time.Now()
	used := usage.System.Containers(first)
	for _, one := range samples {
		one.used = used[one.ID]
		one.cpu, one.moment = one.meter.Read(now, one.used.CPU)
		one.stats = &cri.ContainerStats{
			Attributes: &cri.ContainerAttributes{
				Id: one.ID, Metadata: one.config.GetMetadata(), Labels: one.config.GetLabels(), Annotations: one.config.GetAnnotations(),
			},
			Cpu:    cpuUsage(now, one.cpu, one.moment),
			Memory: memoryUsage(now, one.used),
			Swap:   &cri.SwapUsage{Timestamp: now.UnixNano(), SwapUsageBytes: count(one.used.Swap)},
		}
		if files, err := usage.System.Written(one.pid, s.store.upper(one.ID)); err == nil { // or it has ended
			one.stats.WritableLayer = s.writableLayer(now, files)
		}
	}
	return samples
}

func cpuUsage(now time.Time, total time.Duration, moment uint64) *cri.CpuUsage {
	return &cri.CpuUsage{
		Timestamp: now.UnixNano(), UsageCoreNanoSeconds: count(uint64(total)), UsageNanoCores: count(moment), //nolint:gosec // positive
	}
}

// memoryUsage has no limit to be below of, and no page cache: without cgroups nobody knows whose that is.
func memoryUsage(now time.Time, used usage.Usage) *cri.MemoryUsage {
	return &cri.MemoryUsage{
		Timestamp: now.UnixNano(), WorkingSetBytes: count(used.PSS), RssBytes: count(used.RSS),
		PageFaults: count(used.Faults), MajorPageFaults: count(used.MajorFaults),
	}
}

func (s *Server) writableLayer(now time.Time, files usage.Files) *cri.FilesystemUsage {
	layer := &cri.FilesystemUsage{Timestamp: now.UnixNano(), UsedBytes: count(files.Bytes), InodesUsed: count(files.Inodes)}
	if files.Disk {
		layer.FsId = &cri.FilesystemIdentifier{Mountpoint: s.config.StateDir}
	}
	return layer
}

func count(value uint64) *cri.UInt64Value { return &cri.UInt64Value{Value: value} }

// ContainerStats is what a running container uses.
func (s *Server) ContainerStats(_ context.Context, request *cri.ContainerStatsRequest) (*cri.ContainerStatsResponse, error) {
	samples := s.sample(func(c *container) bool { return c.ID == request.GetContainerId() })
	if len(samples) == 0 {
		return nil, notFound("running container", request.GetContainerId())
	}
	return &cri.ContainerStatsResponse{Stats: samples[0].stats}, nil
}

// ListContainerStats is what the running containers use that match.
func (s *Server) ListContainerStats(_ context.Context, request *cri.ListContainerStatsRequest) (*cri.ListContainerStatsResponse, error) {
	filter := request.GetFilter()
	response := &cri.ListContainerStatsResponse{}
	for _, one := range s.sample(func(c *container) bool {
		return matches(filter.GetId(), c.ID) && matches(filter.GetPodSandboxId(), c.Sandbox) &&
			includes(c.config.GetLabels(), filter.GetLabelSelector())
	}) {
		response.Stats = append(response.Stats, one.stats)
	}
	return response, nil
}

// matches is true also if nothing is wanted.
func matches(wanted, id string) bool { return wanted == "" || wanted == id }

// PodSandboxStats is what a pod that runs uses.
func (s *Server) PodSandboxStats(_ context.Context, request *cri.PodSandboxStatsRequest) (*cri.PodSandboxStatsResponse, error) {
	pods := s.samplePods(func(p *sandbox) bool { return p.ID == request.GetPodSandboxId() })
	if len(pods) == 0 {
		return nil, notFound("running sandbox", request.GetPodSandboxId())
	}
	return &cri.PodSandboxStatsResponse{Stats: pods[0]}, nil
}

// ListPodSandboxStats is what the pods use that run and match.
func (s *Server) ListPodSandboxStats(_ context.Context, request *cri.ListPodSandboxStatsRequest) (*cri.ListPodSandboxStatsResponse, error) {
	filter := request.GetFilter()
	return &cri.ListPodSandboxStatsResponse{Stats: s.samplePods(func(p *sandbox) bool {
		return matches(filter.GetId(), p.ID) && includes(p.config.GetLabels(), filter.GetLabelSelector())
	})}, nil
}

// ListMetricDescriptors is empty: what cAdvisor would tell beyond the statistics, nobody measures here.
func (s *Server) ListMetricDescriptors(context.Context, *cri.ListMetricDescriptorsRequest) (*cri.ListMetricDescriptorsResponse, error) {
	return &cri.ListMetricDescriptorsResponse{}, nil
}

// ListPodSandboxMetrics is empty, as the descriptors are.
func (s *Server) ListPodSandboxMetrics(context.Context, *cri.ListPodSandboxMetricsRequest) (*cri.ListPodSandboxMetricsResponse, error) {
	return &cri.ListPodSandboxMetricsResponse{}, nil
}

func (s *Server) samplePods(wanted func(*sandbox) bool) []*cri.PodSandboxStats {
	pids := map[string]int{}
	pods := map[string]*cri.PodSandboxStats{}
	s.mu.Lock()
	for _, p := range s.sandboxes {
		if p.pid == 0 || !wanted(p) {
			continue
		}
		if !p.hostNetwork() { // the node's traffic is not this pod's
			pids[p.ID] = p.pid
		}
		pods[p.ID] = &cri.PodSandboxStats{
			Attributes: &cri.PodSandboxAttributes{
				Id: p.ID, Metadata: p.config.GetMetadata(), Labels: p.config.GetLabels(), Annotations: p.config.GetAnnotations(),
			},
			Linux: &cri.LinuxPodSandboxStats{},
		}
	}
	s.mu.Unlock()
	now := time.Now()
	totals := map[string]*sampled{}
	for _, one := range s.sample(func(c *container) bool { return pods[c.Sandbox] != nil }) {
		total := totals[one.Sandbox]
		if total == nil {
			total = &sampled{}
			totals[one.Sandbox] = total
		}
		total.used.Add(one.used)
		total.cpu += one.cpu
		total.moment += one.moment
		linux := pods[one.Sandbox].GetLinux()
		linux.Containers = append(linux.Containers, one.stats)
	}
	all := make([]*cri.PodSandboxStats, 0, len(pods))
	for id, pod := range pods {
		if total := totals[id]; total != nil {
			pod.Linux.Cpu, pod.Linux.Memory = cpuUsage(now, total.cpu, total.moment), memoryUsage(now, total.used)
			pod.Linux.Process = &cri.ProcessUsage{Timestamp: now.UnixNano(), ProcessCount: count(total.used.Processes)}
		}
		if pid := pids[id]; pid != 0 {
			pod.Linux.Network = networkUsage(now, pid)
		}
		all = append(all, pod)
	}
	return all
}

// networkUsage is nil if the pod has ended meanwhile.
func networkUsage(now time.Time, pid int) *cri.NetworkUsage {
	interfaces, err := usage.System.Interfaces(pid)
	if err != nil {
		return nil
	}
	network := &cri.NetworkUsage{Timestamp: now.UnixNano()}
	for _, one := range interfaces {
		link := &cri.NetworkInterfaceUsage{
			Name: one.Name, RxBytes: count(one.RxBytes), RxErrors: count(one.RxErrors),
			TxBytes: count(one.TxBytes), TxErrors: count(one.TxErrors),
		}
		if one.Name == podLink {
			network.DefaultInterface = link
			continue
		}
		network.Interfaces = append(network.Interfaces, link)
	}
	if network.DefaultInterface == nil {
		return nil
	}
	return network
}
