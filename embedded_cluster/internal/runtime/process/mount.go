package process

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// detached is a mount that was taken hold of in the node's root and is put to its place in the container's.
type detached struct {
	destination string
	propagation uint
	descriptor  int
}

func detach(mounts []Mount) ([]detached, error) {
	all := make([]detached, 0, len(mounts))
	for _, mount := range mounts {
		descriptor, err := mount.detach()
		if err != nil {
			return nil, fmt.Errorf("mounting %s: %w", mount.Destination, err)
		}
		all = append(all, detached{filepath.Join("/", mount.Destination), mount.Propagation, descriptor})
	}
	return all, nil
}

func (m Mount) detach() (int, error) {
	source, err := unix.Open(m.Source, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", m.Source, err)
	}
	defer func() { _ = unix.Close(source) }()
	if m.Inside != "" {
		// Links in the source are followed as if it were /.
		how := &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
		inside, err := unix.Openat2(source, m.Inside, how)
		if err != nil {
			return 0, fmt.Errorf("%s in the image: %w", m.Inside, err)
		}
		_ = unix.Close(source)
		source = inside
	}
	// Recursive: in a user namespace a mount with locked mounts below it can be had only together with them.
	descriptor, err := unix.OpenTree(source, "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH|unix.AT_RECURSIVE)
	if err != nil {
		return 0, fmt.Errorf("open_tree %s: %w", m.Source, err)
	}
	return descriptor, m.restrict(descriptor)
}

func (m Mount) restrict(descriptor int) error {
	attributes, flags := &unix.MountAttr{}, uint(unix.AT_EMPTY_PATH)
	if m.ReadOnly || m.RecursiveReadOnly {
		attributes.Attr_set |= unix.MOUNT_ATTR_RDONLY
	}
	if m.RecursiveReadOnly {
		flags |= unix.AT_RECURSIVE
	}
	if m.NoExec {
		attributes.Attr_set |= unix.MOUNT_ATTR_NOEXEC
	}
	if attributes.Attr_set == 0 {
		return nil
	}
	if err := unix.MountSetattr(descriptor, "", flags, attributes); err != nil {
		return fmt.Errorf("making it read-only: %w", err)
	}
	return nil
}

func (d detached) attach() error {
	defer func() { _ = unix.Close(d.descriptor) }()
	var stat unix.Stat_t
	if err := unix.Fstat(d.descriptor, &stat); err != nil {
		return err
	}
	if err := d.mountPoint(stat.Mode&unix.S_IFMT == unix.S_IFDIR); err != nil {
		return fmt.Errorf("mounting %s: %w", d.destination, err)
	}
	flags := unix.MOVE_MOUNT_F_EMPTY_PATH | unix.MOVE_MOUNT_T_SYMLINKS
	if err := unix.MoveMount(d.descriptor, "", unix.AT_FDCWD, d.destination, flags); err != nil {
		return fmt.Errorf("mounting %s: %w", d.destination, err)
	}
	if d.propagation == 0 {
		return nil
	}
	if err := unix.Mount("", d.destination, "", uintptr(d.propagation)|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("setting the propagation of %s: %w", d.destination, err)
	}
	return nil
}

func (d detached) mountPoint(directory bool) error {
	if directory {
		return makeDirectories(d.destination, mostLinks)
	}
	if err := makeDirectories(filepath.Dir(d.destination), mostLinks); err != nil {
		return err
	}
	if _, err := os.Stat(d.destination); err == nil {
		return nil // a file of the kernel may not be opened only to see that it is there
	}
	file, err := os.OpenFile(d.destination, os.O_CREATE|os.O_WRONLY, 0o644) // hidden by what is mounted
	if err != nil {
		return err
	}
	return file.Close()
}
