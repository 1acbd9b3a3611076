package supervisor

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/tools/rights"
)

// own makes a user namespace part of attributes. Root gets one too, with all ids as they are: in it, nothing of the
// machine itself can be changed (modules, disks, clocks), not even by a privileged pod. Anybody else gets a single id.
func own(attributes *syscall.SysProcAttr) error {
	attributes.Cloneflags |= unix.CLONE_NEWUSER
	attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	if !rights.Privileged() {
		return nil
	}
	attributes.GidMappingsEnableSetgroups = true
	for path, mappings := range map[string]*[]syscall.SysProcIDMap{
		"/proc/self/uid_map": &attributes.UidMappings, "/proc/self/gid_map": &attributes.GidMappings,
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if *mappings, err = unchanged(string(content)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// unchanged maps every id that a namespace has to itself. Its argument is what the kernel shows of that namespace.
func unchanged(idMap string) ([]syscall.SysProcIDMap, error) {
	var mappings []syscall.SysProcIDMap
	for line := range strings.Lines(idMap) {
		var first, outside, size int
		if _, err := fmt.Sscan(line, &first, &outside, &size); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		mappings = append(mappings, syscall.SysProcIDMap{ContainerID: first, HostID: first, Size: size})
	}
	return mappings, nil
}
