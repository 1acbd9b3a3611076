// Package archive reads the images of an archive: what `docker save` writes, or an OCI image layout, as a directory or a
// tar file, gzip'ed or not. It reads only what says which images there are; the layers are read when they are unpacked.
package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// Image is one image of an archive, for this machine.
type Image struct {
	Names  []string // as the archive has them, not completed
	Digest string   // of its manifest, sha256:...; empty if the archive has none
	ID     string   // of its configuration, sha256:...
	Config v1.ConfigFile
	Image  v1.Image
}

// Archive is an open archive.
type Archive struct {
	Images []Image
	files  files
}

// Open reads which images the archive has. What a gzip'ed one holds is put beside scratch until Close.
func Open(path, scratch string) (*Archive, error) {
	files, err := open(path, scratch)
	if err != nil {
		return nil, err
	}
	a := &Archive{files: files}
	if a.Images, err = read(files); err != nil {
		_ = a.Close()
		var problem *message.Problem
		if !errors.As(err, &problem) {
			err = Damaged(path, err)
		} else {
			problem.Saw = path + ": " + problem.Saw
		}
		return nil, err
	}
	return a, nil
}

// Close lets go of the archive.
func (a *Archive) Close() error { return a.files.Close() }

func read(from files) ([]Image, error) {
	var images []Image
	var err error
	switch {
	case from.has("manifest.json") && from.tar() != "": // newer ones have an index.json too, which does not say the names in full
		images, err = docker(from)
	case from.has("index.json"):
		images, err = oci(from)
	default:
		return nil, &message.Problem{
			Saw: "neither manifest.json nor index.json is in it", Why: "so it is no image archive",
			Do: "make one with `docker save`, `podman save`, or `skopeo copy ... oci-archive:FILE`",
		}
	}
	if err != nil {
		return nil, err
	}
	if len(images) == 0 {
		return nil, &message.Problem{Saw: "it holds no image", Why: "its list of images is empty", Do: "save it again, naming an image"}
	}
	return images, nil
}

// complete reads the configuration of an image and checks that this machine can run it.
func complete(image *Image) error {
	raw, err := image.Image.RawConfigFile()
	if err != nil {
		return err
	}
	digest, _, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	image.ID = digest.String()
	if err := json.Unmarshal(raw, &image.Config); err != nil {
		return fmt.Errorf("the configuration of %v: %w", image.Names, err)
	}
	if platform := image.Config.Platform(); !runsHere(platform) {
		return wrongPlatform(image.Names, platform.String())
	}
	return nil
}

// runsHere: what an image does not say is not held against it.
func runsHere(p *v1.Platform) bool {
	return (p.OS == "" || p.OS == "linux") && (p.Architecture == "" || p.Architecture == runtime.GOARCH)
}

func wrongPlatform(names []string, platforms string) error {
	what := "the image"
	if len(names) > 0 {
		what = names[0]
	}
	return &message.Problem{
		Saw: fmt.Sprintf("%s is for %s", what, platforms), Why: "this machine is linux/" + runtime.GOARCH + " and emulates no other",
		Do: "save it for this platform, for example `docker save --platform linux/" + runtime.GOARCH + " ...`",
	}
}

// Damaged says that an archive is not what it claims to be.
func Damaged(path string, err error) error {
	why := "its parts do not fit together"
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		why = "it ends too early: it was not written or copied to its end"
	}
	return &message.Problem{Saw: path + " is a damaged image archive", Why: why, Do: "save or copy it again", Cause: err}
}
