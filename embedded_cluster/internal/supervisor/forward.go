package supervisor

import (
	"io"
	"net"
)

// forward serves a listener of the host's namespace by dialling in ours. It ends with the process.
func forward(listener net.Listener, target string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			server, err := net.Dial("tcp4", target)
			if err != nil {
				_ = client.Close()
				return
			}
			go pipe(client.(*net.TCPConn), server.(*net.TCPConn))
			pipe(server.(*net.TCPConn), client.(*net.TCPConn))
		}()
	}
}

// pipe copies one direction and passes its end on, so that half-closed connections work.
func pipe(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil {
		_ = from.Close()
		_ = to.Close()
		return
	}
	_ = to.CloseWrite()
}
