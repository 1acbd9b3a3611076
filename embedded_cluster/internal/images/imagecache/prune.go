package imagecache

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/images"
)

// Most is how many bytes the cache keeps. Images that are in use, and the ones named to Prune, are kept in any case.
const Most = 10 << 30

type candidate struct {
	directory string
	size      uint64
	used      time.Time
}

// Prune removes what a killed process has left half made, and the images that were not used for longest until the
// others fit.
func (c Cache) Prune(most uint64, keep ...images.Image) {
	halves, _ := filepath.Glob(filepath.Join(string(c), "*"+partial))
	for _, half := range halves {
		if making, err := lock(strings.TrimSuffix(half, partial)+lockSuffix, unix.LOCK_EX|unix.LOCK_NB); err == nil {
			_ = remove(half)
			_ = making.Close()
		}
	}
	var total uint64
	candidates := c.candidates()
	for _, one := range candidates {
		total += one.size
	}
	for _, one := range candidates {
		if total <= most {
			return
		}
		kept := slices.ContainsFunc(keep, func(image images.Image) bool { return filepath.Dir(image.Root) == filepath.Base(one.directory) })
		if !kept && drop(one.directory) {
			total -= one.size
		}
	}
}

// candidates are the whole images, the longest unused first.
func (c Cache) candidates() []candidate {
	directories, _ := filepath.Glob(filepath.Join(string(c), "sha256-*"))
	var all []candidate
	for _, directory := range directories {
		if strings.HasSuffix(directory, partial) || strings.HasSuffix(directory, lockSuffix) {
			continue
		}
		info, err := os.Stat(filepath.Join(directory, images.UsedLock))
		if err != nil {
			continue
		}
		used := info.ModTime()
		image, err := peek(directory)
		if err == nil {
			all = append(all, candidate{directory, image.Size, used})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return a.used.Compare(b.used) })
	return all
}

// drop removes an image that nobody uses or makes.
func drop(directory string) bool {
	making, err := lock(directory+lockSuffix, unix.LOCK_EX|unix.LOCK_NB)
	if err != nil {
		return false
	}
	defer func() { _ = making.Close() }()
	using, err := lock(filepath.Join(directory, images.UsedLock), unix.LOCK_EX|unix.LOCK_NB)
	if err != nil {
		return false
	}
	defer func() { _ = using.Close() }()
	// Renamed first: if we are killed now, nobody takes what is left of it for an image.
	if err := os.Rename(directory, directory+partial); err != nil {
		return false
	}
	return remove(directory+partial) == nil
}
