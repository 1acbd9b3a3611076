package process

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestDirectoriesAreMadeWhereLinksLead(t *testing.T) {
	for name, one := range map[string]struct {
		links map[string]string // in the directory: where each leads; / is the directory
		path  string
		want  string
	}{
		"no link":                           {nil, "a/b/c", "a/b/c"},
		"to what is not there":              {map[string]string{"a": "x/y"}, "a/b", "x/y/b"},
		"to an absolute path":               {map[string]string{"a": "/x"}, "a/b", "x/b"},
		"to a link":                         {map[string]string{"a": "b", "b": "c/d"}, "a/e", "c/d/e"},
		"upwards from where the link leads": {map[string]string{"a": "x/y", "x": "z"}, "a/../b", "z/b"},
	} {
		t.Run(name, func(t *testing.T) {
			here := t.TempDir()
			for link, to := range one.links {
				if filepath.IsAbs(to) {
					to = filepath.Join(here, to)
				}
				if err := os.Symlink(to, filepath.Join(here, link)); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // what is there already is left alone
				if err := makeDirectories(here+"/"+one.path, mostLinks); err != nil {
					t.Fatal(err)
				}
			}
			if info, err := os.Lstat(filepath.Join(here, one.want)); err != nil || !info.IsDir() {
				t.Errorf("%v, %v", info, err)
			}
		})
	}
}

func TestLinksInACircle(t *testing.T) {
	here := t.TempDir()
	if err := os.Symlink("b", filepath.Join(here, "a")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a/c", filepath.Join(here, "b")); err != nil {
		t.Fatal(err)
	}
	_ = makeDirectories(here+"/a/d", mostLinks) // ends; what is wrong shows when it is used
	if err := makeDirectories(here+"/x", 0); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("%v", err)
	}
}
