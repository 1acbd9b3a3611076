package kubelet

import (
	"fmt"
	"os"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"

	"pytest-kworkload/embedded_cluster/internal/runtime/usage"
)

// root is the cgroup that stands for all of a machine. There are no others here: what containers use, the runtime tells.
const root = "/"

func noCgroup(name string) error {
	return fmt.Errorf("cgroup %s: containers of this cluster have no cgroups; the runtime has their statistics", name)
}

// ContainerInfoV2 is what the whole machine uses, by whomever, as its capacity is all of the machine's.
func (m *machine) ContainerInfoV2(name string, _ cadvisorapi.RequestOptions) (map[string]cadvisorapi.ContainerInfo, error) {
	if name != root {
		return nil, noCgroup(name)
	}
	info, err := m.used(time.Now())
	return map[string]cadvisorapi.ContainerInfo{root: info}, err
}

// GetRequestedContainersInfo would be all cgroups below one.
func (m *machine) GetRequestedContainersInfo(name string, _ cadvisorapi.RequestOptions) (map[string]*cadvisorapi.ContainerInfo, error) {
	return nil, noCgroup(name)
}

func (m *machine) used(now time.Time) (cadvisorapi.ContainerInfo, error) {
	memory, err := usage.System.Memory()
	if err != nil {
		return cadvisorapi.ContainerInfo{}, err
	}
	busy, err := usage.System.CPU()
	if err != nil {
		return cadvisorapi.ContainerInfo{}, err
	}
	interfaces, err := usage.System.Interfaces(os.Getpid())
	if err != nil {
		return cadvisorapi.ContainerInfo{}, err
	}
	total, rate := m.cpu.Read(now, busy)
	stats := &cadvisorapi.ContainerStats{
		Timestamp: now,
		Cpu:       &cadvisorapi.CpuStats{Usage: cadvisorapi.CpuUsage{Total: uint64(total)}}, //nolint:gosec // positive
		CpuInst:   &cadvisorapi.CpuInstStats{Usage: cadvisorapi.CpuInstUsage{Total: rate}},
		Memory: &cadvisorapi.MemoryStats{
			Usage: memory.Total - memory.Available, WorkingSet: memory.Total - memory.Available,
			RSS: memory.RSS, Swap: memory.Swap,
			ContainerData: cadvisorapi.MemoryStatsMemoryData{Pgfault: memory.Faults, Pgmajfault: memory.MajorFaults},
		},
		Network: &cadvisorapi.NetworkStats{},
	}
	for _, one := range interfaces {
		stats.Network.Interfaces = append(stats.Network.Interfaces, cadvisorapi.InterfaceStats{
			Name: one.Name, RxBytes: one.RxBytes, RxErrors: one.RxErrors, TxBytes: one.TxBytes, TxErrors: one.TxErrors,
		})
	}
	return cadvisorapi.ContainerInfo{
		Spec: cadvisorapi.ContainerSpec{
			HasCpu: true, HasMemory: true, HasNetwork: true,
			Memory: cadvisorapi.MemorySpec{Limit: memory.Total, SwapLimit: memory.SwapTotal},
		},
		Stats: []*cadvisorapi.ContainerStats{stats},
	}, nil
}
