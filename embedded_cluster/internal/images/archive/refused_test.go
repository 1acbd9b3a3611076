package archive

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestRefused: every bad archive is one problem in three parts, and leaves nothing in the scratch directory.
func TestRefused(t *testing.T) {
	good := dockerArchive(t, map[string]v1.Image{"web:1": here(t)})
	broken := ociLayout(t, entry{"web:1", here(t)})
	blobs, err := filepath.Glob(filepath.Join(broken, "blobs/sha256/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range blobs {
		if err := os.WriteFile(blob, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fifo := t.TempDir()
	for name, one := range map[string]struct{ path, want string }{
		"no such file":       {"/does/not/exist.tar", "image archive /does/not/exist.tar: no such file or directory\n  why: it cannot be read\n  do:  "},
		"a device":           {os.DevNull, "it is neither a file nor a directory"},
		"no archive":         {written(t, []byte(strings.Repeat("text\n", 1000))), "is not an image archive\n  why: it is not a tar file, with or without gzip\n  do:  "},
		"an empty file":      {written(t, nil), "is not an image archive"},
		"a short file":       {written(t, []byte("x")), "is a damaged image archive"},
		"an empty directory": {fifo, "neither manifest.json nor index.json is in it\n  why: so it is no image archive\n  do:  "},
		"the wrong platform": {
			dockerArchive(t, map[string]v1.Image{"web:1": image(t, "s390x")}),
			"web:1 is for linux/s390x\n  why: this machine is linux/" + runtime.GOARCH + " and emulates no other\n  do:  ",
		},
		"an index without this platform": {
			ociLayout(t, entry{"web:1", platforms(t, "s390x", "riscv64")}), "web:1 is for linux/s390x, linux/riscv64\n  why: ",
		},
		"a truncated archive":        {cut(t, good, 1024+512), "is a damaged image archive: unexpected EOF\n  why: it ends too early: it was not written or copied to its end\n  do:  "},
		"an archive without its end": {cut(t, good, 1024), "it ends too early"},
		"a truncated tar.gz":         {cut(t, zipped(t, good), 10), "it ends too early"},
		"blobs of another content":   {broken, "is a damaged image archive: blob sha256:"},
		"a layout without an image":  {ociLayout(t), "it holds no image"},
	} {
		t.Run(name, func(t *testing.T) {
			scratch := t.TempDir()
			_, err := Open(one.path, scratch)
			if err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("%v", err)
			}
			if err != nil && (strings.Count(err.Error(), "\n  why: ") != 1 || strings.Count(err.Error(), "\n  do:  ") != 1 || !strings.Contains(err.Error(), one.path)) {
				t.Errorf("not three parts about %s: %v", one.path, err)
			}
			if left, _ := os.ReadDir(scratch); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
