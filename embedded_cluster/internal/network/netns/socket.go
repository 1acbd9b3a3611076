package netns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ListenTCP listens in the namespace, also on an address that it does not have (yet).
func (n Namespace) ListenTCP(address netip.AddrPort) (*net.TCPListener, error) {
	// No keep-alive: what is carried through must see a silent peer as it would without us.
	config := net.ListenConfig{Control: anyAddress, KeepAlive: -1}
	config.SetMultipathTCP(false)
	var listener net.Listener
	err := n.In(func() (err error) {
		listener, err = config.Listen(context.Background(), "tcp4", address.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return listener.(*net.TCPListener), nil
}

// ListenUDP is the same for datagrams.
func (n Namespace) ListenUDP(address netip.AddrPort) (*net.UDPConn, error) {
	config := net.ListenConfig{Control: anyAddress}
	var socket net.PacketConn
	err := n.In(func() (err error) {
		socket, err = config.ListenPacket(context.Background(), "udp4", address.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return socket.(*net.UDPConn), nil
}

func anyAddress(_, _ string, raw syscall.RawConn) error {
	var set error
	err := raw.Control(func(descriptor uintptr) {
		set = unix.SetsockoptInt(int(descriptor), unix.IPPROTO_IP, unix.IP_FREEBIND, 1)
	})
	return errors.Join(err, set)
}

// DialContext connects from the namespace; network is tcp4 or udp4, and address has numbers, no names. Package net cannot
// do it: it would keep the thread in the namespace until the other side has answered.
func (n Namespace) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	kind := unix.SOCK_STREAM
	if network == "udp4" {
		kind = unix.SOCK_DGRAM
	}
	var descriptor int
	err = n.In(func() (err error) {
		descriptor, err = unix.Socket(unix.AF_INET, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = unix.Connect(descriptor, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	file := os.NewFile(uintptr(descriptor), address)
	defer func() { _ = file.Close() }() // net.FileConn has its own
	if errors.Is(err, unix.EINPROGRESS) {
		err = connected(ctx, file)
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	connection, err := net.FileConn(file)
	if tcp, ok := connection.(*net.TCPConn); ok {
		err = errors.Join(err, tcp.SetKeepAlive(false)) // as ListenTCP
	}
	return connection, err
}

// connected waits until the connection stands or is refused.
func connected(ctx context.Context, file *os.File) error {
	stop := context.AfterFunc(ctx, func() { _ = file.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	err = raw.Write(func(descriptor uintptr) bool {
		number, err := unix.GetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_ERROR)
		switch {
		case err != nil:
			refused = err
		case number != 0:
			refused = os.NewSyscallError("connect", syscall.Errno(number))
		default:
			_, err := unix.Getpeername(int(descriptor))
			return err == nil // else it is still under way
		}
		return true
	})
	return errors.Join(refused, err)
}
