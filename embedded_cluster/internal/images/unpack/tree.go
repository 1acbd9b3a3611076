package unpack

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tree is the directory that is being filled.
type tree struct {
	Options
	root  int // descriptor
	size  uint64
	times map[string]time.Time // of directories
	last  *directory           // layers list their files by directory
}

// directory is an open directory of the tree. Only names without slashes are used with it.
type directory struct {
	*os.Root
	name       string
	descriptor int
}

func newTree(path string, options Options) (*tree, error) {
	root, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &tree{Options: options, root: root, times: map[string]time.Time{}}, nil
}

func (t *tree) close() {
	t.forget()
	_ = unix.Close(t.root)
}

// forget the open directory: what its name leads to may have changed.
func (t *tree) forget() {
	if t.last != nil {
		_ = t.last.Close()
		_ = unix.Close(t.last.descriptor)
		t.last = nil
	}
}

var errEscapes = errors.New("the path leads out of the image")

// clean returns the path without / or ./ at its beginning. A path with .. is nobody's honest work.
func clean(name string) (string, error) {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", errEscapes
		}
	}
	if strings.ContainsRune(name, 0) {
		return "", errEscapes
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}

// parent opens the directory that name is in. Links on the way are followed within the tree.
func (t *tree) parent(name string) (*directory, string, error) {
	inside, base := path.Split(name)
	inside = strings.TrimSuffix(inside, "/")
	if t.last != nil && t.last.name == inside {
		return t.last, base, nil
	}
	descriptor, err := t.openDirectory(inside)
	if err != nil {
		return nil, "", err
	}
	root, err := os.OpenRoot(fmt.Sprintf("/proc/self/fd/%d", descriptor))
	if err != nil {
		_ = unix.Close(descriptor)
		return nil, "", err
	}
	t.forget()
	t.last = &directory{Root: root, name: inside, descriptor: descriptor}
	return t.last, base, nil
}

func (t *tree) openDirectory(name string) (int, error) {
	if name == "" {
		name = "."
	}
	return unix.Openat2(t.root, name, &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
}

const plainDirectory = 0o755

// makeParents makes the directories on the way to name that no layer has named.
func (t *tree) makeParents(name string) error {
	above := path.Dir(name)
	if above == "." {
		return nil
	}
	if t.last != nil && t.last.name == above {
		return nil
	}
	descriptor, err := t.openDirectory(above)
	if err == nil {
		return unix.Close(descriptor)
	}
	if !errors.Is(err, unix.ENOENT) {
		return err
	}
	if err := t.makeParents(above); err != nil {
		return err
	}
	d, base, err := t.parent(above)
	if err != nil {
		return err
	}
	return d.Mkdir(base, plainDirectory)
}
