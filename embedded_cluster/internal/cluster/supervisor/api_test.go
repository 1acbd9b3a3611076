package supervisor

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/controlplane"
)

// against returns our client of a server with these handlers; every request must carry the token.
func against(t *testing.T, handlers map[string]http.HandlerFunc) *api {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, handler := range handlers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer secret" {
				t.Errorf("%s %s without the token", r.Method, r.URL)
			}
			handler(w, r)
		})
	}
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	a := newAPI(certificate, "secret")
	a.server = server.URL
	return a
}

func says(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, line := range lines {
			_, _ = fmt.Fprintln(w, line)
		}
		w.(http.Flusher).Flush()
		<-r.Context().Done() // a watch stays open
	}
}

func nodeEvent(kind, name, ready, taints string) string {
	return fmt.Sprintf(`{"type":%q,"object":{"metadata":{"name":%q},"spec":{"taints":[%s]},"status":{"conditions":[{"type":"DiskPressure","status":"False"},{"type":"Ready","status":%q,"message":"no network"}]}}}`, kind, name, taints, ready)
}

const notReadyTaint = `{"key":"node.kubernetes.io/not-ready","effect":"NoSchedule"}`

func TestWhyANodeIsNotReady(t *testing.T) {
	for line, want := range map[string]string{
		`{"type":"ADDED","object":{}}`:                    "no status",
		nodeEvent("ADDED", "n", "False", notReadyTaint):   "no network",
		nodeEvent("MODIFIED", "n", "True", notReadyTaint): "tainted node.kubernetes.io/not-ready",
		nodeEvent("MODIFIED", "n", "True", ""):            "",
	} {
		var event watched
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.notReady() != want {
			t.Errorf("%s: %q, %v", line, event.notReady(), err)
		}
	}
}

func TestNodesReadyWaitsForAll(t *testing.T) {
	a := against(t, map[string]http.HandlerFunc{
		"GET /api/v1/nodes": says(
			`{"type":"ADDED","object":{"metadata":{"name":"node-0"}}}`, nodeEvent("ADDED", "node-1", "True", ""), nodeEvent("MODIFIED", "node-0", "False", ""),
			nodeEvent("MODIFIED", "node-0", "True", notReadyTaint), nodeEvent("MODIFIED", "node-0", "True", "")),
	})
	if err := a.nodesReady(context.Background(), []string{"node-0", "node-1"}); err != nil {
		t.Error(err)
	}
}

func TestNodesThatAreLateAreNamed(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a := against(t, map[string]http.HandlerFunc{"GET /api/v1/nodes": func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintln(w, nodeEvent("ADDED", "node-0", "False", ""))
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	}})
	err := a.nodesReady(ctx, []string{"node-0", "node-1"})
	if err == nil || !strings.Contains(err.Error(), "nodes not ready after 5m0s") || !strings.Contains(err.Error(), "node-1:not registered") {
		t.Errorf("%v", err)
	}
}

func TestExists(t *testing.T) {
	a := against(t, map[string]http.HandlerFunc{
		"GET /accounts": says(`{"type":"ADDED","object":{"metadata":{"name":"other"}}}`, `{"type":"ADDED","object":{"metadata":{"name":"default"}}}`),
	})
	if err := a.exists(context.Background(), "/accounts", "default"); err != nil {
		t.Error(err)
	}
}

func TestAWatchThatEndsIsAnError(t *testing.T) {
	a := against(t, map[string]http.HandlerFunc{"GET /accounts": func(http.ResponseWriter, *http.Request) {}})
	if err := a.exists(context.Background(), "/accounts", "default"); err == nil {
		t.Error("no error")
	}
}

func TestReadyAsksUntilTheServerIs(t *testing.T) {
	asked := 0
	a := against(t, map[string]http.HandlerFunc{"GET /readyz": func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}})
	if err := a.ready(context.Background()); err != nil || asked != 3 {
		t.Errorf("%d times, %v", asked, err)
	}
}

func TestReadyLeavesOutChecks(t *testing.T) {
	a := against(t, map[string]http.HandlerFunc{"GET /readyz": func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query()["exclude"]; !slices.Equal(got, bootstrap) {
			t.Errorf("excluded %v", got)
		}
	}})
	if err := a.ready(context.Background(), bootstrap...); err != nil {
		t.Error(err)
	}
}

func TestAServerThatIsLateNamesWhatItWaitsFor(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	asked := 0
	a := against(t, map[string]http.HandlerFunc{"GET /readyz": func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked > 1 {
			cancel() // the first answer was read
		}
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprint(w, "[+]ping ok\n[-]etcd failed: reason withheld\n")
	}})
	err := a.ready(ctx)
	if err == nil || !strings.Contains(err.Error(), "the API server not ready after 5m0s: [-]etcd failed: reason withheld") {
		t.Errorf("%v", err)
	}
}

func TestCreateSaysWhatTheServerSaid(t *testing.T) {
	a := against(t, map[string]http.HandlerFunc{
		"POST /good": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
		"POST /bad": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = fmt.Fprint(w, "it is there already")
		},
	})
	if err := a.create(context.Background(), controlplane.Object{Path: "/good", Body: 1}); err != nil {
		t.Error(err)
	}
	if err := a.create(context.Background(), controlplane.Object{Path: "/bad", Body: 1}); err == nil || err.Error() != "POST /bad: 409 Conflict: it is there already" {
		t.Errorf("%v", err)
	}
	if err := a.create(context.Background(), controlplane.Object{Path: "/bad", Body: func() {}}); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAnswersWaitsForTheRightOne(t *testing.T) {
	statuses := []int{http.StatusInternalServerError, http.StatusOK, http.StatusOK}
	a := against(t, nil)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("another server than the API server was sent the token")
		}
		w.WriteHeader(statuses[0])
		statuses = statuses[1:]
		if len(statuses) == 0 {
			_, _ = fmt.Fprint(w, "a-controller ok")
		}
	}))
	defer server.Close()
	a.client = server.Client()
	if err := a.answers(context.Background(), "the manager", server.URL+"/healthz", http.StatusOK, "-controller ok"); err != nil || len(statuses) != 0 {
		t.Errorf("%v, %v", statuses, err)
	}
}

func TestWhatDoesNotAnswerIsNamed(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := against(t, nil).answers(ctx, "the kubelet of node-0", "https://127.0.0.1:1/healthz", http.StatusOK, "")
	if err == nil || !strings.HasPrefix(err.Error(), "the kubelet of node-0 not ready after 5m0s: it did not answer\n  why: ") {
		t.Errorf("%v", err)
	}
}

func TestRemoveTriesAgain(t *testing.T) {
	for _, last := range []int{http.StatusOK, http.StatusNotFound} {
		statuses := []int{http.StatusServiceUnavailable, last}
		a := against(t, map[string]http.HandlerFunc{"DELETE /api/v1/nodes/node-0": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(statuses[0])
			statuses = statuses[1:]
		}})
		if err := a.remove(context.Background(), "/api/v1/nodes/node-0"); err != nil || len(statuses) != 0 {
			t.Errorf("%v, %v", statuses, err)
		}
	}
}
