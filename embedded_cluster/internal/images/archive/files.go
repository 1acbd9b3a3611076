package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// files are the files of an archive, by name.
type files interface {
	has(name string) bool
	open(name string) (io.ReadCloser, error)
	tar() string // the path of the tar file without compression; empty for a directory
	Close() error
}

func open(path, scratch string) (files, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, &message.Problem{
			Saw: "image archive " + path, Why: "it cannot be read", Do: "check the path and its rights", Cause: bare(err),
		}
	case info.IsDir():
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, &message.Problem{Saw: "image archive " + path, Why: "it cannot be read", Do: "check its rights", Cause: bare(err)}
		}
		return directory{root}, nil
	case !info.Mode().IsRegular():
		return nil, &message.Problem{
			Saw: "image archive " + path, Why: "it is neither a file nor a directory", Do: "write the archive to a file first: it is read more than once",
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &message.Problem{Saw: "image archive " + path, Why: "it cannot be read", Do: "check its rights", Cause: bare(err)}
	}
	if file, err = plain(file, scratch); err != nil {
		return nil, unreadable(path, err)
	}
	contents, err := scan(file)
	if err != nil {
		_ = file.Close()
		return nil, unreadable(path, err)
	}
	return contents, nil
}

// bare drops the path, which the message has already.
func bare(err error) error {
	var wrapped *os.PathError
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func unreadable(path string, err error) error {
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, io.EOF) {
		return &message.Problem{
			Saw: path + " is not an image archive", Why: "it is not a tar file, with or without gzip",
			Do: "make one with `docker save`, `podman save`, or `skopeo copy ... oci-archive:FILE`",
		}
	}
	var full *message.Problem
	if disk := message.Disk(os.TempDir(), err); errors.As(disk, &full) {
		return disk
	}
	return Damaged(path, err)
}

// directory is an archive that is a directory. Links do not lead out of it.
type directory struct{ *os.Root }

func (d directory) has(name string) bool {
	_, err := d.Stat(name)
	return err == nil
}

func (d directory) open(name string) (io.ReadCloser, error) { return d.Open(name) }
func (directory) tar() string                               { return "" }

// tarFile is an archive that is a tar file: where each of its files begins, so that nothing is copied out of it.
type tarFile struct {
	*os.File
	members map[string]member
}

type member struct{ offset, size int64 }

func (t *tarFile) has(name string) bool {
	_, found := t.members[name]
	return found
}

func (t *tarFile) open(name string) (io.ReadCloser, error) {
	m, found := t.members[name]
	if !found {
		return nil, fmt.Errorf("%s is not in it", name)
	}
	return io.NopCloser(io.NewSectionReader(t.File, m.offset, m.size)), nil
}

// tar is a path that works also if the file has no name any more.
func (t *tarFile) tar() string { return fmt.Sprintf("/proc/self/fd/%d", t.Fd()) }

// scan goes through the headers to the end, so it notices if the end is missing.
func scan(file *os.File) (*tarFile, error) {
	t := &tarFile{File: file, members: map[string]member{}}
	reader := tar.NewReader(file)
	var last member
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) && len(t.members) > 0 {
			return t, t.ends(last)
		}
		if err != nil {
			return nil, err
		}
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		last = member{offset, header.Size}
		t.members[path.Clean(header.Name)] = last
	}
}

// ends checks that the mark of the end follows the last member. Without it a tar file may have been cut between two.
func (t *tarFile) ends(last member) error {
	const block = 512
	info, err := t.Stat()
	if err != nil {
		return err
	}
	if info.Size() < (last.offset+last.size+block-1)/block*block+block {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// plain returns the file itself, or what a gzip'ed one holds, in a file without a name.
func plain(file *os.File, scratch string) (*os.File, error) {
	buffered := bufio.NewReader(file)
	magic, _ := buffered.Peek(2)
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		_, err := file.Seek(0, io.SeekStart)
		return file, err
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, err
	}
	copied, err := os.CreateTemp(scratch, "archive-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(copied.Name())
	_, err = io.Copy(copied, unzipped) //nolint:gosec // however big: it is the user's own archive
	if err == nil {
		_, err = copied.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = copied.Close()
		return nil, err
	}
	return copied, nil
}
