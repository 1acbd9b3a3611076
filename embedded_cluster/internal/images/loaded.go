package images

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Loaded are the images of archives. Every name is a file of the directory Names; it says which directory of Roots holds
// the image. Whoever loads replaces such a file, and every node sees it at its next pull: no message is needed.
type Loaded struct{ Names, Roots string }

// Add gives the image this name, from now on.
func (l Loaded) Add(name string, image Image) error {
	content, err := json.Marshal(image)
	if err != nil {
		return err
	}
	half, err := os.CreateTemp(l.Names, "half-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(half.Name()) }() // in vain once it has its name
	_, err = half.Write(content)
	if err := errors.Join(err, half.Close()); err != nil {
		return err
	}
	return os.Rename(half.Name(), l.file(name))
}

func (l Loaded) file(name string) string { return filepath.Join(l.Names, hash(name)+".json") }

func (l Loaded) find(ref reference) (Image, bool, error) {
	name := ref.String()
	if ref.digest != "" {
		name = ref.name() + "@" + ref.digest // it says all; a tag beside it is for the reader
	}
	image, err := l.read(l.file(name))
	if errors.Is(err, os.ErrNotExist) {
		return image, false, nil
	}
	return image, err == nil, err
}

func (l Loaded) read(file string) (Image, error) {
	var image Image
	content, err := os.ReadFile(file)
	if err != nil {
		return image, err
	}
	if err := json.Unmarshal(content, &image); err != nil {
		return image, fmt.Errorf("%s: %w", file, err)
	}
	image.Root = filepath.Join(l.Roots, image.Root)
	return image, nil
}

// all has each once, though it has a second file by its digest.
func (l Loaded) all() ([]Image, error) {
	files, err := filepath.Glob(filepath.Join(l.Names, "*.json"))
	if err != nil {
		return nil, err
	}
	all := make([]Image, 0, len(files))
	for _, file := range files {
		image, err := l.read(file)
		if err != nil {
			return nil, err
		}
		all = append(all, image)
	}
	slices.SortFunc(all, func(a, b Image) int { return strings.Compare(a.Reference, b.Reference) })
	return slices.CompactFunc(all, func(a, b Image) bool { return a.Reference == b.Reference }), nil
}
