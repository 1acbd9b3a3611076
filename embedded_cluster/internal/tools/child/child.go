// Package child has the processes that are not to end by themselves: it tells such an end from one that was asked for.
package child

import (
	"os"
	"sync/atomic"
	"syscall"

	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// Child is one such process.
type Child struct {
	process *os.Process
	pid     int
	stopped atomic.Bool
	ended   chan struct{} // closed when it has been reaped
}

// Start starts it. If it ends and was not stopped, died hears how.
func Start(reaper *reap.Reaper, start func() (*os.Process, error), died func(syscall.WaitStatus)) (*Child, error) {
	c := &Child{ended: make(chan struct{})}
	pid, exited, err := reaper.Start(func() (pid int, err error) {
		if c.process, err = start(); err != nil {
			return 0, err
		}
		return c.process.Pid, nil
	})
	if err != nil {
		return nil, err
	}
	c.pid = pid
	go func() {
		status := <-exited
		_ = c.process.Release() // its number may be another's from now on
		close(c.ended)
		if !c.stopped.Load() {
			died(status)
		}
	}()
	return c, nil
}

// PID is its number as long as it lives.
func (c *Child) PID() int { return c.pid }

// Signal does nothing to one that has ended.
func (c *Child) Signal(number syscall.Signal) error { return c.process.Signal(number) }

// Stop kills it and returns when it is gone. The first process of a PID namespace is gone when all others of it are.
func (c *Child) Stop() {
	c.stopped.Store(true)
	_ = c.Signal(syscall.SIGKILL) // an error: it has just ended
	<-c.ended
}
