package serviceproxy

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

func pointer[T any](v T) *T { return &v }

// web is a Service as the API server completes it.
func web(change func(*v1.Service)) *v1.Service {
	service := &v1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop"},
		Spec: v1.ServiceSpec{
			Type: v1.ServiceTypeClusterIP, ClusterIP: "10.96.1.2", ClusterIPs: []string{"10.96.1.2"}, IPFamilies: []v1.IPFamily{v1.IPv4Protocol},
			Ports:           []v1.ServicePort{{Name: "http", Port: 80, Protocol: v1.ProtocolTCP}},
			SessionAffinity: v1.ServiceAffinityNone, InternalTrafficPolicy: pointer(v1.ServiceInternalTrafficPolicyCluster),
		},
	}
	if change != nil {
		change(service)
	}
	return service
}

func nodePort(service *v1.Service) {
	service.Spec.Type = v1.ServiceTypeNodePort
	service.Spec.ExternalTrafficPolicy = v1.ServiceExternalTrafficPolicyCluster
	service.Spec.Ports[0].NodePort = 30080
}

type state struct{ ready, serving, terminating bool }

var (
	ready    = state{ready: true, serving: true}
	starting = state{}
	leaving  = state{serving: true, terminating: true}
	gone     = state{terminating: true}
)

// on makes an endpoint on a node.
func on(node int, state state) discovery.Endpoint {
	return discovery.Endpoint{
		Addresses: []string{fmt.Sprintf("10.244.%d.2", node)}, NodeName: pointer(spec.NodeName(node)),
		Conditions: discovery.EndpointConditions{Ready: &state.ready, Serving: &state.serving, Terminating: &state.terminating},
	}
}

func hinted(endpoint discovery.Endpoint, node int) discovery.Endpoint {
	endpoint.Hints = &discovery.EndpointHints{ForNodes: []discovery.ForNode{{Name: spec.NodeName(node)}}}
	return endpoint
}

func slice(name string, protocol v1.Protocol, port int32, endpoints ...discovery.Endpoint) *discovery.EndpointSlice {
	return &discovery.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("web-%s-%d", name, port), Namespace: "shop", Labels: map[string]string{discovery.LabelServiceName: "web"},
		},
		AddressType: discovery.AddressTypeIPv4,
		Ports:       []discovery.EndpointPort{{Name: &name, Port: &port, Protocol: &protocol}}, Endpoints: endpoints,
	}
}

func http(endpoints ...discovery.Endpoint) []*discovery.EndpointSlice {
	return []*discovery.EndpointSlice{slice("http", v1.ProtocolTCP, 8080, endpoints...)}
}

// text is a table as "FRONTEND -> ENDPOINT ENDPOINT", both sorted.
func text(table Table) []string {
	var lines []string
	for at, backends := range table {
		var endpoints []string
		for _, endpoint := range backends.Endpoints {
			endpoints = append(endpoints, endpoint.String())
		}
		slices.Sort(endpoints)
		lines = append(lines, fmt.Sprintf("%s -> %v", at, endpoints))
	}
	slices.Sort(lines)
	return lines
}

