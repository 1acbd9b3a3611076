package child_test

import (
	"os"
	"syscall"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/tools/child"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// reaper is the one of the test's process.
var reaper = reap.New()

func start(t *testing.T, script string) (*child.Child, <-chan syscall.WaitStatus) {
	t.Helper()
	died := make(chan syscall.WaitStatus, 1)
	c, err := child.Start(reaper, func() (*os.Process, error) {
		return os.StartProcess("/bin/sh", []string{"sh", "-c", script}, &os.ProcAttr{})
	}, func(status syscall.WaitStatus) { died <- status })
	if err != nil {
		t.Fatal(err)
	}
	return c, died
}

func TestAnEndThatNobodyAskedForIsTold(t *testing.T) {
	c, died := start(t, "exit 3")
	if status := <-died; status.ExitStatus() != 3 {
		t.Errorf("%v", status)
	}
	c.Stop() // it is gone already
	if err := c.Signal(syscall.SIGCONT); err == nil {
		t.Error("the signal went to somebody else")
	}
}

func TestAnEndThatWasAskedForIsNot(t *testing.T) {
	c, died := start(t, "while :; do sleep 1000; done")
	c.Stop()
	select {
	case status := <-died:
		t.Errorf("%v", status)
	default:
	}
}

func TestAStoppedProcessCanBeKilled(t *testing.T) {
	c, _ := start(t, "while :; do sleep 1000; done")
	if err := c.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c.Stop()
}

func TestWhatCannotBeStarted(t *testing.T) {
	_, err := child.Start(reaper, func() (*os.Process, error) { return os.StartProcess("/no/such", nil, &os.ProcAttr{}) }, nil)
	if err == nil {
		t.Error("no error")
	}
}
