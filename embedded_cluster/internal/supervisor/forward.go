package supervisor

import (
	"io"
	"net"
	"strconv"
	"strings"
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

// wholeMap is true if all user ids of the machine are mapped: then we are not in a user namespace of our own.
func wholeMap(mapping string) bool {
	fields := strings.Fields(mapping)
	if len(fields) != 3 {
		return false
	}
	size, err := strconv.ParseUint(fields[2], 10, 64)
	return err == nil && fields[0] == "0" && fields[1] == "0" && size > 65536
}
