package process

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// tree makes a root with these links, by path; what a link's path goes through is a directory.
func tree(t *testing.T, links map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	for path, target := range links {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(root, path)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestInsideFollowsLinksAsIfRootWereTheRoot(t *testing.T) {
	root := tree(t, map[string]string{
		"bin": "usr/bin", "var/run": "/run", "data/up": "../../../../etc", "data/host": "/../../etc/passwd", "data/self": "self/..",
		"run/a": "b", "run/b": "/data/up/c", "data/dot": ".",
	})
	for path, want := range map[string]string{
		"/":                    "/",
		"":                     "/",
		"data":                 "/data",
		"/new/directory":       "/new/directory",
		"/bin/sh":              "/usr/bin/sh",
		"/var/run/secrets/x":   "/run/secrets/x",
		"/../../etc/shadow":    "/etc/shadow",
		"/data/up/shadow":      "/etc/shadow",
		"/data/host":           "/etc/passwd",
		"/run/a":               "/etc/c",
		"/data/dot/./dot/x":    "/data/x",
		"/data/missing/../../": "/",
		"//data//x//":          "/data/x",
	} {
		got, err := inside(root, path)
		if err != nil || got != filepath.Join(root, want) {
			t.Errorf("inside(%q) = %q, %v, want %q", path, strings.TrimPrefix(got, root), err, want)
		}
	}
}

func TestInsideGivesUpOnCircles(t *testing.T) {
	root := tree(t, map[string]string{"a": "b", "b": "/a", "deep": "deep/x"})
	for _, path := range []string{"/a", "/b/x", "/deep"} {
		if got, err := inside(root, path); !errors.Is(err, syscall.ELOOP) {
			t.Errorf("inside(%q) = %q, %v", path, got, err)
		}
	}
}

// Whatever links there are: the result is below root, and the kernel finds no link on the way to it that it could follow.
func TestInsideNeverLeavesTheRoot(t *testing.T) {
	names := []string{"a", "b", "c"}
	parts := []string{"a", "b", "c", "..", ".", "", "/", "../..", "a/..", "/..", "/a"}
	for seed := range 300 {
		random := rand.New(rand.NewPCG(uint64(seed), 0))
		pick := func(from []string) string { return from[random.IntN(len(from))] }
		path := func() string {
			var some []string
			for range 1 + random.IntN(5) {
				some = append(some, pick(parts))
			}
			return strings.Join(some, "/")
		}
		root := filepath.Join(t.TempDir(), strconv.Itoa(seed))
		for range 6 {
			directory, err := inside(root, pick(names))
			if err != nil {
				continue
			}
			_ = os.MkdirAll(directory, 0o755)
			if target := path(); target != "" {
				_ = os.Symlink(target, filepath.Join(directory, pick(names)))
			}
		}
		for range 20 {
			wanted := path()
			got, err := inside(root, wanted)
			if err != nil {
				continue
			}
			if got != root && !strings.HasPrefix(got, root+"/") {
				t.Fatalf("seed %d: inside(%q) = %q is not below %q", seed, wanted, got, root)
			}
			for way := got; way != root; way = filepath.Dir(way) {
				if info, err := os.Lstat(way); err == nil && info.Mode()&os.ModeSymlink != 0 {
					t.Fatalf("seed %d: inside(%q) = %q goes through the link %q", seed, wanted, got, way)
				}
			}
		}
	}
}

func TestFindWordsItsFailuresAsRuncDoes(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("PATH", directory)
	program := filepath.Join(directory, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{
		"program": program,
		program:   program,
	} {
		if got, err := find(command); err != nil || got != want {
			t.Errorf("find(%q) = %q, %v", command, got, err)
		}
	}
	for command, want := range map[string]string{
		"missing":      `exec: "missing": executable file not found in $PATH: unknown`,
		"/no/such":     `exec: "/no/such": stat /no/such: no such file or directory: unknown`,
		directory:      `exec: "` + directory + `": is a directory: unknown`,
		"":             `exec: "": executable file not found in $PATH: unknown`,
		"./not-there/": `exec: "./not-there/": stat ./not-there/: no such file or directory: unknown`,
	} {
		if got, err := find(command); err == nil || err.Error() != want {
			t.Errorf("find(%q) = %q, %v", command, got, err)
		}
	}
}

func TestCommand(t *testing.T) {
	if _, _, err := command(Spec{}); err == nil || err.Error() != "no command specified: neither the pod nor its image names one" {
		t.Errorf("no command: %v", err)
	}
	path, args, err := command(Spec{StandIn: true, Args: []string{"nginx", "-g", "daemon off;"}})
	if err != nil || path != "/proc/self/fd/5" || len(args) != 2 || args[1] != "stand-in" {
		t.Errorf("a stand-in runs %q %q, %v", path, args, err)
	}
}
