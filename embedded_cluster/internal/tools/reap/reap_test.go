package reap

import (
	"os"
	"syscall"
	"testing"
)

// reaper is the one of the test's process: a second would take the first one's children.
var reaper = New()

func spawn(t *testing.T, command string) func() (int, error) {
	t.Helper()
	return func() (int, error) {
		process, err := os.StartProcess("/bin/sh", []string{"sh", "-c", command}, &os.ProcAttr{})
		if err != nil {
			return 0, err
		}
		return process.Pid, nil
	}
}

func TestEveryChildGetsItsOwnStatus(t *testing.T) {
	r := reaper
	exits := map[int]<-chan syscall.WaitStatus{}
	for code := range 20 {
		_, exited, err := r.Start(spawn(t, "exit "+string(rune('0'+code%10))))
		if err != nil {
			t.Fatal(err)
		}
		exits[code] = exited
	}
	for code, exited := range exits {
		if status := <-exited; status.ExitStatus() != code%10 {
			t.Errorf("child %d: exit status %d", code, status.ExitStatus())
		}
	}
}

func TestNothingIsStartedWhileItIsHeld(t *testing.T) {
	release := reaper.Hold()
	started := make(chan struct{})
	go func() {
		_, exited, err := reaper.Start(spawn(t, "exit 0"))
		if err != nil {
			t.Error(err)
		}
		close(started)
		<-exited
	}()
	select {
	case <-started:
		t.Error("a child was started")
	default:
	}
	release()
	<-started
}

func TestSignalsAreReported(t *testing.T) {
	r := reaper
	pid, exited, err := r.Start(spawn(t, "sleep 60"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := <-exited; !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("status %v, want death by SIGTERM", status)
	}
}

func TestAFailedStartLeavesNothing(t *testing.T) {
	r := reaper
	if _, _, err := r.Start(func() (int, error) { return 0, syscall.ENOENT }); err == nil {
		t.Fatal("no error")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) != 0 {
		t.Errorf("%d children registered", len(r.waiting))
	}
}
