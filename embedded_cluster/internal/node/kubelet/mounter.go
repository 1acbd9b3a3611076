package kubelet

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
	"k8s.io/mount-utils"
)

// mounter mounts by system call. Upstream's runs mount(8) and umount(8), which a machine may lack.
type mounter struct{ mount.Interface }

var _ mount.Interface = mounter{}

func newMounter() mounter { return mounter{&mount.Mounter{}} }

// Mount is mount(8) with -o.
func (m mounter) Mount(source, target, fstype string, options []string) error {
	return m.MountSensitive(source, target, fstype, options, nil)
}

// MountSensitive is Mount; nothing of ours logs options.
func (m mounter) MountSensitive(source, target, fstype string, options, sensitive []string) error {
	flags, data := parseOptions(append(append([]string{}, options...), sensitive...))
	bind := flags&unix.MS_BIND != 0 && flags&unix.MS_REMOUNT == 0
	if !bind {
		// Nothing that a kubelet mounts for a pod has devices.
		if err := unix.Mount(source, target, fstype, flags|unix.MS_NODEV, data); err != nil {
			return fmt.Errorf("mounting %s (%s) on %s: %w", source, fstype, target, err)
		}
		return nil
	}
	if err := unix.Mount(source, target, "", flags&(unix.MS_BIND|unix.MS_REC), ""); err != nil {
		return fmt.Errorf("binding %s to %s: %w", source, target, err)
	}
	if flags&unix.MS_RDONLY == 0 {
		return nil
	}
	attributes := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, target, 0, attributes); err != nil {
		return fmt.Errorf("making %s read-only: %w", target, err)
	}
	return nil
}

// MountSensitiveWithoutSystemd is MountSensitive: there is no systemd.
func (m mounter) MountSensitiveWithoutSystemd(source, target, fstype string, options, sensitive []string) error {
	return m.MountSensitive(source, target, fstype, options, sensitive)
}

// MountSensitiveWithoutSystemdWithMountFlags is MountSensitive: the flags are for the program mount(8).
func (m mounter) MountSensitiveWithoutSystemdWithMountFlags(source, target, fstype string, options, sensitive, _ []string) error {
	return m.MountSensitive(source, target, fstype, options, sensitive)
}

// Unmount is done also if nothing was mounted.
func (m mounter) Unmount(target string) error {
	if err := unix.Unmount(target, unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("unmounting %s: %w", target, err)
	}
	return nil
}

// CanSafelySkipMountPointCheck says that Unmount may be called for what is not mounted.
func (m mounter) CanSafelySkipMountPointCheck() bool { return true }

var mountFlags = map[string]uintptr{
	"ro": unix.MS_RDONLY, "bind": unix.MS_BIND, "rbind": unix.MS_BIND | unix.MS_REC, "remount": unix.MS_REMOUNT,
	"nosuid": unix.MS_NOSUID, "nodev": unix.MS_NODEV, "noexec": unix.MS_NOEXEC, "noatime": unix.MS_NOATIME,
	"rw": 0, "defaults": 0,
	"noswap": 0, // of a tmpfs; refused in a user namespace, and the kubelet takes one with all ids for the machine's own
}

// parseOptions separates the kernel's flags from what is for the file system.
func parseOptions(options []string) (flags uintptr, data string) {
	var rest []string
	for _, option := range options {
		if flag, known := mountFlags[option]; known {
			flags |= flag
		} else {
			rest = append(rest, option)
		}
	}
	return flags, strings.Join(rest, ",")
}
