// Package imagecache keeps unpacked images in a directory of the user's, for all of the user's clusters. What an image
// is called by is its id, which names its content: so it is unpacked once, and never changes.
package imagecache

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// Cache is the directory. An image is the directory ID/root in it, made under another name and renamed when it is whole.
// ID.lock is held while it is made; ID/used.lock while it is used.
type Cache string

const (
	root        = "root"
	description = "image.json"
	partial     = ".part"
	lockSuffix  = ".lock"
)

// Open makes the user's cache. Files that keep their owners and files that do not are different files.
func Open(owners bool) (Cache, error) {
	kind := "of-one-user"
	if owners {
		kind = "with-owners"
	}
	var problems []error
	for _, base := range bases() {
		directory := filepath.Join(base, "images", kind)
		err := private(base, directory)
		if err == nil {
			return Cache(directory), nil
		}
		problems = append(problems, err)
	}
	return "", &message.Problem{
		Saw: "no directory to unpack images to", Why: "neither the user's cache directory nor the directory for temporary files can be used",
		Do: "set XDG_CACHE_HOME or TMPDIR to a directory that you own", Cause: errors.Join(problems...),
	}
}

func bases() []string {
	var all []string
	if cache, err := os.UserCacheDir(); err == nil { // XDG_CACHE_HOME or ~/.cache
		all = append(all, filepath.Join(cache, "kworkload"))
	}
	return append(all, filepath.Join(os.TempDir(), fmt.Sprintf("kworkload-%d", os.Getuid()), "cache"))
}

// private makes the directories, which must be this user's alone: programs that belong to root are in there.
func private(base, directory string) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	for _, path := range []string{base, directory} {
		var stat unix.Stat_t
		if err := unix.Lstat(path, &stat); err != nil {
			return err
		}
		if int(stat.Uid) != os.Getuid() || stat.Mode&0o077 != 0 || stat.Mode&unix.S_IFMT != unix.S_IFDIR {
			return fmt.Errorf("%s is not a directory of this user's alone (mode 0700)", path)
		}
	}
	return nil
}

func (c Cache) at(id string) string {
	return filepath.Join(string(c), strings.ReplaceAll(id, ":", "-"))
}

// Get returns the image of this id, which make unpacks if it is not there; somebody else who wants the same one waits.
func (c Cache) Get(id string, make func(root string) (images.Image, error)) (images.Image, error) {
	lock, err := lock(c.at(id)+lockSuffix, unix.LOCK_EX)
	if err != nil {
		return images.Image{}, err
	}
	defer func() { _ = lock.Close() }()
	image, err := read(c.at(id))
	if !errors.Is(err, os.ErrNotExist) {
		return image, err
	}
	if err := c.fill(id, make); err != nil {
		_ = remove(c.at(id) + partial)
		return images.Image{}, err
	}
	return read(c.at(id))
}

func (c Cache) fill(id string, make func(root string) (images.Image, error)) error {
	half := c.at(id) + partial
	if err := remove(half); err != nil { // of somebody who was killed: we hold the lock now
		return err
	}
	if err := os.MkdirAll(filepath.Join(half, root), 0o755); err != nil {
		return err
	}
	image, err := make(filepath.Join(half, root))
	if err != nil {
		return err
	}
	content, err := json.Marshal(image)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{description: content, images.UsedLock: nil} {
		if err := os.WriteFile(filepath.Join(half, name), content, 0o600); err != nil {
			return err
		}
	}
	if err := flush(half); err != nil {
		return err
	}
	return os.Rename(half, c.at(id))
}

// read returns a whole image and marks it as used now.
func read(directory string) (images.Image, error) {
	image, err := peek(directory)
	if err != nil {
		return image, err
	}
	now := time.Now()
	return image, os.Chtimes(filepath.Join(directory, images.UsedLock), now, now)
}

// peek returns a whole image, with its root relative to the cache.
func peek(directory string) (images.Image, error) {
	var image images.Image
	content, err := os.ReadFile(filepath.Join(directory, description))
	if err != nil {
		return image, err
	}
	if err := json.Unmarshal(content, &image); err != nil {
		return image, fmt.Errorf("%s: %w", directory, err)
	}
	image.Root = filepath.Join(filepath.Base(directory), root)
	return image, nil
}

// flush writes everything to the disk, so that after a power failure a renamed directory is not one of empty files.
func flush(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = directory.Close() }()
	return unix.Syncfs(int(directory.Fd()))
}

// lock waits unless how says not to. The lock lasts until the file is closed or the process ends.
func lock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(file.Fd()), how)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, unix.EINTR) {
			_ = file.Close()
			return nil, err
		}
	}
}

// remove deletes a directory, also if the image has directories that its owner may not write to.
func remove(path string) error {
	_ = filepath.WalkDir(path, func(path string, entry os.DirEntry, _ error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700) //nolint:gosec // to be removed
		}
		return nil
	})
	return os.RemoveAll(path)
}
