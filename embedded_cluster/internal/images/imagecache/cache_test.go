package imagecache

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/images"
)

const id = "sha256:aaaa"

func cache(t *testing.T) Cache { return Cache(t.TempDir()) }

// make fills a root with one file.
func filled(size uint64) func(string) (images.Image, error) {
	return func(root string) (images.Image, error) {
		return images.Image{Size: size}, os.WriteFile(filepath.Join(root, "file"), nil, 0o600)
	}
}

func names(t *testing.T, c Cache) string {
	t.Helper()
	entries, err := os.ReadDir(string(c))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), lockSuffix) {
			all = append(all, entry.Name())
		}
	}
	return strings.Join(all, " ")
}

func TestAnImageIsMadeOnce(t *testing.T) {
	c, made := cache(t), 0
	var count sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			image, err := c.Get(id, func(root string) (images.Image, error) {
				count.Lock()
				made++
				count.Unlock()
				return filled(7)(root)
			})
			if err != nil || image.Size != 7 || image.Root != "sha256-aaaa/root" {
				t.Errorf("%+v, %v", image, err)
			}
		})
	}
	all.Wait()
	if made != 1 {
		t.Errorf("it was made %d times", made)
	}
	if _, err := os.Stat(filepath.Join(string(c), "sha256-aaaa/root/file")); err != nil {
		t.Error(err)
	}
}

func TestAHalfMadeImageIsNeverTaken(t *testing.T) {
	c := cache(t)
	left := filepath.Join(c.at(id)+partial, root, "left")
	if err := os.MkdirAll(filepath.Dir(left), 0o700); err != nil { // by somebody who was killed
		t.Fatal(err)
	}
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("the archive is damaged")
	if _, err := c.Get(id, func(string) (images.Image, error) { return images.Image{}, failure }); !errors.Is(err, failure) {
		t.Errorf("%v", err)
	}
	if got := names(t, c); got != "" {
		t.Errorf("left behind: %s", got)
	}
	if _, err := c.Get(id, filled(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(string(c), "sha256-aaaa/root/left")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was half made is in the image: %v", err)
	}
}

func TestPruneRemovesTheLongestUnused(t *testing.T) {
	c := cache(t)
	for age, name := range []string{"new", "kept", "used", "middle", "old"} {
		image, err := c.Get("sha256:"+name, filled(100))
		if err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-time.Duration(age) * time.Hour)
		if err := os.Chtimes(filepath.Join(string(c), filepath.Dir(image.Root), images.UsedLock), when, when); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(c.at("sha256:half")+partial, 0o700); err != nil {
		t.Fatal(err)
	}
	using, err := lock(filepath.Join(c.at("sha256:used"), images.UsedLock), unix.LOCK_SH)
	if err != nil {
		t.Fatal(err)
	}
	c.Prune(400)
	if got, want := names(t, c), "sha256-kept sha256-middle sha256-new sha256-used"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c.Prune(0, images.Image{Root: "sha256-kept/root"})
	if got, want := names(t, c), "sha256-kept sha256-used"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if err := using.Close(); err != nil {
		t.Fatal(err)
	}
	c.Prune(0)
	if got := names(t, c); got != "" {
		t.Errorf("left: %s", got)
	}
}

func TestTheCacheIsTheUsersAlone(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", home)
	t.Setenv("TMPDIR", t.TempDir())
	mine, err := Open(false)
	if err != nil || string(mine) != filepath.Join(home, "kworkload/images/of-one-user") {
		t.Errorf("%s, %v", mine, err)
	}
	if owners, err := Open(true); err != nil || owners == mine {
		t.Errorf("files with owners are in the same place: %s, %v", owners, err)
	}
	if err := os.Chmod(filepath.Join(home, "kworkload"), 0o755); err != nil {
		t.Fatal(err)
	}
	other, err := Open(false)
	if err != nil || !strings.HasPrefix(string(other), os.TempDir()) {
		t.Errorf("a cache that others can read was taken: %s, %v", other, err)
	}
	t.Setenv("TMPDIR", "/proc/none")
	if _, err := Open(false); err == nil || !strings.Contains(err.Error(), "no directory to unpack images to") {
		t.Errorf("%v", err)
	}
}
