package serviceproxy

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"

	miekg "github.com/miekg/dns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"

	"pytest-kworkload/embedded_cluster/internal/network/dns"
	"pytest-kworkload/embedded_cluster/internal/network/netns"
	"pytest-kworkload/embedded_cluster/internal/network/netns/netnstest"
	"pytest-kworkload/embedded_cluster/internal/network/nodefeed"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

// proxied runs a service proxy against a cluster that is only made of objects.
func proxied(t *testing.T) (kubernetes.Interface, nodefeed.Feed) {
	t.Helper()
	supervisor, end, err := nodefeed.Pair()
	if err != nil {
		t.Fatal(err)
	}
	feed, err := nodefeed.Open(end)
	if err != nil {
		t.Fatal(err)
	}
	names := &dns.Server{}
	names.Set(dns.NewZone(nil, nil))
	client := fake.NewClientset()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- run(ctx, client, feed, names) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the proxy ended: %v", err)
		}
		supervisor.Close()
		feed.Close()
	})
	return client, supervisor
}

// joined starts a node and returns when it is served.
func joined(t *testing.T, supervisor nodefeed.Feed) (netns.Namespace, *os.Process) {
	t.Helper()
	process, pidfd := netnstest.Process(t)
	if err := supervisor.Announce(nodefeed.Node{Name: "node-0", IP: spec.NodeIP(0), Process: pidfd}); err != nil {
		t.Fatal(err)
	}
	if answer, err := supervisor.Answer(); err != nil || answer != (nodefeed.Answer{Name: "node-0"}) {
		t.Fatalf("%+v, %v", answer, err)
	}
	namespace, err := netns.Of(pidfd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(namespace.Close)
	return namespace, process
}

// serveHello makes an endpoint in the node's network, for there is no pod.
func serveHello(t *testing.T, namespace netns.Namespace) *net.TCPListener {
	t.Helper()
	listener, err := namespace.ListenTCP(netip.MustParseAddrPort("127.0.0.2:0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(client, "hello")
			_ = client.Close()
		}
	}()
	return listener
}

// create makes the Service `web` with its endpoint, and returns when a name lookup in the node shows that it is known.
func create(t *testing.T, client kubernetes.Interface, namespace netns.Namespace, listener *net.TCPListener) {
	t.Helper()
	publish(t, client, listener)
	if _, err := client.CoreV1().Services("shop").Create(t.Context(), web(nil), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for resolve(t, namespace) != "10.96.1.2" {
	}
	for says(namespace) != "hello" { // the names are a moment ahead
	}
}

// publish makes the slice that has the endpoint.
func publish(t *testing.T, client kubernetes.Interface, listener *net.TCPListener) {
	t.Helper()
	endpoint := listener.Addr().(*net.TCPAddr).AddrPort()
	one := slice("http", v1.ProtocolTCP, int32(endpoint.Port()), discovery.Endpoint{Addresses: []string{endpoint.Addr().String()}})
	if _, err := client.DiscoveryV1().EndpointSlices("shop").Create(t.Context(), one, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func resolve(t *testing.T, namespace netns.Namespace) string {
	t.Helper()
	connection, err := namespace.DialContext(t.Context(), "udp4", "10.96.0.10:53")
	if err != nil {
		t.Fatal(err)
	}
	question := new(miekg.Msg).SetQuestion("web.shop.svc.cluster.local.", miekg.TypeA)
	answer, _, err := new(miekg.Client).ExchangeWithConn(question, &miekg.Conn{Conn: connection})
	_ = connection.Close()
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Answer) == 0 {
		return ""
	}
	return answer.Answer[0].(*miekg.A).A.String()
}

func says(namespace netns.Namespace) string {
	connection, err := namespace.DialContext(context.Background(), "tcp4", "10.96.1.2:80")
	if err != nil {
		return ""
	}
	defer func() { _ = connection.Close() }()
	said, _ := io.ReadAll(connection)
	return string(said)
}

func TestAServiceComesAndGoes(t *testing.T) {
	client, supervisor := proxied(t)
	namespace, _ := joined(t, supervisor)
	if said := says(namespace); said != "" {
		t.Errorf("there is no Service yet, but: %q", said)
	}
	create(t, client, namespace, serveHello(t, namespace))
	if err := client.CoreV1().Services("shop").Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for {
		_, err := namespace.DialContext(t.Context(), "tcp4", "10.96.1.2:80")
		if errors.Is(err, unix.ECONNREFUSED) {
			return
		}
	}
}

func TestANodeThatJoinsLaterIsServedAtOnce(t *testing.T) {
	client, supervisor := proxied(t)
	first, _ := joined(t, supervisor)
	create(t, client, first, serveHello(t, first))
	second, _ := joined(t, supervisor) // the same node, in its second life
	publish(t, client, serveHello(t, second))
	if resolve(t, second) != "10.96.1.2" {
		t.Error("the node does not know what the first one knows")
	}
	for says(second) != "hello" {
	}
}

func TestTheNetworkOfAnEndedNodeIsLetGo(t *testing.T) {
	client, supervisor := proxied(t)
	namespace, process := joined(t, supervisor)
	endpoint := serveHello(t, namespace)
	create(t, client, namespace, endpoint)
	_ = endpoint.Close()

	// One end of this link is in the node's network. It ends with it, and the other end too.
	link := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "near"}, PeerName: "far", PeerNamespace: netlink.NsPid(process.Pid)}
	if err := netlink.LinkAdd(link); err != nil {
		t.Fatal(err)
	}
	updates, done := make(chan netlink.LinkUpdate), make(chan struct{})
	defer close(done)
	if err := netlink.LinkSubscribe(updates, done); err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = process.Wait()
	for update := range updates {
		if update.Attrs().Name == "near" && update.Header.Type == unix.RTM_DELLINK {
			return
		}
	}
}
