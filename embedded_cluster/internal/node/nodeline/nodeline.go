// Package nodeline is the line between the supervisor and the first process of a node, a JSON value each:
//
//	supervisor: the description of the node, once; then orders
//	node:       {} when an order is carried out, with "failed" if it cannot be
package nodeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

// Order is what the supervisor may ask of a node.
type Order string

// The orders. Freeze and Thaw are about everything in the node but its first process, which the supervisor sees to itself.
const (
	StopKubelet  Order = "stop-kubelet"
	StartKubelet Order = "start-kubelet"
	Freeze       Order = "freeze"
	Thaw         Order = "thaw"
)

type answer struct {
	Failed string `json:"failed,omitempty"`
}

// Line is one end.
type Line struct {
	socket net.Conn
	in     *json.Decoder
	out    *json.Encoder
}

// Pair makes a line for this process and the end that the node is started with.
func Pair() (*Line, *os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making the line to a node: %w", err)
	}
	line, err := Open(os.NewFile(uintptr(ends[0]), "line"))
	return line, os.NewFile(uintptr(ends[1]), "line"), err
}

// Open takes over the end that a process was started with. No other process that it starts gets it.
func Open(file *os.File) (*Line, error) {
	defer func() { _ = file.Close() }() // net.FileConn has its own
	socket, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("the line between supervisor and node: %w", err)
	}
	return &Line{socket, json.NewDecoder(socket), json.NewEncoder(socket)}, nil
}

// Close makes the other end's wait return.
func (l *Line) Close() { _ = l.socket.Close() }

// Describe is the supervisor's first word.
func (l *Line) Describe(node spec.Node) error { return l.out.Encode(node) }

// Description waits for it.
func (l *Line) Description() (node spec.Node, err error) {
	if err = l.in.Decode(&node); err != nil {
		err = fmt.Errorf("reading the node's description: %w", err)
	}
	return node, err
}

// Order returns when the node has carried it out.
func (l *Line) Order(order Order) error {
	if err := l.out.Encode(order); err != nil {
		return fmt.Errorf("order %s: %w", order, err)
	}
	var told answer
	if err := l.in.Decode(&told); err != nil {
		return fmt.Errorf("order %s: %w", order, err)
	}
	if told.Failed != "" {
		return errors.New(told.Failed)
	}
	return nil
}

// Obey carries out orders until the supervisor's end is closed.
func (l *Line) Obey(do func(Order) error) error {
	for {
		var order Order
		if err := l.in.Decode(&order); err != nil {
			return err
		}
		var told answer
		if err := do(order); err != nil {
			told.Failed = fmt.Sprintf("order %s: %v", order, err)
		}
		if err := l.out.Encode(told); err != nil {
			return err
		}
	}
}
