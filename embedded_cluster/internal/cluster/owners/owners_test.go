package owners

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

// cluster makes a directory as `up` leaves it when it is killed: marked, with nobody holding a lock.
func cluster(t *testing.T, name string) spec.Layout {
	t.Helper()
	layout := spec.Layout{Directory: filepath.Join(t.TempDir(), "..", name)}
	if err := os.MkdirAll(layout.Directory, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{layout.Spec(), layout.Owners(), layout.Alive()} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return layout
}

func exists(layout spec.Layout) bool {
	_, err := os.Stat(layout.Directory)
	return err == nil
}

func TestSweepTakesOnlyDeadClusters(t *testing.T) {
	dead, alive, owned, mine := cluster(t, "dead"), cluster(t, "alive"), cluster(t, "owned"), cluster(t, "mine")
	stranger := spec.Layout{Directory: filepath.Join(filepath.Dir(mine.Directory), "stranger")}
	if err := os.Mkdir(stranger.Directory, 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := Alive(alive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	share(t, owned)
	Sweep(mine)
	for name, want := range map[string]struct {
		layout spec.Layout
		kept   bool
	}{"dead": {dead, false}, "alive": {alive, true}, "owned": {owned, true}, "mine": {mine, true}, "stranger": {stranger, true}} {
		if exists(want.layout) != want.kept {
			t.Errorf("%s: kept is %v", name, !want.kept)
		}
	}
}

func TestSweepTakesDirectoriesThatWereBarelyClaimed(t *testing.T) {
	mine := cluster(t, "mine")
	long := time.Now().Add(-2 * toLock)
	for name, test := range map[string]struct {
		files []string
		made  time.Time
		held  bool
		kept  bool
	}{
		"long ago":           {[]string{"owners.lock"}, long, false, false},
		"just now":           {[]string{"owners.lock"}, time.Now(), false, true},
		"locked":             {[]string{"owners.lock"}, long, true, true},
		"with somebody's":    {[]string{"owners.lock", "notes.txt"}, long, false, true},
		"of another purpose": {[]string{"notes.txt"}, long, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			layout := spec.Layout{Directory: filepath.Join(filepath.Dir(mine.Directory), name)}
			if err := os.Mkdir(layout.Directory, 0o700); err != nil {
				t.Fatal(err)
			}
			for _, file := range test.files {
				path := filepath.Join(layout.Directory, file)
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(path, test.made, test.made); err != nil {
					t.Fatal(err)
				}
			}
			if test.held {
				share(t, layout)
			}
			Sweep(mine)
			if exists(layout) != test.kept {
				t.Errorf("kept is %v", !test.kept)
			}
		})
	}
}

func share(t *testing.T, layout spec.Layout) *os.File {
	t.Helper()
	file, err := os.OpenFile(layout.Owners(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock(file, unix.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestGoneWaitsForTheLastOwner(t *testing.T) {
	layout := cluster(t, "shared")
	first, second := share(t, layout), share(t, layout)
	gone := make(chan error)
	go func() { gone <- Gone(layout) }()
	_ = first.Close()
	select {
	case <-gone:
		t.Fatal("gone while an owner is left")
	default:
	}
	_ = second.Close()
	if err := <-gone; err != nil {
		t.Fatal(err)
	}
}

func TestNobodyJoinsAClusterThatEnds(t *testing.T) {
	layout := cluster(t, "ending")
	if err := Gone(layout); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	file, err := os.OpenFile(layout.Owners(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := lock(file, unix.LOCK_SH|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Errorf("error %v", err)
	}
}

func TestAKeptClusterGoesOn(t *testing.T) {
	layout := cluster(t, "kept")
	owner := share(t, layout)
	if err := os.WriteFile(layout.Kept(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- Gone(layout) }()
	_ = owner.Close()
	// Whoever comes later waits until it was looked at once, and then finds the lock free again.
	file, err := os.OpenFile(layout.Owners(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := lock(file, unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-gone:
		t.Errorf("it ends: %v", err)
	default:
	}
}

func TestAnOwnedClusterNeedsAnOwner(t *testing.T) {
	layout := cluster(t, "orphan")
	err := Join(spec.Cluster{Layout: layout, Owned: true})
	if err == nil || !strings.Contains(err.Error(), "nobody holds a lock on") {
		t.Errorf("error %v", err)
	}
	share(t, layout)
	if err := Join(spec.Cluster{Layout: layout, Owned: true}); err != nil {
		t.Errorf("with an owner: %v", err)
	}
}

func TestRemoveCopesWithClosedDirectories(t *testing.T) {
	layout := cluster(t, "closed")
	closed := filepath.Join(layout.Directory, "a", "b")
	if err := os.MkdirAll(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	if err := Remove(layout); err != nil {
		t.Fatal(err)
	}
	if exists(layout) {
		t.Error("still there")
	}
}
