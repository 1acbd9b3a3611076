package kubelet

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
)

// machine answers for cAdvisor with what this machine really has. Every node reports all of it: they share it.
type machine struct {
	info    cadvisorapi.MachineInfo
	version cadvisorapi.VersionInfo
}

var _ cadvisor.Interface = (*machine)(nil)

// errNoStatistics is the answer to what only cgroups could tell.
var errNoStatistics = errors.New("container statistics are not available: containers of this cluster have no cgroups")

func newMachine(node, bootID string) (*machine, error) {
	memory, err := totalMemory()
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
			NumCores: runtime.NumCPU(), MemoryCapacity: memory, MachineID: id, SystemUUID: id, BootID: bootID,
		},
		version: cadvisorapi.VersionInfo{
			KernelVersion: unix.ByteSliceToString(system.Release[:]), ContainerOsVersion: operatingSystem(),
		},
	}, nil
}

func totalMemory() (uint64, error) {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) >= 2 && fields[0] == "MemTotal:" {
			kilobytes, err := strconv.ParseUint(fields[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/meminfo has no MemTotal")
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

func (m *machine) ContainerInfoV2(string, cadvisorapi.RequestOptions) (map[string]cadvisorapi.ContainerInfo, error) {
	return nil, errNoStatistics
}

func (m *machine) GetRequestedContainersInfo(string, cadvisorapi.RequestOptions) (map[string]*cadvisorapi.ContainerInfo, error) {
	return nil, errNoStatistics
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
