package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Overlay mounts a new root at target, which must exist: an unpacked image, and above it what is written, in scratch. The
// image itself is never written to, so any number of roots can share it. For the caller the same holds as for [Compose].
func Overlay(image, scratch, target string) error {
	err := overlay(image, scratch, target)
	if errors.Is(err, unix.EINVAL) {
		// This file system cannot hold the upper layer: in a container it is often an overlay itself. Memory can; it is
		// only the second choice, because what a workload writes should not fill it.
		if err := unix.Mount("tmpfs", scratch, "tmpfs", unix.MS_NODEV, "mode=700,size="+mostWritten); err != nil {
			return fmt.Errorf("mounting tmpfs on %s: %w", scratch, err)
		}
		err = overlay(image, scratch, target)
	}
	if err != nil {
		return refused(err)
	}
	for _, name := range []string{"proc", "sys", "dev"} {
		if err := plainDirectory(filepath.Join(target, name)); err != nil {
			return err
		}
	}
	return kernelFiles(target)
}

// Upper is where in scratch an overlay keeps what is written, unless it is in memory.
func Upper(scratch string) string { return filepath.Join(scratch, "upper") }

func refused(err error) error {
	return fmt.Errorf("a root from an unpacked image needs overlayfs, which this machine refuses: %w "+
		"(try `sudo modprobe overlay`; Linux 5.12 or later is needed)", err)
}

func overlay(image, scratch, target string) error {
	upper, work := Upper(scratch), filepath.Join(scratch, "work")
	for _, path := range []string{upper, work} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
	}
	if err := sameAs(image, upper); err != nil {
		return err
	}
	// volatile: nothing here outlives its container, so nobody has to wait for the disk. userxattr: the attributes that
	// overlayfs keeps its notes in otherwise are reserved to root of the machine.
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s,volatile,userxattr", image, upper, work)
	return unix.Mount("overlay", target, "overlay", unix.MS_NODEV, options)
}

// sameAs gives directory the owner and mode of model: the topmost directory of an overlay is its upper layer's.
func sameAs(model, directory string) error {
	var stat unix.Stat_t
	if err := unix.Stat(model, &stat); err != nil {
		return err
	}
	if err := os.Chown(directory, int(stat.Uid), int(stat.Gid)); err != nil {
		return err
	}
	return unix.Chmod(directory, stat.Mode&0o7777)
}

// plainDirectory makes a directory where the kernel's files are mounted. A link there would lead the mount elsewhere.
func plainDirectory(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return os.Mkdir(path, 0o755)
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("the image has a file or a link at /%s, where a directory must be", filepath.Base(path))
	}
	return nil
}
