// Package forward carries connections and datagrams from a socket to endpoints that are chosen for each client.
package forward

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Choose names the endpoint for a client; false if there is none.
type Choose func(client netip.Addr) (netip.AddrPort, bool)

// To is the choice where there is none.
func To(endpoint netip.AddrPort) Choose {
	return func(netip.Addr) (netip.AddrPort, bool) { return endpoint, true }
}

// Dial is [net.Dialer.DialContext], or what does the same in another namespace.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// pause between two tries to accept when the process is out of descriptors.
const pause = 10 * time.Millisecond

// TCP accepts connections until the listener is closed. Those that are open then live on, for a Service that loses its
// last endpoint does not cut them either; they are cut when ctx ends.
func TCP(ctx context.Context, listener *net.TCPListener, choose Choose, dial Dial) {
	for {
		client, err := listener.AcceptTCP()
		switch {
		case err == nil:
			go carry(ctx, client, choose, dial)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			time.Sleep(pause)
		}
	}
}

// carry tries one endpoint only. Where the kernel translates addresses, a client whose endpoint does not listen is refused
// too; to try the next one would hide from a test what its workload does wrong.
func carry(ctx context.Context, client *net.TCPConn, choose Choose, dial Dial) {
	endpoint, found := choose(client.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap())
	if !found {
		reset(client)
		return
	}
	server, err := dial(ctx, "tcp4", endpoint.String())
	if err != nil {
		reset(client)
		return
	}
	join(ctx, client, server.(*net.TCPConn))
}

// join carries both directions until both have ended.
func join(ctx context.Context, client, server *net.TCPConn) {
	cut := func() { reset(client); reset(server) }
	stop := context.AfterFunc(ctx, cut)
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { half(server, client, cut) })
	both.Go(func() { half(client, server, cut) })
	both.Wait()
	_, _ = client.Close(), server.Close()
}

// half carries one direction and passes on how it ended: with its last byte, or by a reset.
func half(to, from *net.TCPConn, cut func()) {
	if _, err := io.Copy(to, from); err != nil {
		cut()
		return
	}
	_ = to.CloseWrite()
}

func reset(connection *net.TCPConn) {
	_ = connection.SetLinger(0)
	_ = connection.Close()
}
