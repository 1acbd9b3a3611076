package processruntime

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// streams are a container's standard input and output: a log, and whoever is attached.
type streams struct {
	stdin, stdout, stderr *os.File // the container's ends
	input                 *os.File // our end of stdin, or the terminal
	outputs               []*os.File
	log                   *logFile
	pumps                 sync.WaitGroup

	mu       sync.Mutex
	attached map[*attachment]struct{}
}

// attachment receives what a container prints while it is attached.
type attachment struct{ stdout, stderr io.Writer }

// drainFor bounds the wait for output after a container's end: a process that left the namespace's first one may keep
// a pipe open for ever where the PID namespace is the pod's.
const drainFor = 2 * time.Second

func openStreams(logPath string, terminal, wantsInput bool) (s *streams, err error) {
	log, err := openLog(logPath)
	if err != nil {
		return nil, err
	}
	s = &streams{log: log, attached: map[*attachment]struct{}{}}
	defer func() {
		if err != nil {
			s.closeFarEnds()
			s.close()
		}
	}()
	if terminal {
		near, far, err := openTerminal()
		if err != nil {
			return nil, err
		}
		s.stdin, s.stdout, s.stderr, s.input, s.outputs = far, far, far, near, []*os.File{near}
		s.pump(near, "stdout")
		return s, nil
	}
	if wantsInput {
		if s.stdin, s.input, err = os.Pipe(); err != nil {
			return nil, err
		}
	}
	for name, far := range map[string]**os.File{"stdout": &s.stdout, "stderr": &s.stderr} {
		near, writer, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		*far = writer
		s.outputs = append(s.outputs, near)
		s.pump(near, name)
	}
	return s, nil
}

// closeFarEnds lets go of what only the container's processes should hold.
func (s *streams) closeFarEnds() {
	for _, file := range []*os.File{s.stdin, s.stdout, s.stderr} {
		if file != nil {
			_ = file.Close() // a terminal is the same file three times
		}
	}
}

func (s *streams) pump(from *os.File, name string) {
	s.pumps.Add(1)
	go func() {
		defer s.pumps.Done()
		lines := s.log.stream(name)
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			lines.write(buffer[:n])
			s.publish(name, buffer[:n])
			if err != nil { // EIO is a terminal's way to say the end
				lines.end()
				return
			}
		}
	}()
}

func (s *streams) publish(name string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a := range s.attached {
		to := a.stdout
		if name == "stderr" {
			to = a.stderr
		}
		if to != nil && len(content) > 0 {
			if _, err := to.Write(content); err != nil {
				delete(s.attached, a)
			}
		}
	}
}

func (s *streams) attach(a *attachment) (detach func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attached[a] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.attached, a)
	}
}

// drain takes the last output and closes everything.
func (s *streams) drain() {
	done := make(chan struct{})
	go func() { s.pumps.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(drainFor):
	}
	s.close()
	<-done
}

func (s *streams) close() {
	for _, file := range append(s.outputs, s.input) {
		if file != nil {
			_ = file.Close()
		}
	}
	s.pumps.Wait()
	s.log.close()
}

// logFile is written in the format that the kubelet reads: time, stream, a tag for a whole (F) or partial (P) line.
type logFile struct {
	path string
	mu   sync.Mutex
	file *os.File
	size int64 // what was written to this file
	lost int   // lines, since it was full
}

const (
	// longestLine is where a line is cut into partial ones, as other runtimes do.
	longestLine = 16 << 10
	// fullAt bounds a file until the kubelet rotates it, which it does at 10 MiB unless it is slow, or stopped.
	fullAt = 64 << 20
)

func openLog(path string) (*logFile, error) {
	l := &logFile{path: path}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l, l.open()
}

// open wants l.mu held.
func (l *logFile) open() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// reopen goes on in a new file at the same place.
func (l *logFile) reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil // the container has ended
	}
	old := l.file
	if err := l.open(); err != nil {
		return err
	}
	_ = old.Close()
	if l.lost > 0 && l.size < fullAt {
		l.write("stderr", "F", fmt.Appendf(nil, "(%d lines are left out here: the log was full)", l.lost))
		l.lost = 0
	}
	return nil
}

func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}

func (l *logFile) line(stream, tag string, content []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return
	}
	if l.size >= fullAt {
		l.lost++
		return
	}
	l.write(stream, tag, content)
}

// write wants l.mu held. A full disk must not stop the workload.
func (l *logFile) write(stream, tag string, content []byte) {
	n, _ := l.file.Write(fmt.Appendf(nil, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, content))
	l.size += int64(n)
}

func (l *logFile) stream(name string) *lineSplitter {
	return &lineSplitter{emit: func(tag string, content []byte) { l.line(name, tag, content) }}
}

// lineSplitter cuts a stream into lines.
type lineSplitter struct {
	emit func(tag string, content []byte)
	rest []byte
}

func (s *lineSplitter) write(content []byte) {
	for len(content) > 0 {
		newline := bytes.IndexByte(content, '\n')
		part := content
		if newline >= 0 {
			part = content[:newline]
		}
		if room := longestLine - len(s.rest); len(part) > room {
			s.emit("P", append(s.rest, part[:room]...))
			s.rest = nil
			content = content[room:]
			continue
		}
		s.rest = append(s.rest, part...)
		if newline < 0 {
			return
		}
		s.emit("F", s.rest)
		s.rest = nil
		content = content[newline+1:]
	}
}

// end keeps a last line that has no newline.
func (s *lineSplitter) end() {
	if len(s.rest) > 0 {
		s.emit("P", s.rest)
		s.rest = nil
	}
}

// openTerminal returns the two ends of a new terminal.
func openTerminal() (near, far *os.File, err error) {
	near, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = near.Close()
		}
	}()
	var number int
	err = control(near, func(descriptor int) (err error) {
		if number, err = unix.IoctlGetInt(descriptor, unix.TIOCGPTN); err != nil {
			return err
		}
		return unix.IoctlSetPointerInt(descriptor, unix.TIOCSPTLCK, 0)
	})
	if err != nil {
		return nil, nil, err
	}
	far, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	return near, far, err
}

// control runs f with the file's descriptor. Unlike File.Fd, it leaves the file as it is: closing it ends a read.
func control(file *os.File, f func(descriptor int) error) error {
	connection, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := connection.Control(func(descriptor uintptr) { failed = f(int(descriptor)) }); err != nil {
		return err
	}
	return failed
}
