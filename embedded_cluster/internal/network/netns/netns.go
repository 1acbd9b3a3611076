// Package netns makes sockets in the network namespace of another process. A socket belongs for good to the namespace
// that its maker is in when it makes it, so one process can serve in many namespaces at once.
package netns

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Namespace is the network namespace of a process. The process is known by a descriptor (pidfd_open(2)), for its number
// may come to mean another process.
type Namespace struct{ process *os.File }

// Of returns the namespace that a process is in. The descriptor is the Namespace's from now on.
func Of(pidfd int) (Namespace, error) {
	if err := unix.SetNonblock(pidfd, true); err != nil { // so that Wait needs no thread
		return Namespace{}, fmt.Errorf("the descriptor of a process: %w", err)
	}
	return Namespace{os.NewFile(uintptr(pidfd), "process")}, nil
}

// Close lets go of the process. The sockets that were made stay open.
func (n Namespace) Close() { _ = n.process.Close() }

// In calls do on a thread that is in the namespace. It is for making sockets only: do must not start goroutines nor wait.
func (n Namespace) In(do func() error) error {
	process, err := n.process.SyscallConn()
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(own) }()
	var refused error
	err = process.Control(func(descriptor uintptr) { refused = unix.Setns(int(descriptor), unix.CLONE_NEWNET) })
	if err = errors.Join(err, refused); err != nil {
		return fmt.Errorf("entering the network of a node: %w", err)
	}
	defer func() {
		if err := unix.Setns(own, unix.CLONE_NEWNET); err != nil {
			panic(fmt.Sprintf("no way back to our own network: %v", err)) // the thread would serve others in the wrong one
		}
	}()
	return do()
}

// Wait returns when the process has ended.
func (n Namespace) Wait() error {
	raw, err := n.process.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Read(func(descriptor uintptr) bool {
		events := []unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}} //nolint:gosec // descriptors are small
		ready, err := unix.Poll(events, 0)
		return err == nil && ready > 0
	})
}
