// Package control serves the cluster's control socket: a connection is a fault, and the fault lasts as long as it does.
//
//	client: {"fault":"node-killed","node":"node-1"}
//	server: {} when the fault is in force, or {"failed":TEXT} and nothing was changed
//	client: shuts down its writing side, or ends in any other way
//	server: {} when the fault is reverted, or {"failed":TEXT}
package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// Request is the client's line.
type Request struct {
	Fault     string `json:"fault"`
	Node      string `json:"node,omitempty"`
	Component string `json:"component,omitempty"`
}

// Fault is one that is in force.
type Fault struct {
	Node   string // the node that it has made
	Revert func() error
}

type answer struct {
	Node   string `json:"node,omitempty"`
	Failed string `json:"failed,omitempty"`
}

const (
	longest = 4096                  // line that a client may send
	pause   = 10 * time.Millisecond // between two tries to accept when the process is out of descriptors
)

// Listen makes the socket, which nobody but the user may connect to. Its path may be too long for an address.
func Listen(path string) (net.Listener, error) {
	directory, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(directory) }()
	short := fmt.Sprintf("/proc/self/fd/%d/%s", directory, filepath.Base(path))
	listener, err := net.Listen("unix", short)
	if err != nil {
		return nil, err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // the short path is gone by then, and the directory is removed whole
	return listener, os.Chmod(short, 0o600)
}

// Serve puts faults in force until the listener is closed. One that cannot be reverted goes to broken, when its client knows.
func Serve(listener net.Listener, begin func(Request) (Fault, error), broken func(error)) {
	for {
		connection, err := listener.Accept()
		switch {
		case err == nil:
			go func() {
				defer func() { _ = connection.Close() }()
				if err := serve(connection, begin); err != nil {
					broken(err)
				}
			}()
		case errors.Is(err, net.ErrClosed):
			return
		default:
			time.Sleep(pause)
		}
	}
}

// serve returns what could not be reverted. A client that does not hear an answer any more changes nothing.
func serve(connection net.Conn, begin func(Request) (Fault, error)) error {
	client, tell := bufio.NewReaderSize(connection, longest), json.NewEncoder(connection)
	tell.SetEscapeHTML(false)
	request, err := read(client)
	var fault Fault
	if err == nil {
		fault, err = begin(request)
	}
	if err != nil {
		_ = tell.Encode(answer{Failed: err.Error()})
		return nil //nolint:nilerr // the client was told
	}
	_ = tell.Encode(answer{Node: fault.Node})
	_, _ = io.Copy(io.Discard, client)
	if err := fault.Revert(); err != nil {
		_ = tell.Encode(answer{Failed: err.Error()})
		return err
	}
	_ = tell.Encode(answer{})
	return nil
}

func read(client *bufio.Reader) (Request, error) {
	var request Request
	line, err := client.ReadSlice('\n')
	if err == nil {
		known := json.NewDecoder(strings.NewReader(string(line)))
		known.DisallowUnknownFields()
		err = known.Decode(&request)
	}
	if err != nil {
		return request, &message.Problem{
			Saw: fmt.Sprintf("the control socket was sent %.100q", line), Why: "it is not a request: " + err.Error(),
			Do: `send one line, like {"fault":"node-killed","node":"node-1"}`,
		}
	}
	return request, nil
}
