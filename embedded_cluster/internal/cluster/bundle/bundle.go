// Package bundle carries the two small programs inside the big one. The build puts them into bin/ before it compiles
// the big one.
package bundle

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

//go:embed all:bin
var programs embed.FS

// ErrMissing says that the big program was compiled before the small ones.
var ErrMissing = errors.New("the small programs are not embedded: build with `make` or the wheel's build hook")

// Extract writes the small programs to the directory of layout.
func Extract(layout spec.Layout) error {
	for _, name := range []string{spec.SupervisorProgram, spec.ProcessProgram} {
		content, err := programs.ReadFile("bin/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			return ErrMissing
		}
		if err != nil {
			return err
		}
		path := layout.Program(name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o700); err != nil {
			return err
		}
	}
	return nil
}
