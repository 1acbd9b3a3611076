// Package reap collects exited children in a process that is PID 1.
//
// A PID 1 inherits every orphan of its namespace. It must reap those, and it must not take the exit status of a child
// that somebody waits for. So all waiting happens in one place: children are started through [Reaper.Start], and the
// reaper hands each one its status.
package reap

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// Reaper waits for all children of this process. Nothing else in the process may call wait, so there can be only one.
type Reaper struct {
	mu      sync.Mutex
	waiting map[int]chan syscall.WaitStatus
}

// New returns a reaper that is already at work.
func New() *Reaper {
	r := &Reaper{waiting: map[int]chan syscall.WaitStatus{}}
	exits := make(chan os.Signal, 1)
	signal.Notify(exits, syscall.SIGCHLD)
	go func() {
		for range exits {
			r.collect()
		}
	}()
	return r
}

// Start runs start, which forks and returns the child's pid, and returns a channel that delivers the child's status
// once. Forking and registering are one step for the reaper, so even a child that exits at once is not missed.
func (r *Reaper) Start(start func() (int, error)) (pid int, exited <-chan syscall.WaitStatus, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err = start()
	if err != nil {
		return 0, nil, err
	}
	status := make(chan syscall.WaitStatus, 1)
	r.waiting[pid] = status
	return pid, status, nil
}

// Hold keeps this process from starting children until the returned function is called.
func (r *Reaper) Hold() (release func()) {
	r.mu.Lock()
	return r.mu.Unlock
}

func (r *Reaper) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if waiting, ours := r.waiting[pid]; ours {
			delete(r.waiting, pid)
			waiting <- status
		}
	}
}
