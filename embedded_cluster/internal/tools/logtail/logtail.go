// Package logtail reads the end of a log, to be shown in a message.
package logtail

import (
	"io"
	"os"
	"strings"
)

// most bounds what is read: a log may have grown large.
const most = 16 << 10

// Of returns the last lines of a file, or why there are none.
func Of(path string, lines int) string {
	content, whole, err := end(path)
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	all := strings.Split(strings.TrimRight(content, "\n"), "\n")
	if !whole {
		all = all[1:] // it may have lost its beginning
	}
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

func end(path string) (content string, whole bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return "", false, err
	}
	start := max(0, info.Size()-most)
	read, err := io.ReadAll(io.NewSectionReader(file, start, most))
	return string(read), start == 0, err
}
