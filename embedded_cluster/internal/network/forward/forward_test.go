package forward

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
)

var loopback = netip.MustParseAddr("127.0.0.1")

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: loopback.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func address(listener net.Listener) netip.AddrPort { return listener.Addr().(*net.TCPAddr).AddrPort() }

// pair returns both ends of a connection that is carried from a listener of ours to an endpoint.
func pair(t *testing.T, ctx context.Context) (client, server *net.TCPConn) {
	t.Helper()
	front, endpoint := listen(t), listen(t)
	go TCP(ctx, front, To(address(endpoint)), dial)
	client = connect(t, address(front))
	server, err := endpoint.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	_ = front.Close() // a listener that is gone cuts nothing
	return client, server
}

func connect(t *testing.T, to netip.AddrPort) *net.TCPConn {
	t.Helper()
	client, err := net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(to))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func TestAHalfClosedConnectionStillAnswers(t *testing.T) {
	client, server := pair(t, t.Context())
	_, _ = io.WriteString(client, "question")
	_ = client.CloseWrite()
	if asked, err := io.ReadAll(server); err != nil || string(asked) != "question" {
		t.Fatalf("%q, %v", asked, err)
	}
	_, _ = io.WriteString(server, "answer")
	_ = server.Close()
	if answered, err := io.ReadAll(client); err != nil || string(answered) != "answer" {
		t.Errorf("%q, %v", answered, err)
	}
}

func TestAResetOfTheEndpointReachesTheClient(t *testing.T) {
	client, server := pair(t, t.Context())
	reset(server)
	if _, err := client.Read(make([]byte, 1)); !isReset(err) {
		t.Errorf("%v", err)
	}
}

func TestAResetOfTheClientReachesTheEndpoint(t *testing.T) {
	client, server := pair(t, t.Context())
	reset(client)
	if _, err := server.Read(make([]byte, 1)); !isReset(err) {
		t.Errorf("%v", err)
	}
}

func TestTheEndOfTheNodeCutsConnections(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client, server := pair(t, ctx)
	_, _ = io.WriteString(client, "x") // joined for sure when it has arrived
	_, _ = server.Read(make([]byte, 1))
	cancel()
	for name, end := range map[string]*net.TCPConn{"client": client, "server": server} {
		if _, err := end.Read(make([]byte, 1)); !isReset(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAClientWithoutAnEndpointIsReset(t *testing.T) {
	closed := listen(t)
	_ = closed.Close()
	for name, choose := range map[string]Choose{
		"none":          func(netip.Addr) (netip.AddrPort, bool) { return netip.AddrPort{}, false },
		"not listening": To(address(closed)),
	} {
		front := listen(t)
		go TCP(t.Context(), front, choose, dial)
		client, err := net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(address(front)))
		if err == nil { // else the reset came first
			_, err = client.Read(make([]byte, 1))
			_ = client.Close()
		}
		if !isReset(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheChoiceKnowsTheClient(t *testing.T) {
	front, endpoint := listen(t), listen(t)
	asked := make(chan netip.Addr, 1)
	go TCP(t.Context(), front, func(client netip.Addr) (netip.AddrPort, bool) {
		asked <- client
		return address(endpoint), true
	}, dial)
	connect(t, address(front))
	if client := <-asked; client != loopback {
		t.Errorf("%s", client)
	}
}

// answerer sends every datagram back with its name before it.
func answerer(t *testing.T, name string) netip.AddrPort {
	t.Helper()
	socket := datagrams(t)
	go func() {
		buffer := make([]byte, largest)
		for {
			n, from, err := socket.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			_, _ = socket.WriteToUDPAddrPort(append([]byte(name+" "), buffer[:n]...), from)
		}
	}()
	return socket.LocalAddr().(*net.UDPAddr).AddrPort()
}

func datagrams(t *testing.T) *net.UDPConn {
	t.Helper()
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	return socket
}

func asks(t *testing.T, socket *net.UDPConn, what string) string {
	t.Helper()
	client, err := net.DialUDP("udp4", nil, socket.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return again(t, client, what)
}

func again(t *testing.T, client *net.UDPConn, what string) string {
	t.Helper()
	if _, err := io.WriteString(client, what); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, largest)
	n, err := client.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n])
}

func TestDatagramsGoBothWays(t *testing.T) {
	front := datagrams(t)
	NewUDP(t.Context(), front, To(answerer(t, "a")), dial)
	for _, what := range []string{"one", "two", string(make([]byte, 30000))} {
		if answer := asks(t, front, what); answer != "a "+what {
			t.Errorf("%d bytes", len(answer))
		}
	}
}

func TestASessionKeepsItsEndpointUntilThatIsGone(t *testing.T) {
	front := datagrams(t)
	endpoints := []netip.AddrPort{answerer(t, "a"), answerer(t, "b")}
	chosen := 0
	udp := NewUDP(t.Context(), front, func(netip.Addr) (netip.AddrPort, bool) {
		chosen++
		return endpoints[(chosen-1)%2], true
	}, dial)
	client, err := net.DialUDP("udp4", nil, front.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	for range 3 {
		if answer := again(t, client, "x"); answer != "a x" {
			t.Errorf("%q", answer)
		}
	}
	udp.Keep(func(endpoint netip.AddrPort) bool { return endpoint != endpoints[0] })
	if answer := again(t, client, "x"); answer != "b x" {
		t.Errorf("%q", answer)
	}
}

func TestTheEndOfTheNodeEndsSessions(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	front := datagrams(t)
	udp := NewUDP(ctx, front, To(answerer(t, "a")), dial)
	asks(t, front, "x")
	server := udp.one()
	cancel()
	if _, err := server.Read(make([]byte, 1)); err == nil {
		t.Error("the session lives on")
	}
}

func (u *UDP) one() *net.UDPConn {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, s := range u.sessions {
		return s.server
	}
	return nil
}
