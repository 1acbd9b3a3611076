package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// reaper is the one of the test's process.
var reaper = reap.New()

func script(t *testing.T, text string) (component, chan error) {
	t.Helper()
	layout := spec.Layout{Directory: t.TempDir()}
	if err := os.Mkdir(filepath.Dir(layout.Log("x")), 0o700); err != nil {
		t.Fatal(err)
	}
	return component{name: "kube-scheduler", program: "/bin/sh", args: []string{"sh", "-c", text}, layout: layout}, make(chan error, 1)
}

func TestTheDeathOfAComponentIsToldWithTheEndOfItsLog(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"exit status": {"echo one; echo two >&2; exit 3", "kube-scheduler of the cluster ended (exit status 3)\n" +
			"  why: a cluster without it is none, so all of it was stopped\n" +
			"  do:  look at the end of its log:\n       one\n       two"},
		"signal": {"kill -9 $$", "kube-scheduler of the cluster ended (signal killed)\n" +
			"  why: a cluster without it is none, so all of it was stopped\n  do:  look at the end of its log:\n       "},
	} {
		t.Run(name, func(t *testing.T) {
			c, deaths := script(t, test.script)
			if _, err := c.start(reaper, deaths); err != nil {
				t.Fatal(err)
			}
			if got := (<-deaths).Error(); got != test.want {
				t.Errorf("got:\n%q\nwant:\n%q", got, test.want)
			}
		})
	}
}

func TestAComponentSeesNothingOfTheUsersEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://proxy:3128")
	t.Setenv("KUBECONFIG", "/home/me/.kube/config")
	c, deaths := script(t, "env | sort")
	c.env = []string{"MORE=1"}
	if _, err := c.start(reaper, deaths); err != nil {
		t.Fatal(err)
	}
	<-deaths
	log, err := os.ReadFile(c.layout.Log(c.name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		name, _, _ := strings.Cut(line, "=")
		switch name {
		case "PATH", "HOME", "LANG", "MORE", "PWD", "OLDPWD", "SHLVL", "_": // the last four are the shell's
		default:
			t.Errorf("%s", line)
		}
	}
	if !strings.Contains(string(log), "MORE=1\n") {
		t.Errorf("its own variable is missing: %s", log)
	}
}

func TestWhatCannotBeStartedIsNamed(t *testing.T) {
	c, deaths := script(t, "")
	c.program = "/no/such/program"
	if _, err := c.start(reaper, deaths); err == nil || !strings.HasPrefix(err.Error(), "starting kube-scheduler: ") {
		t.Errorf("%v", err)
	}
}

func TestHungUp(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { hungUp(int32(writer.Fd())); close(done) }()
	select {
	case <-done:
		t.Error("somebody still reads")
	default:
	}
	_ = reader.Close()
	<-done
	_ = writer.Close()
}
