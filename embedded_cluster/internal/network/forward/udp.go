package forward

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// idle is how long an endpoint stays a client's without a datagram either way: nf_conntrack_udp_timeout of Linux.
const idle = 30 * time.Second

const largest = 1 << 16 // bytes of a datagram

var buffers = sync.Pool{New: func() any { return new([largest]byte) }}

// UDP carries the datagrams of one socket. Each client (address and port) has a session with one endpoint.
type UDP struct {
	socket *net.UDPConn
	choose Choose
	dial   Dial

	mu       sync.Mutex
	sessions map[netip.AddrPort]*session
}

type session struct {
	endpoint netip.AddrPort
	server   *net.UDPConn
}

// NewUDP serves until Close, or until ctx ends.
func NewUDP(ctx context.Context, socket *net.UDPConn, choose Choose, dial Dial) *UDP {
	u := &UDP{socket: socket, choose: choose, dial: dial, sessions: map[netip.AddrPort]*session{}}
	stop := context.AfterFunc(ctx, u.Close)
	go func() {
		defer stop()
		u.serve(ctx)
		u.Keep(func(netip.AddrPort) bool { return false })
	}()
	return u
}

// Close ends the sessions too: a datagram that nobody answers is what UDP is used to.
func (u *UDP) Close() { _ = u.socket.Close() }

// Keep ends the sessions with endpoints that are not to be kept; the next datagram of such a client finds another one.
func (u *UDP) Keep(keep func(netip.AddrPort) bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for client, s := range u.sessions {
		if !keep(s.endpoint) {
			_ = s.server.Close()
			delete(u.sessions, client)
		}
	}
}

func (u *UDP) serve(ctx context.Context) {
	buffer := new([largest]byte)
	for {
		n, client, err := u.socket.ReadFromUDPAddrPort(buffer[:])
		if err != nil {
			return // closed
		}
		if s := u.session(ctx, client); s != nil {
			_ = s.server.SetReadDeadline(time.Now().Add(idle))
			_, _ = s.server.Write(buffer[:n])
		}
	}
}

func (u *UDP) session(ctx context.Context, client netip.AddrPort) *session {
	u.mu.Lock()
	defer u.mu.Unlock()
	if s := u.sessions[client]; s != nil {
		return s
	}
	endpoint, found := u.choose(client.Addr().Unmap())
	if !found {
		return nil
	}
	server, err := u.dial(ctx, "udp4", endpoint.String())
	if err != nil {
		return nil
	}
	s := &session{endpoint: endpoint, server: server.(*net.UDPConn)}
	u.sessions[client] = s
	go u.answers(client, s)
	return s
}

// answers carries what the endpoint says to the client, until the session is idle or the endpoint refuses.
func (u *UDP) answers(client netip.AddrPort, s *session) {
	defer func() {
		_ = s.server.Close()
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.sessions[client] == s {
			delete(u.sessions, client)
		}
	}()
	raw, err := s.server.SyscallConn()
	if err != nil {
		return
	}
	for u.answer(raw, client) == nil {
		_ = s.server.SetReadDeadline(time.Now().Add(idle))
	}
}

// answer waits for one datagram. It takes a buffer only when there is something to read: most sessions are idle.
func (u *UDP) answer(server syscall.RawConn, client netip.AddrPort) error {
	var failed error
	err := server.Read(func(descriptor uintptr) bool {
		buffer := buffers.Get().(*[largest]byte)
		defer buffers.Put(buffer)
		n, err := unix.Read(int(descriptor), buffer[:])
		if errors.Is(err, unix.EAGAIN) {
			return false
		}
		if err == nil {
			_, _ = u.socket.WriteToUDPAddrPort(buffer[:n], client)
		}
		failed = err
		return true
	})
	if err != nil {
		return err
	}
	return failed
}
