package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/node/nodeline"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

func TestAFreezeThatFailsHoldsNothingBack(t *testing.T) {
	reaper := reap.New()
	o := &orders{reaper: reaper}
	if err := o.obey(nodeline.Freeze); err == nil || !strings.HasPrefix(err.Error(), "not the first process of a PID namespace") {
		t.Fatalf("%v", err)
	}
	reaper.Hold()() // would wait for ever
}

func TestWhoStillRuns(t *testing.T) {
	for name, test := range map[string]struct {
		threads map[string]string // by process/thread
		want    string
	}{
		"nobody": {map[string]string{
			"1/1": "1 (node) R 0", "1/9": "9 (node) S 0", "11/11": "11 (kubelet) T 1", "12/12": "12 (a b) S) Z 11", "13/13": "13 (ls) X 1", "14/14": "14 (sh) D 1",
		}, ""},
		"a thread that sleeps": {map[string]string{"1/1": "1 (node) S 0", "11/11": "11 (kubelet) T 1", "11/12": "12 (kubelet) S 1"}, "12 (kubelet) S"},
		"one that runs":        {map[string]string{"100/100": "100 (a) T) R 1"}, "100 (a) T) R"},
	} {
		t.Run(name, func(t *testing.T) {
			proc := t.TempDir()
			for thread, stat := range test.threads {
				pid, tid, _ := strings.Cut(thread, "/")
				directory := filepath.Join(proc, pid, "task", tid)
				if err := errors.Join(os.MkdirAll(directory, 0o700), os.WriteFile(filepath.Join(directory, "stat"), []byte(stat+" 5 6\n"), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			if got := running(proc, 1); got != test.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestAnUnknownOrder(t *testing.T) {
	if err := (&orders{}).obey("dance"); err == nil || err.Error() != "no such order: dance" {
		t.Errorf("%v", err)
	}
}
