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

// mostWritten bounds what may be written to a root, for it is kept in memory. Volumes and logs are on disk.
const mostWritten = "512m"

// writable are directories of the root that belong to it alone, with their modes.
var writable = map[string]os.FileMode{
	"tmp": 0o1777, "run": 0o755, "var": 0o755, "etc": 0o755, "root": 0o700, "home": 0o755, "opt": 0o755, "mnt": 0o755,
	"srv": 0o755, "proc": 0o555, "sys": 0o555, "dev": 0o755,
}

// Compose mounts a new root at target, which must exist. The caller is in a mount namespace of its own whose mounts are
// private, and in the PID and network namespaces that /proc and /sys are to show.
func Compose(target string) error {
	// Without devices: a workload that makes a node for the machine's disk must not be able to open it.
	if err := unix.Mount("tmpfs", target, "tmpfs", unix.MS_NODEV, "mode=755,size="+mostWritten); err != nil {
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
	if err != nil {
		return ignoreMissing(err)
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
	if err := MountPoint(destination, directory); err != nil {
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

// NoDevices forbids the use of device files on what is mounted at path.
func NoDevices(path string) error {
	return setAttributes(path, unix.MOUNT_ATTR_NODEV)
}

// setAttributes of the one mount at path, not of those below it.
func setAttributes(path string, attributes uint64) error {
	if err := unix.MountSetattr(unix.AT_FDCWD, path, 0, &unix.MountAttr{Attr_set: attributes}); err != nil {
		return fmt.Errorf("setting attributes %#x of the mount at %s: %w", attributes, path, err)
	}
	return nil
}

// Guard makes the kernel's files that change the machine read-only in the current /proc: some ask only for user 0, in
// whatever namespace it is. What belongs to a network, IPC or UTS namespace stays as it is.
func Guard() error {
	for _, path := range []string{"/proc/sysrq-trigger", "/proc/irq"} {
		if err := ReadOnly(path); err != nil {
			return err
		}
	}
	groups, err := os.ReadDir("/proc/sys")
	if err != nil {
		return err
	}
	for _, group := range groups {
		path := filepath.Join("/proc/sys", group.Name())
		switch group.Name() {
		case "net":
		case "kernel":
			err = readOnlyExcept(path, namespaced)
		default:
			err = ReadOnly(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// namespaced are the settings of /proc/sys/kernel that are not the machine's.
var namespaced = []string{
	"domainname", "hostname", "msgmax", "msgmnb", "msgmni", "msg_next_id", "sem", "sem_next_id",
	"shmall", "shmmax", "shmmni", "shm_next_id", "shm_rmid_forced",
}

// readOnlyExcept leaves these files of a directory as they are: each is a mount of its own, which the directory's
// attribute does not reach.
func readOnlyExcept(directory string, names []string) error {
	for _, name := range names {
		path := filepath.Join(directory, name)
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		if err := Bind(path, path, false, false); err != nil {
			return err
		}
	}
	if err := Bind(directory, directory, true, false); err != nil {
		return err
	}
	return setAttributes(directory, unix.MOUNT_ATTR_RDONLY)
}

// ReadOnly makes path of the current root read-only, in place. What is not there is left out.
func ReadOnly(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return ignoreMissing(err)
	}
	return Bind(path, path, info.IsDir(), true)
}

// Mask hides path of the current root: a file is empty, a directory too. What is not there is left out.
func Mask(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return ignoreMissing(err)
	}
	if !info.IsDir() {
		return Bind(os.DevNull, path, false, true)
	}
	if err := unix.Mount("tmpfs", path, "tmpfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "nr_inodes=1"); err != nil {
		return fmt.Errorf("masking %s: %w", path, err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// MountPoint makes what is to be mounted on, unless it is there.
func MountPoint(path string, directory bool) error {
	if _, err := os.Lstat(path); err == nil {
		return nil // a file of the kernel may not be opened only to see that it is there
	}
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
	if err := unix.Mount("tmpfs", dev, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755,size=1m"); err != nil {
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
	if err := unix.Mount("tmpfs", filepath.Join(dev, "shm"), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777,size=64m"); err != nil {
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
