package processruntime

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"pytest-kworkload/embedded_cluster/internal/runtime/process"
)

// inside describes a command to run in a running container, with its identity and environment.
func (s *Server) inside(id string, command []string) (launch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[id]
	if c == nil || c.pid == 0 {
		return launch{}, notFound("running container", id)
	}
	p := s.sandboxes[c.Sandbox]
	spec := s.spec(p, c)
	return launch{
		args: []string{"become"},
		join: map[string]int{"net": c.pid, "uts": c.pid, "ipc": c.pid, "pid": c.pid, "mnt": c.pid},
		spec: &process.Spec{Exec: true, Args: command, Env: spec.Env, Cwd: spec.Cwd, Identity: spec.Identity},
	}, nil
}

// terminal is what an interactive command has instead of pipes.
type terminal struct {
	resize <-chan remotecommand.TerminalSize
}

// run runs a command in a container until it ends or ctx does.
func (s *Server) run(ctx context.Context, id string, command []string, in io.Reader, out, errors io.Writer, tty *terminal) (int32, error) {
	what, err := s.inside(id, command)
	if err != nil {
		return 0, err
	}
	var near, far []*os.File // ours, the command's
	defer func() { closeAll(near) }()
	var copies sync.WaitGroup
	if tty != nil {
		us, them, err := openTerminal()
		if err != nil {
			return 0, err
		}
		near, far = append(near, us), append(far, them)
		what.stdin, what.stdout, what.stderr, what.controllingInput = them, them, them, true
		go follow(us, tty.resize)
		feed(us, in)
		collect(&copies, us, out)
	} else {
		if in != nil {
			reader, writer, err := os.Pipe()
			if err != nil {
				return 0, err
			}
			what.stdin, far = reader, append(far, reader)
			go func() {
				_, _ = io.Copy(writer, in)
				_ = writer.Close()
			}()
		}
		for to, stream := range map[io.Writer]**os.File{wrap(out): &what.stdout, wrap(errors): &what.stderr} {
			reader, writer, err := os.Pipe()
			if err != nil {
				closeAll(far)
				return 0, err
			}
			*stream, near, far = writer, append(near, reader), append(far, writer)
			collect(&copies, reader, to)
		}
	}
	pid, exited, err := s.launcher.start(what)
	closeAll(far)
	if err != nil {
		return 0, status.Error(codes.Unknown, "failed to exec in container: "+err.Error())
	}
	select {
	case ended := <-exited:
		wait(&copies, drainFor)
		return exitCode(ended), nil
	case <-ctx.Done():
		_ = unix.Kill(-pid, unix.SIGKILL) // the command leads a session of its own
		<-exited
		wait(&copies, drainFor)
		return 0, ctx.Err()
	}
}

// wrapped makes equal writers distinct keys.
type wrapped struct{ io.Writer }

func wrap(w io.Writer) io.Writer {
	if w == nil {
		w = io.Discard
	}
	return &wrapped{w}
}

func collect(copies *sync.WaitGroup, from *os.File, to io.Writer) {
	copies.Add(1)
	go func() {
		defer copies.Done()
		_, _ = io.Copy(to, from)
	}()
}

func feed(to *os.File, in io.Reader) {
	if in != nil {
		go func() { _, _ = io.Copy(to, in) }()
	}
}

func follow(near *os.File, sizes <-chan remotecommand.TerminalSize) {
	for size := range sizes {
		_ = control(near, func(descriptor int) error {
			return unix.IoctlSetWinsize(descriptor, unix.TIOCSWINSZ, &unix.Winsize{Row: size.Height, Col: size.Width})
		})
	}
}

func wait(copies *sync.WaitGroup, most time.Duration) {
	done := make(chan struct{})
	go func() { copies.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(most):
	}
}

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close()
	}
}

// ExecSync runs a probe or a hook.
func (s *Server) ExecSync(ctx context.Context, request *cri.ExecSyncRequest) (*cri.ExecSyncResponse, error) {
	if request.GetTimeout() > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, time.Duration(request.GetTimeout())*time.Second)
		defer cancel()
	}
	var out, errors bounded
	code, err := s.run(ctx, request.GetContainerId(), request.GetCmd(), nil, &out, &errors, nil)
	if ctx.Err() != nil {
		return nil, status.Errorf(codes.DeadlineExceeded, "command %q timed out", request.GetCmd())
	}
	if err != nil {
		return nil, err
	}
	return &cri.ExecSyncResponse{Stdout: out.content(), Stderr: errors.content(), ExitCode: code}, nil
}

