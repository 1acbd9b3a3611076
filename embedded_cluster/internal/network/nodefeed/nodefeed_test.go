package nodefeed

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func pair(t *testing.T) (ours, theirs Feed) {
	t.Helper()
	ours, end, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ours.Close)
	if theirs, err = Open(end); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(theirs.Close)
	return ours, theirs
}

func TestANodeArrivesWithItsProcess(t *testing.T) {
	supervisor, proxy := pair(t)
	process, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(process) }()
	for _, name := range []string{"node-0", "node-1"} {
		if err := supervisor.Announce(Node{Name: name, IP: netip.MustParseAddr("10.10.0.10"), Process: process}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"node-0", "node-1"} {
		node, err := proxy.Next()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unix.Close(node.Process) }()
		if node.Name != name || node.IP != netip.MustParseAddr("10.10.0.10") || node.Process == process {
			t.Errorf("%+v", node)
		}
		if err := unix.PidfdSendSignal(node.Process, 0, nil, 0); err != nil {
			t.Errorf("the descriptor is not our process: %v", err)
		}
	}
}

func TestAnAnswerArrives(t *testing.T) {
	supervisor, proxy := pair(t)
	sent := Answer{Name: "node-0", Failed: "no"}
	if err := proxy.Reply(sent); err != nil {
		t.Fatal(err)
	}
	if answer, err := supervisor.Answer(); err != nil || answer != sent {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestTheEndOfTheProxyIsHeard(t *testing.T) {
	supervisor, proxy := pair(t)
	proxy.Close()
	if _, err := supervisor.Answer(); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}
