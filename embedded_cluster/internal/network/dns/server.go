package dns

import (
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Server answers from the newest zone.
type Server struct{ zone atomic.Pointer[Zone] }

var _ dns.Handler = (*Server)(nil)

// Set is the zone from now on.
func (s *Server) Set(zone *Zone) { s.zone.Store(zone) }

// Serve answers on both sockets until they are closed. A zone is set before.
func (s *Server) Serve(udp *net.UDPConn, tcp *net.TCPListener) {
	for _, server := range []*dns.Server{{PacketConn: udp, Handler: s}, {Listener: tcp, Handler: s}} {
		go func() { _ = server.ActivateAndServe() }()
	}
}

// ServeDNS implements [dns.Handler].
func (s *Server) ServeDNS(writer dns.ResponseWriter, request *dns.Msg) {
	reply := respond(s.zone.Load(), request)
	if writer.LocalAddr().Network() == "udp" {
		size := dns.MinMsgSize
		if options := request.IsEdns0(); options != nil {
			size = max(size, int(options.UDPSize()))
		}
		reply.Truncate(size) // the client asks again by TCP
	}
	_ = writer.WriteMsg(reply)
}

func respond(zone *Zone, request *dns.Msg) *dns.Msg {
	reply := new(dns.Msg).SetReply(request)
	reply.Authoritative, reply.RecursionAvailable, reply.Compress = true, true, true
	if options := request.IsEdns0(); options != nil {
		reply.SetEdns0(options.UDPSize(), false)
	}
	question := request.Question[0] // there is one: the library has refused other messages
	if question.Qclass != dns.ClassINET {
		reply.Rcode = dns.RcodeRefused
		return reply
	}
	answer, extra, exists := zone.Lookup(question.Name, question.Qtype)
	if len(answer) == 0 && strings.HasSuffix(strings.ToLower(question.Name), "."+domain) {
		reply.Ns = []dns.RR{authority()}
	}
	if !exists {
		reply.Rcode = dns.RcodeNameError
	}
	reply.Answer, reply.Extra = shuffled(answer), append(reply.Extra, extra...)
	return reply
}

// shuffled spreads clients that take the first address. Aliases stay before what they lead to.
func shuffled(answer []dns.RR) []dns.RR {
	answer = slices.Clone(answer)
	first := slices.IndexFunc(answer, func(record dns.RR) bool { return record.Header().Rrtype != dns.TypeCNAME })
	if first >= 0 {
		rest := answer[first:]
		rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	}
	return answer
}

// authority tells how long it may be remembered that there is no such record.
func authority() dns.RR {
	const refresh, retry, expire = 7200, 1800, 86400
	return &dns.SOA{
		Hdr: header(domain, dns.TypeSOA), Ns: "ns.dns." + domain, Mbox: "hostmaster." + domain,
		Serial: 1, Refresh: refresh, Retry: retry, Expire: expire, Minttl: ttl,
	}
}
