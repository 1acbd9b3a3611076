package dns

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func service(name string, spec v1.ServiceSpec) *v1.Service {
	return &v1.Service{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"}, Spec: spec}
}

func slice(service string, ports []discovery.EndpointPort, endpoints ...discovery.Endpoint) *discovery.EndpointSlice {
	return &discovery.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: service + "-x", Namespace: "shop", Labels: map[string]string{discovery.LabelServiceName: service}},
		AddressType: discovery.AddressTypeIPv4, Ports: ports, Endpoints: endpoints,
	}
}

func pointer[T any](v T) *T { return &v }

func endpoint(address, hostname string, ready bool) discovery.Endpoint {
	e := discovery.Endpoint{Addresses: []string{address}, Conditions: discovery.EndpointConditions{Ready: &ready}}
	if hostname != "" {
		e.Hostname = &hostname
	}
	return e
}

func shop() *Zone {
	web := []discovery.EndpointPort{{Name: pointer("http"), Port: pointer[int32](8080), Protocol: pointer(v1.ProtocolTCP)}}
	db := []discovery.EndpointPort{{Name: pointer("sql"), Port: pointer[int32](5432), Protocol: pointer(v1.ProtocolTCP)}}
	return NewZone([]*v1.Service{
		service("web", v1.ServiceSpec{ClusterIP: "10.96.1.2", Ports: []v1.ServicePort{
			{Name: "http", Port: 80, Protocol: v1.ProtocolTCP}, {Name: "udp", Port: 81, Protocol: v1.ProtocolUDP},
		}}),
		service("plain", v1.ServiceSpec{ClusterIP: "10.96.1.3", Ports: []v1.ServicePort{{Port: 80, Protocol: v1.ProtocolTCP}}}),
		service("db", v1.ServiceSpec{ClusterIP: v1.ClusterIPNone, Ports: []v1.ServicePort{{Name: "sql", Port: 5432, Protocol: v1.ProtocolTCP}}}),
		service("portless", v1.ServiceSpec{ClusterIP: v1.ClusterIPNone}),
		service("starting", v1.ServiceSpec{ClusterIP: v1.ClusterIPNone}),
		service("pending", v1.ServiceSpec{}),
		service("outside", v1.ServiceSpec{Type: v1.ServiceTypeExternalName, ExternalName: "Example.com"}),
		service("alias", v1.ServiceSpec{Type: v1.ServiceTypeExternalName, ExternalName: "web.shop.svc.cluster.local"}),
		service("loop", v1.ServiceSpec{Type: v1.ServiceTypeExternalName, ExternalName: "loop.shop.svc.cluster.local"}),
	}, []*discovery.EndpointSlice{
		slice("web", web, endpoint("10.244.0.2", "", true)),
		slice("db", db, endpoint("10.244.0.3", "db-0", true), endpoint("10.244.1.3", "db-1", true), endpoint("10.244.2.3", "db-2", false)),
		slice("db", db, endpoint("10.244.0.3", "db-0", true)), // moves from slice to slice
		slice("portless", nil, discovery.Endpoint{Addresses: []string{"10.244.0.4"}}),
		slice("starting", nil, endpoint("10.244.0.5", "", false)),
		slice("deleted", nil, endpoint("10.244.0.6", "", true)),
		slice("", nil, endpoint("10.244.0.7", "", true)),
	})
}