func place(node int) Place { return Place{spec.NodeName(node), spec.NodeIP(node)} }

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*v1.Service)
		slices []*discovery.EndpointSlice
		table  []string // of node 0
	}{
		{"ready endpoints only", nil, http(on(0, ready), on(1, starting), on(2, leaving)), []string{
			"10.96.1.2:80/TCP -> [10.244.0.2:8080]",
		}},
		{"those that still serve if none is ready", nil, http(on(0, leaving), on(1, starting), on(2, gone)), []string{
			"10.96.1.2:80/TCP -> [10.244.0.2:8080]",
		}},
		{"nobody listens if there is none", nil, http(on(0, starting), on(1, gone)), nil},
		{"no slices yet", nil, nil, nil},
		{"a condition that is unknown means ready", nil, http(discovery.Endpoint{Addresses: []string{"10.244.0.2"}}), []string{
			"10.96.1.2:80/TCP -> [10.244.0.2:8080]",
		}},
		{"a pod that is not ready but published", nil, http(on(1, state{ready: true})), []string{
			"10.96.1.2:80/TCP -> [10.244.1.2:8080]",
		}},
		{
			"several ports, by name and protocol, and a target port that differs between pods",
			func(s *v1.Service) {
				s.Spec.Ports = append(s.Spec.Ports, v1.ServicePort{Name: "dns", Port: 53, Protocol: v1.ProtocolUDP}, v1.ServicePort{Name: "sctp", Port: 99, Protocol: v1.ProtocolSCTP})
			},
			[]*discovery.EndpointSlice{
				slice("http", v1.ProtocolTCP, 8080, on(0, ready)), slice("http", v1.ProtocolTCP, 9090, on(1, ready)),
				slice("dns", v1.ProtocolUDP, 5353, on(0, ready)), slice("sctp", v1.ProtocolSCTP, 99, on(0, ready)),
			},
			[]string{"10.96.1.2:53/UDP -> [10.244.0.2:5353]", "10.96.1.2:80/TCP -> [10.244.0.2:8080 10.244.1.2:9090]"},
		},
		{"an endpoint in two slices counts once", nil, append(http(on(0, ready)), slice("http", v1.ProtocolTCP, 8080, on(0, ready))), []string{
			"10.96.1.2:80/TCP -> [10.244.0.2:8080]",
		}},
		{"a node port is on the node's own address", nodePort, http(on(1, ready)), []string{
			"10.10.0.10:30080/TCP -> [10.244.1.2:8080]", "10.96.1.2:80/TCP -> [10.244.1.2:8080]",
		}},
		{"external addresses, but not those of other nodes", func(s *v1.Service) {
			s.Spec.ExternalIPs = []string{"192.0.2.1", "10.10.0.10", "10.10.0.11"}
		}, http(on(1, ready)), []string{
			"10.10.0.10:80/TCP -> [10.244.1.2:8080]", "10.96.1.2:80/TCP -> [10.244.1.2:8080]", "192.0.2.1:80/TCP -> [10.244.1.2:8080]",
		}},
		{"internalTrafficPolicy Local", func(s *v1.Service) {
			nodePort(s)
			s.Spec.InternalTrafficPolicy = pointer(v1.ServiceInternalTrafficPolicyLocal)
		}, http(on(0, ready), on(1, ready)), []string{
			"10.10.0.10:30080/TCP -> [10.244.0.2:8080 10.244.1.2:8080]", "10.96.1.2:80/TCP -> [10.244.0.2:8080]",
		}},
		{"internalTrafficPolicy Local without an endpoint here", func(s *v1.Service) {
			s.Spec.InternalTrafficPolicy = pointer(v1.ServiceInternalTrafficPolicyLocal)
		}, http(on(1, ready)), nil},
		{"externalTrafficPolicy Local", func(s *v1.Service) {
			nodePort(s)
			s.Spec.ExternalTrafficPolicy = v1.ServiceExternalTrafficPolicyLocal
		}, http(on(0, leaving), on(1, ready)), []string{
			"10.10.0.10:30080/TCP -> [10.244.0.2:8080]", "10.96.1.2:80/TCP -> [10.244.1.2:8080]",
		}},
		{"endpoints that are hinted for this node", nil, http(hinted(on(0, ready), 0), hinted(on(1, ready), 1)), []string{
			"10.96.1.2:80/TCP -> [10.244.0.2:8080]",
		}},
		{"headless", func(s *v1.Service) {
			s.Spec.ClusterIP, s.Spec.ClusterIPs = v1.ClusterIPNone, []string{v1.ClusterIPNone}
		}, http(on(0, ready)), nil},
		{"ExternalName", func(s *v1.Service) {
			s.Spec.Type, s.Spec.ExternalName = v1.ServiceTypeExternalName, "example.com"
		}, http(on(0, ready)), nil},
		{"a Service of another proxy", func(s *v1.Service) {
			s.Labels = map[string]string{"service.kubernetes.io/service-proxy-name": "mine"}
		}, http(on(0, ready)), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if table := text(NewTable(place(0), []*v1.Service{web(c.change)}, c.slices)); !slices.Equal(table, c.table) {
				t.Errorf("%q, want %q", table, c.table)
			}
		})
	}
}

func TestSessionAffinityIsPerPortAndScope(t *testing.T) {
	service := web(func(s *v1.Service) {
		nodePort(s)
		s.Spec.ExternalTrafficPolicy = v1.ServiceExternalTrafficPolicyLocal
		s.Spec.SessionAffinity = v1.ServiceAffinityClientIP
		s.Spec.SessionAffinityConfig = &v1.SessionAffinityConfig{ClientIP: &v1.ClientIPConfig{TimeoutSeconds: pointer[int32](7)}}
	})
	table := NewTable(place(0), []*v1.Service{service}, http(on(0, ready), on(1, ready)))
	inside := table[Frontend{"tcp", netip.MustParseAddrPort("10.96.1.2:80")}]
	outside := table[Frontend{"tcp", netip.MustParseAddrPort("10.10.0.10:30080")}]
	if inside.Port != "shop/web:http/TCP" || outside.Port != "shop/web:http/TCP local" || inside.Sticky != 7*time.Second || outside.Sticky != 7*time.Second {
		t.Errorf("%+v, %+v", inside, outside)
	}
}
