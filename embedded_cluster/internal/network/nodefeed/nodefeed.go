// Package nodefeed is how the supervisor tells the service proxy of the cluster's nodes: a pair of sockets, one message
// each way for a node.
//
//	supervisor: {"name":"node-0","ip":"10.10.0.10"} and, as SCM_RIGHTS, the pidfd of the node's first process
//	proxy:      {"name":"node-0"} when Services and DNS are served there, with "failed" if they cannot be
//
// A node may be told of at any time, and again after it has ended: the pidfd says which of its lives is meant, and its end.
// The answers come in the order of the nodes.
package nodefeed

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// Node is told to the proxy.
type Node struct {
	Name    string     `json:"name"`
	IP      netip.Addr `json:"ip"`
	Process int        `json:"-"` // pidfd, the receiver's to close
}

// Answer is told to the supervisor.
type Answer struct {
	Name   string `json:"name"`
	Failed string `json:"failed,omitempty"`
}

// Feed is one end.
type Feed struct{ socket *net.UnixConn }

// Descriptor is the proxy's end; 3 is the gate.
const Descriptor = 4

const longest = 4096

// Pair makes a feed for this process and the end that a child process gets.
func Pair() (Feed, *os.File, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return Feed{}, nil, fmt.Errorf("making the feed of nodes: %w", err)
	}
	feed, err := Open(os.NewFile(uintptr(ends[0]), "feed"))
	return feed, os.NewFile(uintptr(ends[1]), "feed"), err
}

// Open takes over the end that a process was started with.
func Open(file *os.File) (Feed, error) {
	defer func() { _ = file.Close() }() // net.FileConn has its own
	connection, err := net.FileConn(file)
	if err != nil {
		return Feed{}, fmt.Errorf("the feed of nodes: %w", err)
	}
	return Feed{connection.(*net.UnixConn)}, nil
}

// Announce tells the proxy of a node.
func (f Feed) Announce(node Node) error { return f.send(node, unix.UnixRights(node.Process)) }

// Next waits for a node.
func (f Feed) Next() (Node, error) {
	var node Node
	rights, err := f.receive(&node)
	if err != nil {
		return node, err
	}
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil || len(messages) != 1 {
		return node, errors.Join(err, fmt.Errorf("node %s came without its process", node.Name))
	}
	descriptors, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(descriptors) != 1 {
		return node, errors.Join(err, fmt.Errorf("node %s came with %d processes", node.Name, len(descriptors)))
	}
	node.Process = descriptors[0]
	return node, nil
}

// Reply tells the supervisor.
func (f Feed) Reply(answer Answer) error { return f.send(answer, nil) }

// Answer waits for what the proxy says.
func (f Feed) Answer() (Answer, error) {
	var answer Answer
	_, err := f.receive(&answer)
	return answer, err
}

// Close makes the other end's wait return.
func (f Feed) Close() { _ = f.socket.Close() }

func (f Feed) send(message any, rights []byte) error {
	content, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, _, err = f.socket.WriteMsgUnix(content, rights, nil)
	return err
}

func (f Feed) receive(message any) (rights []byte, err error) {
	content, rights := make([]byte, longest), make([]byte, unix.CmsgSpace(4))
	n, r, _, _, err := f.socket.ReadMsgUnix(content, rights)
	if err != nil {
		return nil, err
	}
	return rights[:r], json.Unmarshal(content[:n], message)
}
