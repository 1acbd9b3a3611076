package archive

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

// Annotations that carry an image's name, the fullest first.
var nameAnnotations = []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"}

const mostDocument = 8 << 20 // bytes of a manifest, an index or a configuration

// oci reads an OCI image layout.
func oci(from files) ([]Image, error) {
	content, err := from.open("index.json")
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	var index v1.IndexManifest
	if err := json.NewDecoder(io.LimitReader(content, mostDocument)).Decode(&index); err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	found := &variants{blobs: blobs{from}}
	if err := found.collect(index, ""); err != nil {
		return nil, err
	}
	return found.choose()
}

// variants are the images of a layout; those of one name are the same for different platforms.
type variants struct {
	blobs blobs
	order []string
	named map[string][]variant
}

type variant struct {
	descriptor v1.Descriptor
	image      *ociImage
}

func (f *variants) collect(index v1.IndexManifest, inherited string) error {
	for _, descriptor := range index.Manifests {
		name := inherited
		if own := nameOf(descriptor); own != "" {
			name = own
		}
		switch {
		case descriptor.MediaType.IsIndex():
			var inner v1.IndexManifest
			if err := f.blobs.decode(descriptor.Digest, &inner); err != nil {
				return err
			}
			if err := f.collect(inner, name); err != nil {
				return err
			}
		case descriptor.MediaType.IsImage():
			image := &ociImage{blobs: f.blobs, descriptor: descriptor}
			if err := image.load(); err != nil {
				return err
			}
			if image.isArtifact() {
				continue // a signature or an attestation
			}
			if f.named == nil {
				f.named = map[string][]variant{}
			}
			if len(f.named[name]) == 0 {
				f.order = append(f.order, name)
			}
			f.named[name] = append(f.named[name], variant{descriptor, image})
		}
	}
	return nil
}

func nameOf(descriptor v1.Descriptor) string {
	for _, annotation := range nameAnnotations {
		// A bare word may be a tag without a name: what it is the tag of is not said.
		if name := descriptor.Annotations[annotation]; strings.ContainsAny(name, "/:") {
			return name
		}
	}
	return ""
}

// choose returns of each name the variant for this machine.
func (f *variants) choose() ([]Image, error) {
	var images []Image
	for _, name := range f.order {
		all := f.named[name]
		here := slices.IndexFunc(all, func(v variant) bool { return v.descriptor.Platform == nil || runsHere(v.descriptor.Platform) })
		if here < 0 {
			platforms := make([]string, len(all))
			for i, v := range all {
				platforms[i] = v.descriptor.Platform.String()
			}
			return nil, wrongPlatform(names(name), strings.Join(platforms, ", "))
		}
		core, err := partial.CompressedToImage(all[here].image)
		if err != nil {
			return nil, err
		}
		image := Image{Names: names(name), Digest: all[here].descriptor.Digest.String(), Image: core}
		if err := complete(&image); err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return merge(images), nil
}

func names(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// merge makes one image with two names of two entries that differ in the name only.
func merge(images []Image) []Image {
	var merged []Image
	for _, image := range images {
		if same := slices.IndexFunc(merged, func(m Image) bool { return m.Digest == image.Digest }); same >= 0 {
			merged[same].Names = append(merged[same].Names, image.Names...)
			continue
		}
		merged = append(merged, image)
	}
	return merged
}
