package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// blobs are the content-addressed files of a layout.
type blobs struct{ files files }

func (b blobs) open(digest v1.Hash) (io.ReadCloser, error) {
	return b.files.open("blobs/" + digest.Algorithm + "/" + digest.Hex)
}

// read returns a document, which must be what its digest says.
func (b blobs) read(digest v1.Hash) ([]byte, error) {
	content, err := b.open(digest)
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	document, err := io.ReadAll(io.LimitReader(content, mostDocument))
	if err != nil {
		return nil, err
	}
	if actual, _, err := v1.SHA256(bytes.NewReader(document)); err != nil || actual != digest {
		return nil, fmt.Errorf("blob %s is really %s", digest, actual)
	}
	return document, nil
}

func (b blobs) decode(digest v1.Hash, into any) error {
	document, err := b.read(digest)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, into)
}

// ociImage is an image of a layout, as go-containerregistry wants it.
type ociImage struct {
	blobs      blobs
	descriptor v1.Descriptor
	raw        []byte
	manifest   v1.Manifest
}

var _ partial.CompressedImageCore = (*ociImage)(nil)

func (i *ociImage) load() (err error) {
	if i.raw, err = i.blobs.read(i.descriptor.Digest); err != nil {
		return err
	}
	return json.Unmarshal(i.raw, &i.manifest)
}

func (i *ociImage) isArtifact() bool {
	media := i.manifest.Config.MediaType
	unknown := i.descriptor.Platform != nil && i.descriptor.Platform.OS == "unknown"
	return unknown || (media != types.OCIConfigJSON && media != types.DockerConfigJSON)
}

func (i *ociImage) MediaType() (types.MediaType, error) { return i.descriptor.MediaType, nil }
func (i *ociImage) RawManifest() ([]byte, error)        { return i.raw, nil }
func (i *ociImage) RawConfigFile() ([]byte, error)      { return i.blobs.read(i.manifest.Config.Digest) }

func (i *ociImage) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, descriptor := range i.manifest.Layers {
		if descriptor.Digest == digest {
			return &ociLayer{i.blobs, descriptor}, nil
		}
	}
	return nil, fmt.Errorf("layer %s is not in the manifest", digest)
}

type ociLayer struct {
	blobs      blobs
	descriptor v1.Descriptor
}

func (l *ociLayer) Digest() (v1.Hash, error)            { return l.descriptor.Digest, nil }
func (l *ociLayer) Size() (int64, error)                { return l.descriptor.Size, nil }
func (l *ociLayer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }
func (l *ociLayer) Compressed() (io.ReadCloser, error)  { return l.blobs.open(l.descriptor.Digest) }
