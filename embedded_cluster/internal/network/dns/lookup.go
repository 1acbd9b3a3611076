package dns

import (
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// longestChain bounds what aliases of aliases may cost.
const longestChain = 8

// Lookup returns the records of a name and a type: first the aliases that lead to them. extra are the addresses of what
// they name. exists is false if there is no such name, whatever the type.
func (z *Zone) Lookup(name string, kind uint16) (answer, extra []dns.RR, exists bool) {
	name = strings.ToLower(name)
	for range longestChain {
		records, found := z.at(name)
		alias := ""
		for _, record := range records {
			if record.Header().Rrtype == kind {
				answer = append(answer, record)
			} else if cname, ok := record.(*dns.CNAME); ok {
				answer, alias = append(answer, cname), cname.Target
			}
		}
		if alias == "" {
			return answer, z.targets(answer), found || len(answer) > 0
		}
		name = alias
	}
	return answer, nil, true
}

// at returns the records of a name.
func (z *Zone) at(name string) ([]dns.RR, bool) {
	if records, found := z.records[name]; found {
		return records, true
	}
	return pod(name)
}

// pod makes the record of 1-2-3-4.NAMESPACE.pod.cluster.local: any address has one, as in a cluster made by kubeadm.
func pod(name string) ([]dns.RR, bool) {
	own, isPod := strings.CutSuffix(name, ".pod."+domain)
	dashed, namespace, found := strings.Cut(own, ".")
	if !isPod || !found || strings.Contains(namespace, ".") {
		return nil, false
	}
	address, err := netip.ParseAddr(strings.ReplaceAll(dashed, "-", "."))
	if err != nil {
		return nil, false
	}
	return []dns.RR{&dns.A{Hdr: header(name, dns.TypeA), A: address.AsSlice()}}, true
}

// targets are the addresses of what SRV records name, so that a client need not ask for them.
func (z *Zone) targets(answer []dns.RR) (addresses []dns.RR) {
	done := map[string]bool{}
	for _, record := range answer {
		srv, ok := record.(*dns.SRV)
		if !ok || done[srv.Target] {
			continue
		}
		done[srv.Target] = true
		for _, record := range z.records[srv.Target] {
			if record.Header().Rrtype == dns.TypeA {
				addresses = append(addresses, record)
			}
		}
	}
	return addresses
}