func TestAnswers(t *testing.T) {
	zone := shop()
	for _, c := range []struct {
		name, kind string
		code       string
		answer     []string // "TYPE DATA", sorted
		extra      []string
	}{
		{"web.shop.svc", "A", "NOERROR", []string{"A 10.96.1.2"}, nil},
		{"WEB.shop.SVC", "A", "NOERROR", []string{"A 10.96.1.2"}, nil},
		{"web.shop.svc", "AAAA", "NOERROR", nil, nil},
		{"web.shop.svc", "SRV", "NOERROR", []string{"SRV 0 100 80 web.shop.svc.cluster.local.", "SRV 0 100 81 web.shop.svc.cluster.local."}, []string{"A 10.96.1.2"}},
		{"_http._tcp.web.shop.svc", "SRV", "NOERROR", []string{"SRV 0 100 80 web.shop.svc.cluster.local."}, []string{"A 10.96.1.2"}},
		{"_udp._udp.web.shop.svc", "SRV", "NOERROR", []string{"SRV 0 100 81 web.shop.svc.cluster.local."}, []string{"A 10.96.1.2"}},
		{"_http._udp.web.shop.svc", "SRV", "NXDOMAIN", nil, nil},
		{"_tcp.web.shop.svc", "SRV", "NOERROR", nil, nil},
		{"10-244-0-2.web.shop.svc", "A", "NOERROR", []string{"A 10.244.0.2"}, nil},
		{"plain.shop.svc", "SRV", "NOERROR", []string{"SRV 0 100 80 plain.shop.svc.cluster.local."}, []string{"A 10.96.1.3"}},

		{"db.shop.svc", "A", "NOERROR", []string{"A 10.244.0.3", "A 10.244.1.3"}, nil},
		{"db-0.db.shop.svc", "A", "NOERROR", []string{"A 10.244.0.3"}, nil},
		{"db-0.db.shop.svc", "AAAA", "NOERROR", nil, nil},
		{"db-2.db.shop.svc", "A", "NXDOMAIN", nil, nil},
		{"_sql._tcp.db.shop.svc", "SRV", "NOERROR", []string{"SRV 0 100 5432 db-0.db.shop.svc.cluster.local.", "SRV 0 100 5432 db-1.db.shop.svc.cluster.local."}, []string{"A 10.244.0.3", "A 10.244.1.3"}},
		{"portless.shop.svc", "A", "NOERROR", []string{"A 10.244.0.4"}, nil},
		{"starting.shop.svc", "A", "NXDOMAIN", nil, nil},
		{"pending.shop.svc", "A", "NXDOMAIN", nil, nil},
		{"deleted.shop.svc", "A", "NXDOMAIN", nil, nil},
		{"10-244-0-6.deleted.shop.svc", "A", "NXDOMAIN", nil, nil},

		{"outside.shop.svc", "CNAME", "NOERROR", []string{"CNAME example.com."}, nil},
		{"outside.shop.svc", "A", "NOERROR", []string{"CNAME example.com."}, nil},
		{"alias.shop.svc", "A", "NOERROR", []string{"A 10.96.1.2", "CNAME web.shop.svc.cluster.local."}, nil},

		{"2.1.96.10.in-addr.arpa.", "PTR", "NOERROR", []string{"PTR web.shop.svc.cluster.local."}, nil},
		{"3.0.244.10.in-addr.arpa.", "PTR", "NOERROR", []string{"PTR db-0.db.shop.svc.cluster.local."}, nil},
		{"9.9.9.9.in-addr.arpa.", "PTR", "NXDOMAIN", nil, nil},

		{"10-244-9-9.shop.pod", "A", "NOERROR", []string{"A 10.244.9.9"}, nil},
		{"10-244-9-9.shop.pod", "AAAA", "NOERROR", nil, nil},
		{"10-244-9.shop.pod", "A", "NXDOMAIN", nil, nil},
		{"10-244-9-9.x.shop.pod", "A", "NXDOMAIN", nil, nil},

		{"dns-version", "TXT", "NOERROR", []string{`TXT "1.1.0"`}, nil},
		{"shop.svc", "A", "NOERROR", nil, nil},
		{"nobody.svc", "A", "NXDOMAIN", nil, nil},
		{"example.com.", "A", "NXDOMAIN", nil, nil},
		{"local.", "A", "NXDOMAIN", nil, nil},
		{".", "NS", "NXDOMAIN", nil, nil},
	} {
		t.Run(c.kind+" "+c.name, func(t *testing.T) {
			reply := ask(zone, c.name, c.kind)
			if code := dns.RcodeToString[reply.Rcode]; code != c.code {
				t.Errorf("%s, want %s", code, c.code)
			}
			if answer := texts(reply.Answer); !slices.Equal(answer, c.answer) {
				t.Errorf("answer %q, want %q", answer, c.answer)
			}
			if extra := texts(reply.Extra); !slices.Equal(extra, c.extra) {
				t.Errorf("extra %q, want %q", extra, c.extra)
			}
			inZone := strings.HasSuffix(dns.CanonicalName(reply.Question[0].Name), ".cluster.local.")
			if soa := len(reply.Ns) == 1; soa != (inZone && len(c.answer) == 0) {
				t.Errorf("authority %v", reply.Ns)
			}
		})
	}
}

