// Package owners decides how long a cluster lives. Whoever needs it holds a shared lock on a file; the kernel lets go of
// the lock when its holder dies, however it dies. An exclusive lock can be had only when the last owner is gone.
package owners

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// Join makes a cluster in the foreground its own owner, for as long as this process lives and whatever it executes. For
// an owned one it checks that there is an owner.
func Join(cluster spec.Cluster) error {
	if cluster.Owned {
		free, err := unlocked(cluster.Owners())
		if err != nil {
			return err
		}
		if free {
			return &message.Problem{
				Saw: "nobody holds a lock on " + cluster.Owners(), Why: "with --owned a cluster ends with its last owner, so it would end at once",
				Do: "take a shared flock on that file before the start, or leave --owned out",
			}
		}
		return nil
	}
	// Without O_CLOEXEC: the lock goes along when this process becomes the supervisor.
	descriptor, err := unix.Open(cluster.Owners(), unix.O_RDWR|unix.O_CREAT, 0o600)
	if err != nil {
		return err
	}
	return unix.Flock(descriptor, unix.LOCK_SH)
}

// Gone waits until no owner is left, and keeps the lock for as long as this process lives: nobody may join a cluster that
// ends. It does not return for a cluster that was kept: that one goes on without an owner.
func Gone(layout spec.Layout) error {
	descriptor, err := unix.Open(layout.Owners(), unix.O_RDWR|unix.O_CLOEXEC, 0) // not a file, which would be closed with the last reference to it
	if err != nil {
		return err
	}
	if err := flock(descriptor, unix.LOCK_EX); err != nil {
		return err
	}
	if ours(layout.Kept()) {
		_ = unix.Close(descriptor)
		select {}
	}
	return nil
}

// Alive locks the directory as one whose cluster runs; the lock lasts until the file is closed or the process ends.
func Alive(layout spec.Layout) (*os.File, error) {
	file, err := os.OpenFile(layout.Alive(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return file, lock(file, unix.LOCK_EX|unix.LOCK_NB)
}

func lock(file *os.File, how int) error { return flock(int(file.Fd()), how) }

func flock(descriptor, how int) error {
	for {
		err := unix.Flock(descriptor, how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Sweep removes the directories beside this one that a killed cluster of this user left behind.
func Sweep(layout spec.Layout) {
	parent := filepath.Dir(layout.Directory)
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range entries {
		other := spec.Layout{Directory: filepath.Join(parent, entry.Name())}
		if other != layout && ours(other.Directory) && (ours(other.Spec()) || barelyClaimed(other)) && dead(other) {
			_ = Remove(other)
		}
	}
}

func ours(path string) bool {
	var stat unix.Stat_t
	return unix.Lstat(path, &stat) == nil && int(stat.Uid) == os.Getuid()
}

// toLock is more than anybody needs between making the owners' file and locking it.
const toLock = 10 * time.Second

// barelyClaimed is a directory with nothing in it but the owners' file: the start was killed before it had marked the
// directory as a cluster's.
func barelyClaimed(layout spec.Layout) bool {
	entries, err := os.ReadDir(layout.Directory)
	if err != nil || len(entries) != 1 || filepath.Join(layout.Directory, entries[0].Name()) != layout.Owners() || !ours(layout.Owners()) {
		return false
	}
	info, err := entries[0].Info()
	return err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > toLock
}

// Runs is true while the cluster of this directory does.
func Runs(layout spec.Layout) bool {
	free, err := unlocked(layout.Alive())
	return err == nil && !free
}

func dead(layout spec.Layout) bool {
	for _, file := range []string{layout.Alive(), layout.Owners()} {
		if free, err := unlocked(file); err != nil || !free {
			return false
		}
	}
	return true
}

// unlocked is true also if there is no such file: then nobody can hold it.
func unlocked(path string) (bool, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	err = lock(file, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// Remove deletes a cluster's directory. A container may have made directories that not even their owner may read.
func Remove(layout spec.Layout) error {
	_ = filepath.WalkDir(layout.Directory, func(path string, entry os.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			if info, statErr := entry.Info(); statErr == nil && info.Mode().Perm()&0o700 != 0o700 {
				_ = os.Chmod(path, 0o700) //nolint:gosec // to be removed
				return nil
			}
		}
		return nil
	})
	return os.RemoveAll(layout.Directory)
}
