package serviceproxy

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// balancer chooses an endpoint for each client of one Service port on one node, as kube-proxy has it: at random, or the
// one of last time. It remembers at most as many clients as there are addresses in the cluster.
type balancer struct {
	now func() time.Time

	mu       sync.Mutex
	backends Backends
	clients  map[netip.Addr]visit
}

type visit struct {
	endpoint netip.AddrPort
	last     time.Time
}

func newBalancer(now func() time.Time) *balancer {
	return &balancer{now: now, clients: map[netip.Addr]visit{}}
}

func (b *balancer) set(backends Backends) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backends = backends
}

// has is true while new clients may be sent to the endpoint.
func (b *balancer) has(endpoint netip.AddrPort) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.backends.Endpoints, endpoint)
}

// choose implements [forward.Choose].
func (b *balancer) choose(client netip.Addr) (netip.AddrPort, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	endpoints, sticky := b.backends.Endpoints, b.backends.Sticky
	if len(endpoints) == 0 {
		return netip.AddrPort{}, false
	}
	if sticky == 0 {
		return endpoints[rand.IntN(len(endpoints))], true
	}
	known, found := b.clients[client]
	if !found || b.now().Sub(known.last) > sticky || !slices.Contains(endpoints, known.endpoint) {
		known.endpoint = endpoints[rand.IntN(len(endpoints))]
	}
	known.last = b.now()
	b.clients[client] = known
	return known.endpoint, true
}
