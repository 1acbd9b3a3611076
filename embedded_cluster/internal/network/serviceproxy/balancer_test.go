package serviceproxy

import (
	"net/netip"
	"testing"
	"time"
)

var (
	first  = netip.MustParseAddrPort("10.244.0.2:80")
	second = netip.MustParseAddrPort("10.244.1.2:80")
	client = netip.MustParseAddr("10.244.2.2")
	other  = netip.MustParseAddr("10.244.2.3")
)

// clock is moved by hand.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func balanced(sticky time.Duration, endpoints ...netip.AddrPort) (*balancer, *clock) {
	c := &clock{time.Unix(0, 0)}
	b := newBalancer(c.now)
	b.set(Backends{Endpoints: endpoints, Sticky: sticky})
	return b, c
}

func TestAllEndpointsGetClients(t *testing.T) {
	b, _ := balanced(0, first, second)
	seen := map[netip.AddrPort]bool{}
	for range 100 { // the chance that one of two is never chosen is 2^-99
		endpoint, _ := b.choose(client)
		seen[endpoint] = true
	}
	if len(seen) != 2 {
		t.Errorf("%v", seen)
	}
}

func TestNoEndpoint(t *testing.T) {
	b, _ := balanced(time.Minute)
	if endpoint, found := b.choose(client); found {
		t.Errorf("%v", endpoint)
	}
}

func TestAStickyClientStays(t *testing.T) {
	b, clock := balanced(time.Minute, first, second)
	endpoint, _ := b.choose(client)
	for range 100 {
		clock.Time = clock.Add(time.Minute) // each use begins the time anew
		if again, _ := b.choose(client); again != endpoint {
			t.Fatalf("%v, then %v", endpoint, again)
		}
	}
}

func TestAStickyClientIsForgotten(t *testing.T) {
	b, clock := balanced(time.Minute, first, second)
	seen := map[netip.AddrPort]bool{}
	for range 100 {
		endpoint, _ := b.choose(client)
		seen[endpoint] = true
		clock.Time = clock.Add(time.Minute + time.Second)
	}
	if len(seen) != 2 {
		t.Errorf("%v", seen)
	}
}

func TestAStickyClientWhoseEndpointIsGone(t *testing.T) {
	b, _ := balanced(time.Minute, first)
	b.choose(client)
	b.set(Backends{Endpoints: []netip.AddrPort{second}, Sticky: time.Minute})
	if endpoint, _ := b.choose(client); endpoint != second {
		t.Errorf("%v", endpoint)
	}
	b.set(Backends{Endpoints: []netip.AddrPort{first, second}, Sticky: time.Minute})
	for range 100 {
		if endpoint, _ := b.choose(client); endpoint != second {
			t.Fatalf("%v", endpoint)
		}
	}
}

func TestStickyClientsAreApart(t *testing.T) {
	b, _ := balanced(time.Minute, first)
	b.choose(client)
	b.set(Backends{Endpoints: []netip.AddrPort{first, second}, Sticky: time.Minute})
	seen := map[netip.AddrPort]bool{}
	for range 100 {
		b.clients[other] = visit{}
		endpoint, _ := b.choose(other)
		seen[endpoint] = true
	}
	if endpoint, _ := b.choose(client); endpoint != first || len(seen) != 2 {
		t.Errorf("%v, %v", endpoint, seen)
	}
}
