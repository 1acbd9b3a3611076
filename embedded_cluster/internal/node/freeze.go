package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	stopWithin = 30 * time.Second
	lookEvery  = time.Millisecond // nothing announces that a process has stopped, but to its parent
)

// freeze returns when nothing but this process runs in the node.
func freeze() error {
	if err := everybody(unix.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(stopWithin); ; time.Sleep(lookEvery) {
		runs := running("/proc", os.Getpid())
		if runs == "" {
			return nil
		}
		if time.Now().After(end) {
			return errors.Join(fmt.Errorf("not stopped within %s: %s", stopWithin, runs), everybody(unix.SIGCONT))
		}
	}
}

// everybody sends a signal, in one step for the kernel, to all other processes of the PID namespace whose first process this
// is, and of those within.
func everybody(number unix.Signal) error {
	if os.Getpid() != 1 {
		return errors.New("not the first process of a PID namespace: all processes of this machine would get the signal")
	}
	if err := unix.Kill(-1, number); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

// running names a thread of another process that may still take a step. One that was sent a stop takes it in the kernel
// until it would return to its program. What has ended (Z, X) takes none, nor what the kernel lets wait (D), for example
// for a child that is stopped itself.
func running(proc string, except int) string {
	threads, _ := filepath.Glob(filepath.Join(proc, "[0-9]*/task/[0-9]*/stat")) // an error: the pattern is wrong
	own := filepath.Join(proc, fmt.Sprint(except)) + "/"
	for _, thread := range threads {
		content, err := os.ReadFile(thread)
		if err != nil || strings.HasPrefix(thread, own) {
			continue // it has ended
		}
		name := string(content[:strings.LastIndexByte(string(content), ')')+1])
		if state := strings.TrimLeft(string(content[len(name):]), " "); state != "" && !strings.ContainsRune("TtZXD", rune(state[0])) {
			return name + " " + state[:1]
		}
	}
	return ""
}
