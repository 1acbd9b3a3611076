// Package supervisor keeps one cluster alive and ends it. Its outer process lives on the host: it starts the inner one
// in new namespaces, waits for the cluster's owners and cleans up. The inner process is PID 1 of those namespaces: when
// it ends, by whatever cause, the kernel ends every other process of the cluster, and with them every mount and link.
package supervisor

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/cluster/owners"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/logtail"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
	"pytest-kworkload/embedded_cluster/internal/tools/rights"
)

// report is what the inner process tells the outer one, a JSON line each.
type report struct {
	Ready  *spec.Ready `json:"ready,omitempty"`
	Failed string      `json:"failed,omitempty"`
	Stage  string      `json:"stage,omitempty"` // where setting up the namespaces failed
	Errno  int         `json:"errno,omitempty"`
}

// File descriptors that the inner process is started with.
const (
	listenerDescriptor = 3
	reportDescriptor   = 4
)

const killAfter = 10 * time.Second

// Outer runs the cluster of this directory until its last owner is gone, and returns an exit status. The caller has
// locked its goroutine to the main thread: the inner process is killed when the thread that started it ends.
func Outer(directory string) int {
	layout := spec.Layout{Directory: directory}
	err := outer(layout)
	if removing := owners.Remove(layout); err == nil && removing != nil {
		err = message.Disk(directory, removing)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kworkload-cluster: "+err.Error())
		return 1
	}
	return 0
}

func outer(layout spec.Layout) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader that is gone must not keep us from cleaning up
	cluster, err := load(layout)
	if err != nil {
		return err
	}
	alive, err := owners.Alive(layout)
	if err != nil {
		return message.Disk(layout.Directory, err)
	}
	defer func() { _ = alive.Close() }()
	owners.Sweep(layout)
	gone := make(chan error, 1)
	if cluster.Owned {
		_, _ = unix.Setsid() // refused to a process that leads a group already: then it has a session of its own or a shell's
		go func() { gone <- owners.Gone(layout) }()
	}

	inner, reports, err := startInner(cluster)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- inner.Wait() }()
	failed := make(chan report, 1)
	go listen(reports, failed)

	select {
	case <-ended:
		return explainEnd(layout, failed)
	case <-signals:
	case <-gone:
	}
	_ = inner.signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(killAfter):
		_ = inner.signal(syscall.SIGKILL)
		<-ended
	}
	return nil
}

func load(layout spec.Layout) (spec.Cluster, error) {
	var cluster spec.Cluster
	content, err := os.ReadFile(layout.Spec())
	if err != nil {
		return cluster, err
	}
	return cluster, json.Unmarshal(content, &cluster)
}

type process struct{ *os.Process }

func (p process) signal(s syscall.Signal) error { return p.Signal(s) }

func (p process) Wait() error {
	_, err := p.Process.Wait()
	return err
}

// startInner makes the namespaces. The listener belongs to the host's network namespace whoever accepts from it, so
// the inner process can serve a port on the host's loopback without any other way out.
func startInner(cluster spec.Cluster) (process, io.Reader, error) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return process{}, nil, err
	}
	defer func() { _ = listener.Close() }()
	socket, err := listener.File()
	if err != nil {
		return process{}, nil, err
	}
	defer func() { _ = socket.Close() }()
	reader, writer, err := os.Pipe()
	if err != nil {
		return process{}, nil, err
	}
	defer func() { _ = writer.Close() }()
	log, err := os.OpenFile(cluster.Log("supervisor"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return process{}, nil, message.Disk(cluster.Directory, err)
	}
	defer func() { _ = log.Close() }()

	attributes := syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true,
	}
	start := func(attributes syscall.SysProcAttr) (*os.Process, error) {
		return os.StartProcess(cluster.Program(spec.SupervisorProgram),
			[]string{spec.SupervisorProgram, "supervise", cluster.Directory},
			&os.ProcAttr{Env: os.Environ(), Files: []*os.File{nil, log, log, socket, writer}, Sys: &attributes})
	}
	contained := attributes
	if err := own(&contained); err != nil {
		return process{}, nil, err
	}
	// Keys of the user's session (Kerberos tickets, for one) are not the cluster's. Refused only where there are no keys.
	_, _ = unix.KeyctlJoinSessionKeyring("")
	started, err := start(contained)
	if err != nil && rights.Privileged() { // a machine without user namespaces does not need one for root
		started, err = start(attributes)
	}
	if err != nil {
		return process{}, nil, diagnose("namespaces", err)
	}
	return process{started}, reader, nil
}

// listen prints the ready line, once, and keeps what the inner process says of its own end.
func listen(reports io.Reader, failed chan<- report) {
	defer close(failed)
	lines := bufio.NewScanner(reports)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r report
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			continue
		}
		if r.Ready != nil {
			r.Ready.PID = os.Getpid()
			r.Ready.Milliseconds = age().Milliseconds()
			line, err := json.Marshal(r.Ready)
			if err == nil {
				_, _ = os.Stdout.Write(append(line, '\n'))
			}
			closeStdout()
			continue
		}
		failed <- r
		return
	}
}

// closeStdout tells the reader that nothing follows, yet keeps descriptor 1 from being used for something else.
func closeStdout() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		_ = unix.Dup3(int(null.Fd()), 1, 0) // dup2 is not on every architecture
		_ = null.Close()
	}
}

func explainEnd(layout spec.Layout, failed <-chan report) error {
	r, told := <-failed
	switch {
	case told && r.Stage != "":
		return diagnose(r.Stage, syscall.Errno(r.Errno))
	case told:
		return errors.New(r.Failed)
	}
	return &message.Problem{
		Saw: "the cluster's supervisor ended without a word", Why: "it was killed, or it crashed",
		Do: "look at the end of its log:\n" + indent(logtail.Of(layout.Log("supervisor"), logTail)),
	}
}

// age is how long this process lives, from the kernel: it counts the time before main too.
func age() time.Duration {
	content, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(content), ") ")
	fields := strings.Fields(after)
	const startTime, ticksPerSecond = 19, 100 // field 22 of proc(5); USER_HZ is 100 on every architecture we build for
	var ticks int64
	if len(fields) <= startTime {
		return 0
	}
	if _, err := fmt.Sscan(fields[startTime], &ticks); err != nil {
		return 0
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano()) - time.Duration(ticks)*time.Second/ticksPerSecond
}
