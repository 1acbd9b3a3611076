package message

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

func TestProblemHasThreeParts(t *testing.T) {
	cause := errors.New("boom")
	problem := &Problem{Saw: "saw", Why: "why", Do: "do", Cause: cause}
	if got, want := problem.Error(), "saw: boom\n  why: why\n  do:  do"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !errors.Is(problem, cause) {
		t.Error("the cause is lost")
	}
	if got := (&Problem{Saw: "only this"}).Error(); got != "only this" {
		t.Errorf("%q", got)
	}
}

func TestDisk(t *testing.T) {
	write := func(number syscall.Errno) error { return &os.PathError{Op: "write", Path: "/c/x", Err: number} }
	for number, want := range map[syscall.Errno]string{
		syscall.ENOSPC: "no space left for the cluster in /c: write /c/x: no space left on device\n" +
			"  why: a cluster needs about 20 MB there for its programs, and room for volumes and logs\n" +
			"  do:  free some space, or name a directory on another file system (pytest: --basetemp or TMPDIR)",
		syscall.EACCES: "the cluster cannot write to /c: write /c/x: permission denied\n" +
			"  why: its programs, certificates and logs live there\n" +
			"  do:  name a directory that you own (pytest: --basetemp or TMPDIR)",
		syscall.EIO: "setting up /c: write /c/x: input/output error",
	} {
		if got := Disk("/c", write(number)).Error(); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}
