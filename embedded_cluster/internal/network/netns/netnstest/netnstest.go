// Package netnstest gives tests network namespaces of their own, also to an ordinary user.
package netnstest

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/network"
	"pytest-kworkload/embedded_cluster/internal/network/netns"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

const marked = "KWORKLOAD_TEST_IN_OWN_NAMESPACES"

// Main is for TestMain: it runs the tests again in new namespaces, where they may do what a cluster does.
func Main(m *testing.M) int {
	if os.Getenv(marked) != "" {
		return m.Run()
	}
	again := exec.Command(os.Args[0], os.Args[1:]...)
	again.Env = append(os.Environ(), marked+"=yes")
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		again.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	err := again.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return 0
}

// Process starts one in a network of its own, where the addresses of Services are local as on a node. The pidfd is the
// caller's to close.
func Process(t *testing.T) (process *os.Process, pidfd int) {
	t.Helper()
	command := exec.Command("sleep", "infinity")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, PidFD: &pidfd}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = command.Process.Kill(), command.Wait() })
	copied, err := unix.FcntlInt(uintptr(pidfd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	namespace, err := netns.Of(copied)
	if err != nil {
		t.Fatal(err)
	}
	defer namespace.Close()
	err = namespace.In(func() error {
		if err := network.Loopback(); err != nil {
			return err
		}
		return netlink.RouteAdd(network.Local(netip.MustParsePrefix(spec.ServiceCIDR)))
	})
	if err != nil {
		t.Fatal(err)
	}
	return command.Process, pidfd
}
