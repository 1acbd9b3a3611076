package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image is a small image for an architecture.
func image(t *testing.T, architecture string) v1.Image {
	t.Helper()
	layer, err := random.Layer(1000, types.OCILayer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := mutate.AppendLayers(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := made.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", architecture
	if made, err = mutate.ConfigFile(made, config); err != nil {
		t.Fatal(err)
	}
	return made
}

func here(t *testing.T) v1.Image { return image(t, runtime.GOARCH) }

type entry struct {
	name string
	what mutate.Appendable
}

// ociLayout is a directory with these images, by their names.
func ociLayout(t *testing.T, entries ...entry) string {
	t.Helper()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, one := range entries {
		addendum := mutate.IndexAddendum{Add: one.what}
		if one.name != "" {
			addendum.Annotations = map[string]string{"org.opencontainers.image.ref.name": one.name}
		}
		index = mutate.AppendManifests(index, addendum)
	}
	directory := t.TempDir()
	if _, err := layout.Write(directory, index); err != nil {
		t.Fatal(err)
	}
	return directory
}

// platforms is an index of the same image for these architectures.
func platforms(t *testing.T, architectures ...string) v1.ImageIndex {
	t.Helper()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range architectures {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image(t, architecture), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	return index
}

func dockerArchive(t *testing.T, images map[string]v1.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "images.tar")
	references := map[name.Reference]v1.Image{}
	for text, image := range images {
		reference, err := name.ParseReference(text)
		if err != nil {
			t.Fatal(err)
		}
		references[reference] = image
	}
	if err := tarball.MultiRefWriteToFile(path, references); err != nil {
		t.Fatal(err)
	}
	return path
}

// packed is a directory as a tar file.
func packed(t *testing.T, directory string) string {
	t.Helper()
	var content bytes.Buffer
	writer := tar.NewWriter(&content)
	if err := writer.AddFS(os.DirFS(directory)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return written(t, content.Bytes())
}

func zipped(t *testing.T, path string) string {
	t.Helper()
	plain, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	writer := gzip.NewWriter(&content)
	if _, err := writer.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return written(t, content.Bytes())
}

func written(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func cut(t *testing.T, path string, bytes int64) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, content[:int64(len(content))-bytes])
}

// opened has the names and ids of an archive's images, and whether their layers can be read.
func opened(t *testing.T, path string) map[string]string {
	t.Helper()
	archive, err := Open(path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	found := map[string]string{}
	for _, one := range archive.Images {
		layers, err := one.Image.Layers()
		if err != nil || len(layers) != 1 {
			t.Fatalf("%d layers, %v", len(layers), err)
		}
		content, err := layers[0].Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			t.Fatal(err)
		}
		found[strings.Join(one.Names, ",")] = one.ID
	}
	return found
}

func id(t *testing.T, image v1.Image) string {
	t.Helper()
	digest, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func TestEveryFormTellsTheSame(t *testing.T) {
	web := here(t)
	directory := ociLayout(t, entry{"example.com/web:1", web})
	archive := dockerArchive(t, map[string]v1.Image{"example.com/web:1": web})
	for form, path := range map[string]string{
		"layout": directory, "layout as tar": packed(t, directory), "layout as tar.gz": zipped(t, packed(t, directory)),
		"docker": archive, "docker as tar.gz": zipped(t, archive),
	} {
		t.Run(form, func(t *testing.T) {
			found := opened(t, path)
			if len(found) != 1 || found["example.com/web:1"] != id(t, web) {
				t.Errorf("%v", found)
			}
		})
	}
}

func TestSeveralImages(t *testing.T) {
	web, db := here(t), here(t)
	for form, path := range map[string]string{
		"layout": ociLayout(t, entry{"web:1", web}, entry{"db:2", db}, entry{"web:latest", web}),
		"docker": dockerArchive(t, map[string]v1.Image{"web:1": web, "web:latest": web, "db:2": db}),
	} {
		t.Run(form, func(t *testing.T) {
			found := map[string]string{}
			for names, id := range opened(t, path) {
				for text := range strings.SplitSeq(names, ",") {
					reference, err := name.ParseReference(text)
					if err != nil {
						t.Fatal(err)
					}
					found[reference.Name()] = id
				}
			}
			prefix := "index.docker.io/library/"
			if len(found) != 3 || found[prefix+"web:1"] != id(t, web) || found[prefix+"web:latest"] != id(t, web) || found[prefix+"db:2"] != id(t, db) {
				t.Errorf("%v", found)
			}
		})
	}
}

func TestOfAnIndexThisMachinesPlatform(t *testing.T) {
	index := platforms(t, "s390x", runtime.GOARCH)
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	mine, err := index.Image(manifest.Manifests[1].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if found := opened(t, ociLayout(t, entry{"web:1", index})); len(found) != 1 || found["web:1"] != id(t, mine) {
		t.Errorf("%v, want %s", found, id(t, mine))
	}
}

func TestABareTagIsNoName(t *testing.T) {
	if found := opened(t, ociLayout(t, entry{"latest", here(t)})); len(found) != 1 || found[""] == "" {
		t.Errorf("%v", found)
	}
}
