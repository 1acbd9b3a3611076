package control

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// served is a socket at the end of a path that is too long for an address.
func served(t *testing.T, begin func(Request) (Fault, error)) (connect func() *net.UnixConn, broken <-chan error) {
	t.Helper()
	directory := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(directory, "control.sock")
	listener, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	failures := make(chan error, 1)
	go Serve(listener, begin, func(err error) { failures <- err })
	t.Chdir(directory)
	return func() *net.UnixConn {
		connection, err := net.Dial("unix", "control.sock")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		return connection.(*net.UnixConn)
	}, failures
}

func send(t *testing.T, connection io.Writer, line string) {
	t.Helper()
	if _, err := io.WriteString(connection, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func TestAFaultLastsAsLongAsItsConnection(t *testing.T) {
	reverted := make(chan struct{})
	connect, _ := served(t, func(r Request) (Fault, error) {
		if r != (Request{Fault: "node-killed", Node: "node-1"}) {
			t.Errorf("%+v", r)
		}
		return Fault{Node: "node-3", Revert: func() error { close(reverted); return nil }}, nil
	})
	client := connect()
	answers := bufio.NewReader(client)
	send(t, client, `{"fault":"node-killed","node":"node-1"}`)
	if line, err := answers.ReadString('\n'); line != "{\"node\":\"node-3\"}\n" {
		t.Errorf("%q, %v", line, err)
	}
	select {
	case <-reverted:
		t.Error("reverted while the client is there")
	default:
	}
	_ = client.CloseWrite()
	if rest, err := io.ReadAll(answers); string(rest) != "{}\n" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	<-reverted
}

func TestAClientThatEndsBeforeItHears(t *testing.T) {
	asked, reverted := make(chan struct{}), make(chan struct{})
	connect, _ := served(t, func(Request) (Fault, error) {
		<-asked
		return Fault{Revert: func() error { close(reverted); return nil }}, nil
	})
	client := connect()
	send(t, client, `{"fault":"x"}`)
	_ = client.Close()
	close(asked)
	<-reverted
}

func TestAFaultThatIsRefused(t *testing.T) {
	connect, _ := served(t, func(Request) (Fault, error) { return Fault{}, errors.New("a\n  why: b\n  do:  <c>") })
	client := connect()
	send(t, client, `{"fault":"x"}`)
	if all, err := io.ReadAll(client); string(all) != `{"failed":"a\n  why: b\n  do:  <c>"}`+"\n" || err != nil {
		t.Errorf("%q, %v", all, err)
	}
}

func TestAFaultThatCannotBeReverted(t *testing.T) {
	connect, broken := served(t, func(Request) (Fault, error) {
		return Fault{Revert: func() error { return errors.New("stays") }}, nil
	})
	client := connect()
	send(t, client, `{"fault":"x"}`)
	_ = client.CloseWrite()
	if all, err := io.ReadAll(client); string(all) != "{}\n{\"failed\":\"stays\"}\n" || err != nil {
		t.Errorf("%q, %v", all, err)
	}
	if err := <-broken; err.Error() != "stays" {
		t.Error(err)
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	connect, _ := served(t, func(Request) (Fault, error) { t.Error("taken for a request"); return Fault{}, errors.New("") })
	for sent, why := range map[string]string{
		"hello\n": "invalid character 'h' looking for beginning of value", `{"fault":1}` + "\n": "json: cannot unmarshal number into Go struct field Request.fault of type string",
		`{"fault":"x","nodes":"node-1"}` + "\n": `json: unknown field "nodes"`, `{"fault":"x"`: "EOF", strings.Repeat("x", longest): "bufio: buffer full",
	} {
		client := connect()
		_, _ = io.WriteString(client, sent)
		_ = client.CloseWrite()
		all, _ := io.ReadAll(client)
		for _, part := range []string{`{"failed":"the control socket was sent `, `\n  why: it is not a request: `, `\n  do:  send one line, like `} {
			if !strings.Contains(string(all), part) {
				t.Errorf("%.50q: %s lacks %s", sent, all, part)
			}
		}
		if !strings.Contains(strings.ReplaceAll(string(all), `\"`, `"`), why) {
			t.Errorf("%.50q: %s lacks %s", sent, all, why)
		}
	}
}
