package kubelet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"strings"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"

	"pytest-kworkload/embedded_cluster/internal/runtime/usage"
)

// machine answers for cAdvisor with what this machine really has. Every node reports all of it: they share it.
type machine struct {
	info    cadvisorapi.MachineInfo
	version cadvisorapi.VersionInfo
	cpu     *usage.Meter
}

var _ cadvisor.Interface = (*machine)(nil)

func newMachine(node, bootID string) (*machine, error) {
	memory, err := usage.System.Memory()
	if err != nil {
		return nil, err
	}
	busy, err := usage.System.CPU()
	if err != nil {
		return nil, err
	}
	var system unix.Utsname
	if err := unix.Uname(&system); err != nil {
		return nil, err
	}
	identity := sha256.Sum256([]byte(node))
	id := hex.EncodeToString(identity[:16])
	return &machine{
		info: cadvisorapi.MachineInfo{
			NumCores: runtime.NumCPU(), MemoryCapacity: memory.Total, MachineID: id, SystemUUID: id, BootID: bootID,
		},
		version: cadvisorapi.VersionInfo{
			KernelVersion: unix.ByteSliceToString(system.Release[:]), ContainerOsVersion: operatingSystem(),
		},
		cpu: usage.NewMeter(time.Now(), busy),
	}, nil
}

func operatingSystem() string {
	content, err := os.ReadFile("/usr/lib/os-release")
	if err != nil {
		return "Linux"
	}
	for line := range strings.Lines(string(content)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); found {
			return strings.Trim(name, `"`)
		}
	}
	return "Linux"
}

func (m *machine) Start() error { return nil }

func (m *machine) MachineInfo(klog.Logger) (*cadvisorapi.MachineInfo, error) {
	info := m.info
	return &info, nil
}

func (m *machine) VersionInfo() (*cadvisorapi.VersionInfo, error) {
	version := m.version
	return &version, nil
}

func (m *machine) ImagesFsInfo(context.Context) (cadvisorapi.FsInfo, error) {
	return fileSystem("/var")
}
func (m *machine) RootFsInfo() (cadvisorapi.FsInfo, error) { return fileSystem("/var") }
func (m *machine) ContainerFsInfo(context.Context) (cadvisorapi.FsInfo, error) {
	return fileSystem("/var")
}
func (m *machine) GetDirFsInfo(path string) (cadvisorapi.FsInfo, error) { return fileSystem(path) }

func fileSystem(path string) (cadvisorapi.FsInfo, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return cadvisorapi.FsInfo{}, err
	}
	block := uint64(stat.Bsize) //nolint:gosec // a block size is positive
	free := stat.Ffree
	return cadvisorapi.FsInfo{
		Device: path, Mountpoint: path,
		Capacity: stat.Blocks * block, Available: stat.Bavail * block, Usage: (stat.Blocks - stat.Bfree) * block,
		Inodes: &stat.Files, InodesFree: &free,
	}, nil
}
