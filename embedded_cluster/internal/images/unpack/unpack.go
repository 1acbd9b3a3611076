// Package unpack turns the layers of an image into one directory.
//
// An image is somebody else's work, so nothing in it may reach a file outside of the directory: every path is resolved
// by the kernel as if the directory were / (openat2 with RESOLVE_IN_ROOT), and what is made is made in an open directory,
// by a name without slashes.
package unpack

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Options say what the files are to be like.
type Options struct {
	// Owners keeps the user and group of each file. Only root of the whole machine can; otherwise all belong to the caller.
	Owners bool
}

// Image unpacks the layers into directory, which must exist and be empty. It returns how many bytes the files have.
func Image(image v1.Image, config v1.ConfigFile, directory string, options Options) (uint64, error) {
	layers, err := image.Layers()
	if err != nil {
		return 0, err
	}
	if len(layers) != len(config.RootFS.DiffIDs) {
		return 0, fmt.Errorf("it has %d layers, and its configuration names %d", len(layers), len(config.RootFS.DiffIDs))
	}
	t, err := newTree(directory, options)
	if err != nil {
		return 0, err
	}
	defer t.close()
	for i, one := range layers {
		if err := t.layer(one, config.RootFS.DiffIDs[i]); err != nil {
			return 0, fmt.Errorf("layer %d of %d: %w", i+1, len(layers), err)
		}
	}
	return t.size, t.finish()
}

// layer unpacks one layer, and checks that it is the one that the image's configuration means.
func (t *tree) layer(layer v1.Layer, wanted v1.Hash) error {
	content, err := layer.Uncompressed()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	sum := sha256.New()
	counted := io.TeeReader(content, sum)
	if err := t.entries(tar.NewReader(counted)); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, counted); err != nil {
		return err
	}
	if actual := hex.EncodeToString(sum.Sum(nil)); wanted.Algorithm != "sha256" || actual != wanted.Hex {
		return fmt.Errorf("its content is sha256:%s, and the image's configuration wants %s", actual, wanted)
	}
	return nil
}

func (t *tree) entries(layer *tar.Reader) error {
	made := made{}
	for {
		header, err := layer.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.entry(header, layer, made); err != nil {
			return fmt.Errorf("%q: %w", header.Name, err)
		}
	}
}

// finish sets the times of the directories, which everything that was put into them has changed.
func (t *tree) finish() error {
	for name, modified := range t.times {
		d, base, err := t.parent(name)
		if err != nil {
			continue // a later layer has taken it away
		}
		if err := d.Chtimes(base, time.Time{}, modified); err != nil {
			return err
		}
	}
	return nil
}
