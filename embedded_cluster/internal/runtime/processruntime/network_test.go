package processruntime

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

func TestPoolHandsOutEveryAddressOnce(t *testing.T) {
	p := newPool(netip.MustParsePrefix("10.244.1.0/29"))
	if p.gateway().String() != "10.244.1.1" {
		t.Errorf("gateway %s", p.gateway())
	}
	for _, want := range []string{"10.244.1.2", "10.244.1.3", "10.244.1.4", "10.244.1.5", "10.244.1.6"} {
		if got, err := p.take(); err != nil || got.String() != want {
			t.Fatalf("%s, %v, want %s", got, err, want)
		}
	}
	if _, err := p.take(); err == nil || err.Error() != "all 5 addresses of 10.244.1.0/29 are in use" {
		t.Errorf("the pool is empty, yet: %v", err)
	}
	p.free(netip.MustParseAddr("10.244.1.4"))
	if got, err := p.take(); err != nil || got.String() != "10.244.1.4" {
		t.Errorf("%s, %v, want the freed one", got, err)
	}
}

func TestPoolUsesAFreedAddressAsLateAsPossible(t *testing.T) {
	p := newPool(netip.MustParsePrefix("10.244.0.0/24"))
	seen := map[netip.Addr]bool{}
	for range 253 {
		ip, err := p.take()
		if err != nil {
			t.Fatal(err)
		}
		if seen[ip] {
			t.Fatalf("%s came again after %d others", ip, len(seen))
		}
		seen[ip] = true
		p.free(ip)
	}
}

func TestPoolNeverGivesAnAddressTwice(t *testing.T) {
	p := newPool(netip.MustParsePrefix("10.244.7.0/27"))
	const room = 32 - 3 // network, gateway, broadcast
	random := rand.New(rand.NewPCG(1, 2))
	var held []netip.Addr
	for step := range 5000 {
		if len(held) > 0 && random.IntN(2) == 0 {
			i := random.IntN(len(held))
			p.free(held[i])
			held = append(held[:i], held[i+1:]...)
			continue
		}
		ip, err := p.take()
		if (err != nil) != (len(held) == room) {
			t.Fatalf("step %d: %d of %d held, error %v", step, len(held), room, err)
		}
		if err != nil {
			continue
		}
		for _, other := range held {
			if ip == other {
				t.Fatalf("step %d: %s is held already", step, ip)
			}
		}
		if ip == p.gateway() || !p.prefix.Contains(ip) || !p.prefix.Contains(ip.Next()) {
			t.Fatalf("step %d: %s is no address for a pod", step, ip)
		}
		held = append(held, ip)
	}
}

func TestSysctlPath(t *testing.T) {
	for name, want := range map[string]string{
		"net.ipv4.ip_forward": "net/ipv4/ip_forward", "net/ipv4/ip_forward": "net.ipv4.ip_forward",
		"net.ipv4.conf.eth0/100.forwarding": "net/ipv4/conf/eth0.100/forwarding", "kernel.shm_rmid_forced": "kernel/shm_rmid_forced",
	} {
		if got := sysctlPath(name); got != want {
			t.Errorf("sysctlPath(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLinkNamesFitTheKernel(t *testing.T) {
	const longest = 15
	first, second := linkName(newID()), linkName(newID())
	if len(first) > longest || first == second {
		t.Errorf("%q and %q", first, second)
	}
}
