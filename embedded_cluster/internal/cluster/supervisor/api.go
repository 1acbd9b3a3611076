package supervisor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pytest-kworkload/embedded_cluster/internal/controlplane"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// api is the little that the supervisor asks of the API server. client-go would make this program ten times as big.
type api struct {
	server string
	token  string
	client *http.Client
}

// readyEvery is how often /readyz is asked for. Nothing announces that a server begins to listen.
const readyEvery = 10 * time.Millisecond

func newAPI(ca []byte, token string) *api {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &api{
		server: "https://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(spec.APIServerPort)), token: token,
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}}},
	}
}

func (a *api) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", "application/json")
	return a.client.Do(request)
}

// until asks again and again. What it was told last goes into the message if it takes too long.
func until(ctx context.Context, what string, ask func() (done bool, told string)) error {
	last := "it did not answer"
	for {
		done, told := ask()
		if done {
			return nil
		}
		if told != "" {
			last = told
		}
		select {
		case <-ctx.Done():
			return late(what, last)
		case <-time.After(readyEvery):
		}
	}
}

// read returns the status and the content of an answer; 0 if there is none.
func read(response *http.Response, err error) (int, string) {
	if err != nil {
		return 0, ""
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	_ = response.Body.Close()
	return response.StatusCode, string(body)
}

// ready waits for the API server to say that it is, but for these checks.
func (a *api) ready(ctx context.Context, except ...string) error {
	path := "/readyz?" + url.Values{"verbose": {""}, "exclude": except}.Encode()
	return until(ctx, "the API server", func() (bool, string) {
		status, body := read(a.do(ctx, http.MethodGet, path, nil))
		return status == http.StatusOK, notReady(body)
	})
}

// answers waits until another server of the cluster answers like this.
func (a *api) answers(ctx context.Context, what, url string, status int, saying string) error {
	return until(ctx, what, func() (bool, string) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false, err.Error()
		}
		got, body := read(a.client.Do(request))
		return got == status && strings.Contains(body, saying), body
	})
}

// remove deletes an object, also if the API server is away for a while. It is content if there is none.
func (a *api) remove(ctx context.Context, path string) error {
	return until(ctx, "the deletion of "+path, func() (bool, string) {
		status, body := read(a.do(ctx, http.MethodDelete, path, nil))
		return status == http.StatusOK || status == http.StatusNotFound, body
	})
}

// notReady keeps the checks that fail.
func notReady(body string) string {
	var failing []string
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "[-]") {
			failing = append(failing, strings.TrimSpace(line))
		}
	}
	return strings.Join(failing, ", ")
}

// create tries again while the server says that the fault is its own: one that is just ready may not have found its range
// of Services' addresses yet.
func (a *api) create(ctx context.Context, object controlplane.Object) error {
	body, err := json.Marshal(object.Body)
	if err != nil {
		return err
	}
	for {
		response, err := a.do(ctx, http.MethodPost, object.Path, body)
		if err != nil {
			return err
		}
		answer, _ := io.ReadAll(io.LimitReader(response.Body, 1<<12))
		_ = response.Body.Close()
		if response.StatusCode == http.StatusCreated {
			return nil
		}
		refused := fmt.Errorf("POST %s: %s: %s", object.Path, response.Status, answer)
		if response.StatusCode < http.StatusInternalServerError {
			return refused
		}
		select {
		case <-ctx.Done():
			return refused
		case <-time.After(readyEvery):
		}
	}
}

type watched struct {
	Type   string `json:"type"`
	Object struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Spec struct {
			Taints []struct{ Key string } `json:"taints"`
		} `json:"spec"`
		Status struct {
			Conditions []struct{ Type, Status, Message string } `json:"conditions"`
		} `json:"status"`
	} `json:"object"`
}

// watch calls see for every object of a collection, those that are there first, until it returns true.
func (a *api) watch(ctx context.Context, path string, see func(watched) bool) error {
	response, err := a.do(ctx, http.MethodGet, path+"?watch=1&allowWatchBookmarks=false", nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	events := json.NewDecoder(response.Body)
	for {
		var event watched
		if err := events.Decode(&event); err != nil {
			return err
		}
		if see(event) {
			return nil
		}
	}
}

// nodesReady waits until all these nodes are Ready and take pods.
func (a *api) nodesReady(ctx context.Context, names []string) error {
	waiting := map[string]string{}
	for _, name := range names {
		waiting[name] = "not registered"
	}
	err := a.watch(ctx, "/api/v1/nodes", func(event watched) bool {
		name := event.Object.Metadata.Name
		if reason := event.notReady(); reason != "" {
			waiting[name] = reason
		} else {
			delete(waiting, name)
		}
		return len(waiting) == 0
	})
	if ctx.Err() != nil {
		return late("nodes", fmt.Sprint(waiting))
	}
	return err
}

// notReady is why a node is not, or empty.
func (w watched) notReady() string {
	for _, condition := range w.Object.Status.Conditions {
		if condition.Type != "Ready" {
			continue
		}
		if condition.Status != "True" {
			return condition.Message
		}
		if taints := w.Object.Spec.Taints; len(taints) > 0 {
			return "tainted " + taints[0].Key // by the API server, until a controller has seen that the node is Ready
		}
		return ""
	}
	return "no status"
}

// exists waits until the collection has an object of this name.
func (a *api) exists(ctx context.Context, path, name string) error {
	err := a.watch(ctx, path, func(event watched) bool { return event.Object.Metadata.Name == name })
	if ctx.Err() != nil {
		return late(path+"/"+name, "not there")
	}
	return err
}

func late(what, last string) error {
	return &message.Problem{
		Saw: fmt.Sprintf("%s not ready after %s: %s", what, usableWithin, last), Why: "the machine is overloaded, or a component is broken",
		Do: "look at the logs in the cluster's directory while it starts",
	}
}
