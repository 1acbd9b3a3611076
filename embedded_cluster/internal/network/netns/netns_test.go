package netns_test

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/network/netns"
	"pytest-kworkload/embedded_cluster/internal/network/netns/netnstest"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

var service = netip.MustParseAddrPort("10.96.0.1:80")

func start(t *testing.T) (netns.Namespace, *os.Process) {
	t.Helper()
	process, pidfd := netnstest.Process(t)
	namespace, err := netns.Of(pidfd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(namespace.Close)
	return namespace, process
}

func TestTCPInTheNamespace(t *testing.T) {
	namespace, _ := start(t)
	listener, err := namespace.ListenTCP(service)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		server, err := listener.Accept()
		if err == nil {
			_, _ = io.WriteString(server, "hello")
			_ = server.Close()
		}
	}()
	client, err := namespace.DialContext(context.Background(), "tcp4", service.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if said, err := io.ReadAll(client); err != nil || string(said) != "hello" {
		t.Errorf("%q, %v", said, err)
	}
}

func TestUDPInTheNamespace(t *testing.T) {
	namespace, _ := start(t)
	server, err := namespace.ListenUDP(service)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	client, err := namespace.DialContext(context.Background(), "udp4", service.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if _, err := io.WriteString(client, "hello"); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 10)
	if n, from, err := server.ReadFromUDPAddrPort(buffer); err != nil || string(buffer[:n]) != "hello" || from.String() != client.LocalAddr().String() {
		t.Errorf("%q from %s, %v", buffer[:n], from, err)
	}
}

func TestTwoNamespacesServeTheSameAddress(t *testing.T) {
	for range 2 {
		namespace, _ := start(t)
		listener, err := namespace.ListenTCP(service)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
	}
}

func TestWeAreBackInOurOwnNamespace(t *testing.T) {
	before, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	namespace, _ := start(t)
	var within, after string
	_ = namespace.In(func() error {
		within, _ = os.Readlink("/proc/thread-self/ns/net")
		return nil
	})
	_ = namespace.In(func() error { return errors.New("a failure within must lead back too") })
	after, err = os.Readlink("/proc/thread-self/ns/net")
	if err != nil || within == before || after != before {
		t.Errorf("before %s, within %s, after %s, %v", before, within, after, err)
	}
}

func TestARefusedConnection(t *testing.T) {
	namespace, _ := start(t)
	if _, err := namespace.DialContext(context.Background(), "tcp4", service.String()); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("%v", err)
	}
}

func TestAConnectionUnderWayIsGivenUp(t *testing.T) {
	namespace, _ := start(t)
	var full int // a listener that nobody accepts from; what it has no room for stays without an answer
	err := namespace.In(func() (err error) {
		full, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		return errors.Join(unix.Bind(full, &unix.SockaddrInet4{Addr: service.Addr().As4(), Port: int(service.Port())}), unix.Listen(full, 0))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(full) }()
	first, err := namespace.DialContext(context.Background(), "tcp4", service.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error)
	go func() {
		_, err := namespace.DialContext(ctx, "tcp4", service.String())
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestTheEndOfTheProcessIsSeen(t *testing.T) {
	namespace, process := start(t)
	ended := make(chan error)
	go func() { ended <- namespace.Wait() }()
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_, _ = process.Wait()
	if _, err := namespace.ListenTCP(service); !errors.Is(err, unix.ESRCH) {
		t.Errorf("listening in the network of an ended process: %v", err)
	}
}

func TestAClosedNamespace(t *testing.T) {
	namespace, _ := start(t)
	ended := make(chan error)
	go func() { ended <- namespace.Wait() }()
	namespace.Close()
	if err := <-ended; err == nil {
		t.Error("the process did not end")
	}
	if err := namespace.In(func() error { return nil }); err == nil {
		t.Error("there is no process to enter the network of")
	}
}
