package supervisor

import (
	"errors"
	"io"
	"net"
	"time"
)

// acceptAgain is the pause after a failure to accept: the process has no descriptor left, until a connection ends.
const acceptAgain = 10 * time.Millisecond

// forward serves a listener of the host's namespace by dialling in ours. It ends with the process.
func forward(listener net.Listener, target string) {
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(acceptAgain)
			continue
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