func ask(zone *Zone, name, kind string) *dns.Msg {
	if !strings.HasSuffix(name, ".") {
		name += ".cluster.local."
	}
	return respond(zone, new(dns.Msg).SetQuestion(name, dns.StringToType[kind]))
}

func texts(records []dns.RR) []string {
	var all []string
	for _, record := range records {
		head := record.Header()
		all = append(all, dns.TypeToString[head.Rrtype]+" "+strings.TrimPrefix(record.String(), head.String()))
	}
	slices.Sort(all)
	return all
}

func TestAnAliasComesBeforeWhatItLeadsTo(t *testing.T) {
	reply := ask(shop(), "alias.shop.svc", "A")
	if len(reply.Answer) != 2 || reply.Answer[0].Header().Rrtype != dns.TypeCNAME {
		t.Errorf("%v", reply.Answer)
	}
}

func TestAnEndlessChainEnds(t *testing.T) {
	if reply := ask(shop(), "loop.shop.svc", "A"); len(reply.Answer) != longestChain {
		t.Errorf("%v", reply.Answer)
	}
}

func TestAnotherClassIsRefused(t *testing.T) {
	request := new(dns.Msg).SetQuestion("version.bind.", dns.TypeTXT)
	request.Question[0].Qclass = dns.ClassCHAOS
	if reply := respond(shop(), request); reply.Rcode != dns.RcodeRefused {
		t.Errorf("%v", reply)
	}
}

// crowd is a headless Service with so many endpoints that an answer does not fit into a plain datagram.
func crowd(size int) *Zone {
	var endpoints []discovery.Endpoint
	for i := range size {
		endpoints = append(endpoints, endpoint(fmt.Sprintf("10.244.0.%d", i+1), "", true))
	}
	return NewZone([]*v1.Service{service("crowd", v1.ServiceSpec{ClusterIP: v1.ClusterIPNone})}, []*discovery.EndpointSlice{slice("crowd", nil, endpoints...)})
}

func TestALongAnswerComesByTCP(t *testing.T) {
	const size = 100
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = udp.Close() }()
	tcp, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tcp.Close() }()
	server := &Server{}
	server.Set(crowd(size))
	server.Serve(udp, tcp)

	question := new(dns.Msg).SetQuestion("crowd.shop.svc.cluster.local.", dns.TypeA)
	short, _, err := new(dns.Client).Exchange(question, udp.LocalAddr().String())
	if err != nil || !short.Truncated || len(short.Answer) >= size {
		t.Errorf("UDP: %v, truncated %v, %d records", err, short.Truncated, len(short.Answer))
	}
	whole, _, err := (&dns.Client{Net: "tcp"}).Exchange(question, tcp.Addr().String())
	if err != nil || whole.Truncated || len(whole.Answer) != size {
		t.Errorf("TCP: %v, truncated %v, %d records", err, whole.Truncated, len(whole.Answer))
	}
	extended := question.Copy().SetEdns0(4096, false)
	long, _, err := (&dns.Client{UDPSize: 4096}).Exchange(extended, udp.LocalAddr().String())
	if err != nil || long.Truncated || len(long.Answer) != size || long.IsEdns0() == nil {
		t.Errorf("EDNS: %v, truncated %v, %d records", err, long.Truncated, len(long.Answer))
	}
}
