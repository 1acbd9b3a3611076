package processruntime

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/runtime/process"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// launcher starts processes in other namespaces. Namespaces are a property of a thread, and a process is started in
// those of the thread that forks. So one thread does nothing else: it enters, forks, and goes back.
type launcher struct {
	program *os.File
	reaper  *reap.Reaper
	work    chan func()
}

// namespaces of another process, in the order to enter them: the mount namespace last, for it takes /proc away.
var namespaceOrder = []string{"net", "uts", "ipc", "pid", "mnt"}

func newLauncher(program string, reaper *reap.Reaper) (*launcher, error) {
	file, err := os.Open(program)
	if err != nil {
		return nil, err
	}
	l := &launcher{program: file, reaper: reaper, work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: a thread with foreign namespaces must not be used for anything else
		err := unix.Unshare(unix.CLONE_FS)
		ready <- err
		if err != nil {
			return
		}
		for task := range l.work {
			task()
		}
	}()
	return l, <-ready
}

// within runs f on the launcher's thread inside namespaces of process pid; pids maps the kind to whose it is.
func (l *launcher) within(pids map[string]int, f func() error) error {
	done := make(chan error)
	l.work <- func() { done <- enterAndReturn(pids, f) }
	return <-done
}

func enterAndReturn(pids map[string]int, f func() error) (err error) {
	var foreign, own []int
	defer func() {
		for _, descriptor := range append(foreign, own...) {
			_ = unix.Close(descriptor)
		}
	}()
	for _, kind := range namespaceOrder {
		pid, wanted := pids[kind]
		if !wanted {
			continue
		}
		there, err := unix.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, kind), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("the %s namespace of process %d: %w", kind, pid, err)
		}
		foreign = append(foreign, there)
		name := kind
		if kind == "pid" {
			name = "pid_for_children"
		}
		here, err := unix.Open("/proc/thread-self/ns/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		own = append(own, here)
	}
	entered := 0
	defer func() {
		for entered--; entered >= 0; entered-- {
			if back := unix.Setns(own[entered], 0); back != nil {
				panic(fmt.Sprintf("the launcher cannot return to its namespace: %v", back))
			}
		}
	}()
	for _, descriptor := range foreign {
		if err := unix.Setns(descriptor, 0); err != nil {
			return fmt.Errorf("entering a namespace: %w", err)
		}
		entered++
	}
	return f()
}

// launch is one process to start.
type launch struct {
	args             []string
	join             map[string]int // namespaces to enter, and whose they are
	create           uintptr        // namespaces to make
	spec             *process.Spec  // for `become`
	stdin            *os.File
	stdout, stderr   *os.File
	controllingInput bool          // stdin is the terminal of a new session
	begun            func(pid int) // called before the process learns what it is to become
}

// start returns when the process is what it should be: for `become`, when the workload was executed. The files stay the
// caller's to close.
func (l *launcher) start(what launch) (pid int, exited <-chan syscall.WaitStatus, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = null.Close() }()
	for _, stream := range []**os.File{&what.stdin, &what.stdout, &what.stderr} {
		if *stream == nil {
			*stream = null
		}
	}
	files := []*os.File{what.stdin, what.stdout, what.stderr}
	var failure *os.File
	tell := func() {}
	if what.spec != nil {
		var closeAll func()
		if files, failure, tell, closeAll, err = specPipes(what.spec, files, l.program); err != nil {
			return 0, nil, err
		}
		defer closeAll()
	}
	// The path leads to the file of this descriptor in the child, whatever its mount namespace shows.
	path := fmt.Sprintf("/proc/self/fd/%d", len(files)-1)
	if what.spec == nil {
		path = l.program.Name()
	}
	pid, exited, err = l.reaper.Start(func() (pid int, err error) {
		err = l.within(what.join, func() error {
			started, err := os.StartProcess(path, append([]string{filepath.Base(l.program.Name())}, what.args...), &os.ProcAttr{
				Dir: "/", Env: []string{"GOMAXPROCS=1", "GOGC=off"}, Files: files,
				Sys: &syscall.SysProcAttr{Cloneflags: what.create, Setsid: true, Setctty: what.controllingInput, Ctty: 0},
			})
			if err != nil {
				return err
			}
			pid = started.Pid
			return started.Release()
		})
		return pid, err
	})
	if err != nil {
		return 0, nil, err
	}
	if what.begun != nil {
		what.begun(pid)
	}
	tell()
	if what.spec == nil {
		return pid, exited, nil
	}
	_ = files[process.FailureDescriptor].Close() // ours; the child's closes when it executes the workload
	message, err := io.ReadAll(failure)
	if err == nil && len(message) > 0 {
		err = errors.New(string(message))
	}
	if err != nil {
		<-exited
		return 0, nil, err
	}
	return pid, exited, nil
}

// specPipes returns the child's files for `become`, the end to read a failure from, and how to tell it the spec.
func specPipes(spec *process.Spec, standard []*os.File, program *os.File) (files []*os.File, failure *os.File, tell, closeAll func(), err error) {
	content, err := json.Marshal(spec)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	specReader, specWriter, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, nil, err
	}
	failureReader, failureWriter, err := os.Pipe()
	if err != nil {
		_, _ = specReader.Close(), specWriter.Close()
		return nil, nil, nil, nil, err
	}
	var telling sync.WaitGroup
	tell = func() {
		telling.Go(func() { // a spec may be larger than a pipe
			_, _ = specWriter.Write(content)
			_ = specWriter.Close()
		})
	}
	closeAll = func() {
		for _, file := range []*os.File{specReader, failureReader, failureWriter} {
			_ = file.Close() // a second close is harmless
		}
		telling.Wait()
		_ = specWriter.Close() // if nobody was told
	}
	return append(standard, specReader, failureWriter, program), failureReader, tell, closeAll, nil
}
