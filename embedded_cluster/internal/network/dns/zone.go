// Package dns answers for the names of a cluster, as the Kubernetes DNS specification (version 1.1.0) has them and CoreDNS
// answers them. It asks nobody else: other names do not exist.
package dns

import (
	"net/netip"
	"strings"

	"github.com/miekg/dns"
	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
)

const (
	domain   = "cluster.local."
	topLevel = "local."
	ttl      = 5 // seconds, as CoreDNS: how long an answer may be stale
	weight   = 100
)

// Zone is all records at one moment. It does not change.
type Zone struct {
	records map[string][]dns.RR // by owner, in lower case; a name that only has names below it is here with no record
	seen    map[string]bool     // an endpoint is in several slices if its Service's ports differ
}

// NewZone makes the records of these Services and EndpointSlices.
func NewZone(services []*v1.Service, slices []*discovery.EndpointSlice) *Zone {
	z := &Zone{records: map[string][]dns.RR{}, seen: map[string]bool{}}
	z.add(&dns.TXT{Hdr: header("dns-version."+domain, dns.TypeTXT), Txt: []string{"1.1.0"}})
	headless := map[string]bool{} // by the names that slices may belong to
	for _, service := range services {
		name := serviceName(service.Name, service.Namespace)
		switch {
		case service.Spec.Type == v1.ServiceTypeExternalName:
			z.add(&dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: dns.Fqdn(strings.ToLower(service.Spec.ExternalName))})
		case service.Spec.ClusterIP == v1.ClusterIPNone:
			headless[name] = true
		default:
			headless[name] = false
			z.clusterIP(name, service)
		}
	}
	for _, slice := range slices {
		name := serviceName(slice.Labels[discovery.LabelServiceName], slice.Namespace)
		if isHeadless, known := headless[name]; known && slice.AddressType == discovery.AddressTypeIPv4 {
			z.endpoints(name, slice, isHeadless)
		}
	}
	z.seen = nil
	return z
}

func serviceName(name, namespace string) string {
	return strings.ToLower(name + "." + namespace + ".svc." + domain)
}

func (z *Zone) clusterIP(name string, service *v1.Service) {
	address, err := netip.ParseAddr(service.Spec.ClusterIP)
	if err != nil {
		return // not allocated yet
	}
	z.address(name, address)
	z.reverse(address, name)
	for _, port := range service.Spec.Ports {
		z.service(name, port.Name, string(port.Protocol), port.Port, name)
	}
}

// endpoints: each has a name below its Service's. Where there is no ClusterIP, the Service's own name means all that are
// ready; if none is, it does not exist.
func (z *Zone) endpoints(name string, slice *discovery.EndpointSlice, headless bool) {
	for _, endpoint := range slice.Endpoints {
		if ready := endpoint.Conditions.Ready; ready != nil && !*ready {
			continue
		}
		for _, text := range endpoint.Addresses {
			address, err := netip.ParseAddr(text)
			if err != nil {
				continue
			}
			own := strings.ReplaceAll(text, ".", "-") + "." + name
			if hostname := endpoint.Hostname; hostname != nil && *hostname != "" {
				own = strings.ToLower(*hostname) + "." + name
			}
			z.address(own, address)
			z.reverse(address, own)
			if !headless {
				continue
			}
			z.address(name, address)
			for _, port := range slice.Ports {
				if port.Port != nil {
					z.service(name, value(port.Name), string(value(port.Protocol)), *port.Port, own)
				}
			}
		}
	}
}

func value[T any](pointer *T) (v T) {
	if pointer != nil {
		v = *pointer
	}
	return v
}

func (z *Zone) address(name string, address netip.Addr) {
	z.add(&dns.A{Hdr: header(name, dns.TypeA), A: address.AsSlice()})
}

func (z *Zone) reverse(address netip.Addr, name string) {
	reversed, err := dns.ReverseAddr(address.String())
	if err == nil {
		z.add(&dns.PTR{Hdr: header(reversed, dns.TypePTR), Ptr: name})
	}
}

// service: a named port has a name of its own; the Service's name has all its ports, as clients ask that know no port name.
func (z *Zone) service(name, port, protocol string, number int32, target string) {
	owners := []string{name}
	if port != "" {
		owners = append(owners, strings.ToLower("_"+port+"._"+protocol+"."+name))
	}
	for _, owner := range owners {
		z.add(&dns.SRV{Hdr: header(owner, dns.TypeSRV), Weight: weight, Port: uint16(number), Target: target}) //nolint:gosec // a port
	}
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}

func (z *Zone) add(record dns.RR) {
	text := record.String()
	if z.seen[text] {
		return
	}
	z.seen[text] = true
	owner := record.Header().Name
	z.records[owner] = append(z.records[owner], record)
	for _, parent, _ := strings.Cut(owner, "."); parent != "" && parent != topLevel; _, parent, _ = strings.Cut(parent, ".") {
		if _, there := z.records[parent]; there {
			return
		}
		z.records[parent] = nil
	}
}
