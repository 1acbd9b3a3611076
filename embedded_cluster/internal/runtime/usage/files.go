package usage

import (
	"io/fs"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Files is what is written to a file system or below a directory.
type Files struct {
	Bytes, Inodes uint64
	Disk          bool // on the file system of the directory; otherwise in memory
}

// Written is what a container has written to its root, which its first process has: to memory, or above an unpacked image
// in a directory, which may again be memory that only the container sees.
func (p Proc) Written(first int, upper string) (Files, error) {
	var root, below unix.Statfs_t
	if err := unix.Statfs(p.path(first, "root"), &root); err != nil {
		return Files{}, err
	}
	// An overlay tells of the file system that its upper layer is on.
	if err := unix.Statfs(upper, &below); err == nil && below.Blocks == root.Blocks && below.Files == root.Files {
		return under(upper), nil
	}
	size := uint64(root.Bsize) //nolint:gosec // a block size is positive
	return Files{Bytes: (root.Blocks - root.Bfree) * size, Inodes: root.Files - root.Ffree}, nil
}

// under leaves out what goes away meanwhile.
func under(directory string) Files {
	const block = 512 // of st_blocks, whatever the file system's
	files := Files{Disk: true}
	_ = filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == directory {
			return nil //nolint:nilerr // the rest still counts
		}
		if info, err := entry.Info(); err == nil {
			files.Inodes++
			if stat, ok := info.Sys().(*syscall.Stat_t); ok {
				files.Bytes += uint64(stat.Blocks) * block //nolint:gosec // positive
			}
		}
		return nil
	})
	return files
}
