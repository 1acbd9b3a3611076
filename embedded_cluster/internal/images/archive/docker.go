package archive

import (
	"io"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// docker reads what `docker save` writes.
func docker(from files) ([]Image, error) {
	opener := func() (io.ReadCloser, error) { return os.Open(from.tar()) }
	manifest, err := tarball.LoadManifest(opener)
	if err != nil {
		return nil, err
	}
	var images []Image
	for _, descriptor := range manifest {
		image := Image{Names: named(descriptor.RepoTags)}
		var tag *name.Tag
		if len(image.Names) > 0 {
			parsed, err := name.NewTag(image.Names[0])
			if err != nil {
				return nil, badName(image.Names[0], err)
			}
			tag = &parsed
		} else if len(manifest) > 1 {
			return nil, &message.Problem{
				Saw: "one of its images has no name", Why: "it holds several, so which one a name is for cannot be told",
				Do: "save each image to an archive of its own, or save them by their names and not by their ids",
			}
		}
		if image.Image, err = tarball.Image(opener, tag); err != nil {
			return nil, err
		}
		if err := complete(&image); err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return images, nil
}

// named leaves out how old versions wrote that there is no name.
func named(tags []string) []string {
	var names []string
	for _, tag := range tags {
		if !strings.Contains(tag, "<none>") {
			names = append(names, tag)
		}
	}
	return names
}

func badName(text string, err error) error {
	return &message.Problem{Saw: "image name " + text, Why: "no pod could ask for it", Do: "tag the image anew and save it again", Cause: err}
}
