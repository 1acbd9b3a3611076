package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const mostLinks = 40 // the kernel's own limit

// makeDirectories is os.MkdirAll where links may lead to what is not there yet: an image's /data may be a link to a
// directory that only a volume brings.
func makeDirectories(path string, links int) error {
	if links == 0 {
		return &os.PathError{Op: "mkdir", Path: path, Err: syscall.ELOOP}
	}
	made := "/"
	for part := range strings.SplitSeq(path, "/") {
		above := made
		made = strings.TrimSuffix(made, "/") + "/" + part // not cleaned: .. of a link is of where it leads
		_, err := os.Stat(made)
		if !errors.Is(err, os.ErrNotExist) {
			continue // what is wrong shows when it is used
		}
		target, err := os.Readlink(made)
		if err != nil {
			if err := os.Mkdir(made, 0o755); err != nil {
				return err
			}
			continue
		}
		if !filepath.IsAbs(target) {
			target = above + "/" + target
		}
		if err := makeDirectories(target, links-1); err != nil {
			return err
		}
	}
	return nil
}
