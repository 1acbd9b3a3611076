package supervisor

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/network/nodefeed"
)

func TestEveryAnswerFindsWhoWaitsForIt(t *testing.T) {
	s, err := newServices()
	if err != nil {
		t.Fatal(err)
	}
	defer s.feed.Close()
	proxy, err := nodefeed.Open(s.proxy)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	var served []<-chan error
	for _, name := range []string{"node-0", "node-1", "node-0"} { // the last is another life of the first
		one, err := s.announce(name, netip.MustParseAddr("10.10.0.10"), os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		served = append(served, one)
	}
	for _, failed := range []string{"ended", "", ""} {
		told, err := proxy.Next()
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(told.Process)
		if err := proxy.Reply(nodefeed.Answer{Name: told.Name, Failed: failed}); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"serving Services and DNS on node-0: ended", "", ""} {
		err := serving(context.Background(), "node", served[i])
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestANodeThatIsNotServedIsNamed(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := serving(ctx, "node-1", nil); err == nil || !strings.Contains(err.Error(), "it does not serve node-1") {
		t.Errorf("%v", err)
	}
}
