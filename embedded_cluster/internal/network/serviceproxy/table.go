package serviceproxy

import (
	"net"
	"net/netip"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/kubernetes/pkg/proxy"
	"k8s.io/kubernetes/pkg/proxy/apis"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

// Frontend is where a Service is reached on a node.
type Frontend struct {
	Network string // tcp or udp
	Address netip.AddrPort
}

// Backends are where it leads to.
type Backends struct {
	Port      string // what the choice is remembered for: the Service's port, and local if only this node's endpoints count
	Endpoints []netip.AddrPort
	Sticky    time.Duration // how long a client keeps its endpoint without using it; 0: not at all
}

// Table is all that one node serves. What has no endpoint is not in it: nobody listens, so the kernel refuses.
type Table map[Frontend]Backends

// Place is a node as the table sees it.
type Place struct {
	Name string
	IP   netip.Addr
}

// NewTable applies the rules of kube-proxy, by its own code: which Services count, which endpoints are usable, and how
// policies and hints narrow them down for this node.
func NewTable(place Place, services []*v1.Service, slices []*discovery.EndpointSlice) Table {
	serviceChanges := proxy.NewServiceChangeTracker(v1.IPv4Protocol, nil, nil)
	for _, service := range services {
		if _, another := service.Labels[apis.LabelServiceProxyName]; !another {
			serviceChanges.Update(nil, service)
		}
	}
	endpointChanges := proxy.NewEndpointsChangeTracker(v1.IPv4Protocol, place.Name, nil, nil)
	for _, slice := range slices {
		if _, headless := slice.Labels[v1.IsHeadlessService]; !headless {
			endpointChanges.EndpointSliceUpdate(slice, false)
		}
	}
	ports, endpoints := proxy.ServicePortMap{}, proxy.EndpointsMap{}
	ports.Update(serviceChanges)
	endpoints.Update(endpointChanges)

	table := Table{}
	for name, port := range ports {
		cluster, local, _, _ := proxy.CategorizeEndpoints(endpoints[name], port, place.Name, nil)
		inside, outside := backends(name, port, cluster, ""), backends(name, port, cluster, "")
		if port.InternalPolicyLocal() {
			inside = backends(name, port, local, " local")
		}
		if port.ExternalPolicyLocal() {
			outside = backends(name, port, local, " local")
		}
		table.add(port, port.ClusterIP(), port.Port(), inside)
		if port.NodePort() != 0 {
			table.add(port, place.IP.AsSlice(), port.NodePort(), outside)
		}
		for _, ip := range port.ExternalIPs() {
			if !elsewhere(ip, place) {
				table.add(port, ip, port.Port(), outside)
			}
		}
	}
	return table
}

// elsewhere is true for the address of another node: what is sent there is that node's to serve.
func elsewhere(ip net.IP, place Place) bool {
	address, ok := netip.AddrFromSlice(ip.To4())
	nodes := netip.PrefixFrom(place.IP, spec.NodePrefixBits).Masked()
	return ok && nodes.Contains(address) && address != place.IP
}

func backends(name proxy.ServicePortName, port proxy.ServicePort, usable []proxy.Endpoint, scope string) Backends {
	b := Backends{Port: name.String() + "/" + string(name.Protocol) + scope}
	if port.SessionAffinityType() == v1.ServiceAffinityClientIP {
		b.Sticky = time.Duration(port.StickyMaxAgeSeconds()) * time.Second
	}
	for _, endpoint := range usable {
		if address, err := netip.ParseAddrPort(endpoint.String()); err == nil {
			b.Endpoints = append(b.Endpoints, address)
		}
	}
	return b
}

// networks that can be served; SCTP is not among them.
var networks = map[v1.Protocol]string{v1.ProtocolTCP: "tcp", v1.ProtocolUDP: "udp"}

func (t Table) add(port proxy.ServicePort, ip net.IP, number int, b Backends) {
	network := networks[port.Protocol()]
	address, ok := netip.AddrFromSlice(ip.To4())
	if network == "" || !ok || len(b.Endpoints) == 0 {
		return
	}
	t[Frontend{network, netip.AddrPortFrom(address, uint16(number))}] = b //nolint:gosec // a port
}

func (f Frontend) String() string { return f.Address.String() + "/" + strings.ToUpper(f.Network) }
