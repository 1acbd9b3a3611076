// Package rootfs composes a root directory from the machine's own tools, read-only, with everything else private.
//
// It is used for nodes. An overlay over / would be simpler but is refused in a user namespace (the mounts below / are
// locked), so a root is a memory file system with the tools bound into it; that works everywhere alike.
package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// tools are the only directories of the machine that can be seen inside. On most systems all but /usr are links into it.
var tools = []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr"}

// settings are the files of /etc that the tools need to work. No secrets, no users' data, no host names.
var settings = []string{
	"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/nsswitch.conf",
	"/etc/passwd", "/etc/group", "/etc/protocols", "/etc/services", "/etc/localtime", "/etc/ssl/certs", "/etc/ca-certificates",
	"/etc/os-release",
}

// devices are bound from the machine: making new ones is refused in a user namespace.
var devices = []string{"null", "zero", "full", "random", "urandom", "tty"}

// writable are directories of the root that belong to it alone, with their modes.
var writable = map[string]os.FileMode{
	"tmp": 0o1777, "run": 0o755, "var": 0o755, "etc": 0o755, "root": 0o700, "home": 0o755, "opt": 0o755, "mnt": 0o755,
	"srv": 0o755, "proc": 0o555, "sys": 0o555, "dev": 0o755,
}

// Compose mounts a new root at target, which must exist. The caller is in a mount namespace of its own whose mounts are
// private, and in the PID and network namespaces that /proc and /sys are to show.
func Compose(target string) error {
	if err := unix.Mount("tmpfs", target, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mounting tmpfs on %s: %w", target, err)
	}
	for name, mode := range writable {
		if err := os.Mkdir(filepath.Join(target, name), mode); err != nil {
			return err
		}
		if err := os.Chmod(filepath.Join(target, name), mode); err != nil { // not subject to the umask
			return err
		}
	}
	for _, path := range append(append([]string{}, tools...), settings...) {
		if err := Show(target, path); err != nil {
			return err
		}
	}
	return kernelFiles(target)
}

// Show makes path of the machine visible at the same place in target, read-only. What is not there is left out; a link
// stays a link.
func Show(target, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	inside := filepath.Join(target, path)
	if err := os.MkdirAll(filepath.Dir(inside), 0o755); err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		link, err := os.Readlink(path)
		if err != nil {
			return err
		}
		return os.Symlink(link, inside)
	}
	return Bind(path, inside, info.IsDir(), true)
}

// Bind mounts source (a directory or a file) on destination, making the mount point.
func Bind(source, destination string, directory, readOnly bool) error {
	if err := mountPoint(destination, directory); err != nil {
		return err
	}
	// Recursive: in a user namespace a mount with locked mounts below it can be bound only together with them.
	if err := unix.Mount(source, destination, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("binding %s to %s: %w", source, destination, err)
	}
	if !readOnly {
		return nil
	}
	// Adds the attribute and keeps all others, which a remount would have to repeat because some are locked.
	attributes := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, destination, unix.AT_RECURSIVE, attributes); err != nil {
		return fmt.Errorf("making %s read-only: %w", destination, err)
	}
	return nil
}

func mountPoint(path string, directory bool) error {
	if directory {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

func kernelFiles(target string) error {
	if err := unix.Mount("proc", filepath.Join(target, "proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting proc: %w", err)
	}
	sys := filepath.Join(target, "sys")
	if err := unix.Mount("sysfs", sys, "sysfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		if err := Bind("/sys", sys, true, true); err != nil {
			return err
		}
	}
	dev := filepath.Join(target, "dev")
	if err := unix.Mount("tmpfs", dev, "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return fmt.Errorf("mounting /dev: %w", err)
	}
	for _, name := range devices {
		if err := Bind(filepath.Join("/dev", name), filepath.Join(dev, name), false, false); err != nil {
			return err
		}
	}
	return deviceLinks(dev)
}

func deviceLinks(dev string) error {
	for _, name := range []string{"pts", "shm", "mqueue"} {
		if err := os.Mkdir(filepath.Join(dev, name), 0o755); err != nil {
			return err
		}
	}
	if err := unix.Mount("devpts", filepath.Join(dev, "pts"), "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"); err != nil {
		return fmt.Errorf("mounting devpts: %w", err)
	}
	if err := unix.Mount("tmpfs", filepath.Join(dev, "shm"), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
		return fmt.Errorf("mounting /dev/shm: %w", err)
	}
	links := map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd",
		"stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dev, name)); err != nil {
			return err
		}
	}
	return nil
}

// Enter makes target the root of this process and lets go of the old one.
func Enter(target string) error {
	if err := os.Chdir(target); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	return os.Chdir("/")
}

// Private keeps what is mounted here from being seen elsewhere, and the other way round.
func Private() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	return nil
}