// bounded keeps the beginning of what is written to it: nobody reads more of a probe's output. A process that the
// command left behind may still write when the command has ended.
type bounded struct {
	mu   sync.Mutex
	kept []byte
}

const mostKept = 1 << 20

func (b *bounded) Write(content []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, content[:min(len(content), mostKept-len(b.kept))]...)
	return len(content), nil
}

func (b *bounded) content() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.kept)
}

// startStreaming serves exec, attach and port-forward on the node's loopback; the kubelet hands the streams through.
func (s *Server) startStreaming() error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config := streaming.DefaultConfig
	config.BaseURL = &url.URL{Scheme: "http", Host: listener.Addr().String()}
	if s.streaming, err = streaming.NewServer(config, interactive{s}); err != nil {
		return err
	}
	go func() { _ = http.Serve(listener, s.streaming) }() //nolint:gosec // streams have no time limit
	return nil
}

// Exec prepares a stream.
func (s *Server) Exec(_ context.Context, request *cri.ExecRequest) (*cri.ExecResponse, error) {
	return s.streaming.GetExec(request)
}

// Attach prepares a stream.
func (s *Server) Attach(_ context.Context, request *cri.AttachRequest) (*cri.AttachResponse, error) {
	return s.streaming.GetAttach(request)
}

// PortForward prepares a stream.
func (s *Server) PortForward(_ context.Context, request *cri.PortForwardRequest) (*cri.PortForwardResponse, error) {
	return s.streaming.GetPortForward(request)
}

// interactive is what the streams lead to.
type interactive struct{ server *Server }

func (i interactive) Exec(ctx context.Context, id string, command []string, in io.Reader, out, errors io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	var t *terminal
	if tty {
		t = &terminal{resize}
	}
	code, err := i.server.run(ctx, id, command, in, orDiscard(out), orDiscard(errors), t)
	if err != nil {
		return err
	}
	if code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", code), Code: int(code)}
	}
	return nil
}

// orDiscard avoids an interface that holds a nil pointer.
func orDiscard(w io.WriteCloser) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

func (i interactive) Attach(ctx context.Context, id string, in io.Reader, out, errors io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	c, streams := i.server.streamsOf(id)
	if streams == nil {
		return notFound("running container", id)
	}
	detach := streams.attach(&attachment{stdout: orDiscard(out), stderr: orDiscard(errors)})
	defer detach()
	if in != nil && streams.input != nil {
		go func() {
			_, _ = io.Copy(streams.input, in)
			if c.config.GetStdinOnce() && !tty {
				_ = streams.input.Close()
			}
		}()
	}
	if tty && streams.input != nil {
		go follow(streams.input, resize)
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
	}
	return nil
}

func (i interactive) PortForward(_ context.Context, id string, port int32, stream io.ReadWriteCloser) error {
	defer func() { _ = stream.Close() }()
	i.server.mu.Lock()
	p := i.server.sandboxes[id]
	pid := 0
	if p != nil {
		pid = p.pid
	}
	i.server.mu.Unlock()
	if pid == 0 {
		return notFound("running sandbox", id)
	}
	connection, err := i.server.launcher.dial(pid, port)
	if err != nil {
		return fmt.Errorf("connecting to port %d of the pod: %w", port, err)
	}
	defer func() { _ = connection.Close() }()
	go func() {
		_, _ = io.Copy(connection, stream)
		if half, ok := connection.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	_, _ = io.Copy(stream, connection)
	return nil
}

// dial connects to a port on the loopback of a process's network. A socket belongs to the network of the thread that
// made it; connecting may take its time, so it is not done on that thread.
func (l *launcher) dial(pid int, port int32) (net.Conn, error) {
	var descriptor int
	err := l.within(map[string]int{"net": pid}, func() (err error) {
		descriptor, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(descriptor), "forward")
	defer func() { _ = file.Close() }() // net.FileConn has its own
	if err := unix.Connect(descriptor, &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, err
	}
	return net.FileConn(file)
}
