package process

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/runtime/rootfs"
)

// enter makes the container's root and goes there. An image is somebody else's work: so everything that its paths and
// links could lead astray is done when the old root is gone, and nothing but the container's own files can be reached.
func enter(spec Spec) error {
	if err := rootfs.Private(); err != nil {
		return err
	}
	mounts, err := detach(spec.Mounts) // before there is a root, which a mount of the node's / must not show
	if err != nil {
		return err
	}
	if err := composeRoot(spec); err != nil {
		return err
	}
	if err := rootfs.Enter(spec.Root); err != nil {
		return err
	}
	if err := furnish(spec, mounts); err != nil {
		return err
	}
	if err := protect(spec); err != nil {
		return err
	}
	if spec.ReadOnly {
		attributes := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
		if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, attributes); err != nil {
			return fmt.Errorf("making the root read-only: %w", err)
		}
	}
	if spec.OOMScore != 0 {
		// Lowering it needs a right that a machine may withhold even from root; it only matters when memory runs out.
		_ = os.WriteFile("/proc/self/oom_score_adj", []byte(fmt.Sprint(spec.OOMScore)), 0o644)
	}
	return nil
}

func composeRoot(spec Spec) error {
	if spec.Image == "" {
		return rootfs.Compose(spec.Root)
	}
	return rootfs.Overlay(spec.Image, spec.Scratch, spec.Root)
}

// furnish puts into the new root what is the pod's.
func furnish(spec Spec, mounts []detached) error {
	files := map[string]string{
		"/etc/resolv.conf": spec.Resolv, "/etc/hostname": spec.Hostname + "\n", "/etc/hosts": "127.0.0.1 localhost\n",
	}
	for path, content := range files {
		if err := replaceFile(path, content); err != nil {
			return err
		}
	}
	for _, path := range spec.Volumes {
		if err := writable(path); err != nil {
			return fmt.Errorf("volume %s of the image: %w", path, err)
		}
	}
	for _, mount := range mounts {
		if err := mount.attach(); err != nil {
			return err
		}
	}
	if spec.Cwd != "" {
		// A working directory that the image does not have is made, as other runtimes do.
		return makeDirectories(spec.Cwd, mostLinks)
	}
	return nil
}

// replaceFile: what was there may be a link to a place that only the image's author knows.
func replaceFile(path, content string) error {
	if err := makeDirectories(filepath.Dir(path), mostLinks); err != nil {
		return err
	}
	_ = os.Remove(path)
	return os.WriteFile(path, []byte(content), 0o644)
}

// writable makes a directory of the root a mount of its own, which a read-only root does not touch. It has what the
// image has there, and goes with the container, as other runtimes' anonymous volumes do.
func writable(path string) error {
	if err := makeDirectories(path, mostLinks); err != nil {
		return err
	}
	return unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, "")
}

// protect the machine from what a container may write to its kernel.
func protect(spec Spec) error {
	if spec.Identity.Privileged {
		return rootfs.Guard()
	}
	for _, path := range spec.Masked {
		if err := rootfs.Mask(path); err != nil {
			return err
		}
	}
	for _, path := range spec.Locked {
		if err := rootfs.ReadOnly(path); err != nil {
			return err
		}
	}
	return nil
}
