package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	"golang.org/x/sys/unix"
)

// entry makes one file of a layer.
func (t *tree) entry(header *tar.Header, content io.Reader, made made) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil // a remark, not a file
	}
	name, err := clean(header.Name)
	if err != nil {
		return err
	}
	if name == "" { // the root itself
		return t.describeRoot(header)
	}
	if hidden, err := t.hidden(name, made); hidden || err != nil {
		return err
	}
	if err := t.makeParents(name); err != nil {
		return err
	}
	d, base, err := t.parent(name)
	if err != nil {
		return err
	}
	made.add(name)
	if err := t.replace(d, base, header.Typeflag == tar.TypeDir); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeDir:
		if err := d.Mkdir(base, plainDirectory); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		t.times[name] = header.ModTime
	case tar.TypeReg, tar.TypeGNUSparse:
		if err := t.regular(d, base, header, content); err != nil {
			return err
		}
	case tar.TypeSymlink:
		if err := d.Symlink(header.Linkname, base); err != nil { // wherever it leads: only a container follows it
			return err
		}
		return t.own(d, base, header)
	case tar.TypeLink:
		return t.link(d, base, header)
	case tar.TypeFifo:
		if err := unix.Mkfifoat(d.descriptor, base, 0o600); err != nil {
			return err
		}
	case tar.TypeChar, tar.TypeBlock:
		return nil // a container's /dev is the cluster's
	default:
		return fmt.Errorf("a file of unknown type %q", header.Typeflag)
	}
	return t.describe(d, base, header)
}

// replace makes way for an entry. A directory stays if it becomes one again.
func (t *tree) replace(d *directory, base string, becomesDirectory bool) error {
	info, err := d.Lstat(base)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() && becomesDirectory {
		return nil
	}
	return d.RemoveAll(base)
}

func (t *tree) regular(d *directory, base string, header *tar.Header, content io.Reader) error {
	file, err := d.OpenFile(base, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	written, err := io.Copy(file, content)
	t.size += uint64(written) //nolint:gosec // not negative
	return errors.Join(err, file.Close())
}

// link makes a second name of a file, or of a link itself, which is not followed.
func (t *tree) link(d *directory, base string, header *tar.Header) error {
	target, err := clean(header.Linkname)
	if err != nil || target == "" {
		return errEscapes
	}
	above, err := t.openDirectory(path.Dir(target))
	if err != nil {
		return fmt.Errorf("a link to %q: %w", header.Linkname, err)
	}
	defer func() { _ = unix.Close(above) }()
	if err := unix.Linkat(above, path.Base(target), d.descriptor, base, 0); err != nil {
		return fmt.Errorf("a link to %q: %w", header.Linkname, err)
	}
	return nil
}

func (t *tree) describeRoot(header *tar.Header) error {
	d, _, err := t.parent("x")
	if err != nil || header.Typeflag != tar.TypeDir {
		return err
	}
	return t.describe(d, ".", header)
}

// describe sets the owner before the mode: a change of owner takes the set-user-id bit away.
func (t *tree) describe(d *directory, base string, header *tar.Header) error {
	if err := t.own(d, base, header); err != nil {
		return err
	}
	mode := header.FileInfo().Mode()
	if mode.IsDir() && !t.Owners {
		mode |= 0o700 // so that its owner can remove it; inside, root may do everything anyway
	}
	if err := d.Chmod(base, mode); err != nil {
		return err
	}
	if mode.IsDir() {
		return nil // its time comes last
	}
	return d.Chtimes(base, time.Time{}, header.ModTime)
}

// capabilities is the one extended attribute that a program needs to run as it should.
const capabilities = "security.capability"

func (t *tree) own(d *directory, base string, header *tar.Header) error {
	if !t.Owners {
		return nil
	}
	if err := d.Lchown(base, header.Uid, header.Gid); err != nil {
		return err
	}
	if value := header.PAXRecords["SCHILY.xattr."+capabilities]; value != "" && header.Typeflag == tar.TypeReg {
		return unix.Lsetxattr(fmt.Sprintf("/proc/self/fd/%d/%s", d.descriptor, base), capabilities, []byte(value), 0)
	}
	return nil
}
