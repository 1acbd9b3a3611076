// Package internal has no code of its own, only what holds for all of its folders.
package internal

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The table of the README has the folders from the top down.
func TestFoldersImportOnlyFromThoseBelow(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(string(readme), -1) {
		folders = append(folders, row[1])
	}
	below := func(path string) int { return slices.Index(folders, strings.Split(path, "/")[0]) }
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, "/") || !strings.HasSuffix(path, ".go") {
			return err
		}
		if below(path) < 0 {
			t.Errorf("%s is in none of the README's folders: %q", path, folders)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imported := range file.Imports {
			name, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			if _, ours, found := strings.Cut(name, "/internal/"); found && strings.HasPrefix(name, "pytest-kworkload/") && below(ours) < below(path) {
				t.Errorf("%s imports %s, which is above it", path, ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
