package processruntime

import (
	"fmt"

	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/runtime/process"
)

// mount is what a volume becomes. It wants s.mu held.
func (s *Server) mount(mount *cri.Mount) process.Mount {
	made := process.Mount{
		Source: mount.GetHostPath(), Destination: mount.GetContainerPath(),
		ReadOnly: mount.GetReadonly(), RecursiveReadOnly: mount.GetRecursiveReadOnly(),
		Propagation: propagation(mount.GetPropagation()),
	}
	if mount.GetImage().GetImage() != "" {
		image, _ := s.find(mount.GetImage()) // it was when the container was created
		made.Source, made.Inside = image.Root, mount.GetImageSubPath()
		made.RecursiveReadOnly, made.NoExec = true, true // as the API promises
	}
	return made
}

// checkImages: an image volume shows files of an unpacked image. It wants s.mu held.
func (s *Server) checkImages(mounts []*cri.Mount) error {
	for _, mount := range mounts {
		if mount.GetImage().GetImage() == "" {
			continue
		}
		image, found := s.find(mount.GetImage())
		if !found {
			return notFound("image", mount.GetImage().GetImage())
		}
		if image.Root == images.HostTools {
			return fmt.Errorf("image volume %s: %s has no files of its own here, it is this machine's tools. Load an archive of it",
				mount.GetContainerPath(), image.Reference)
		}
	}
	return nil
}

func propagation(p cri.MountPropagation) uint {
	switch p {
	case cri.MountPropagation_PROPAGATION_HOST_TO_CONTAINER:
		return unix.MS_SLAVE
	case cri.MountPropagation_PROPAGATION_BIDIRECTIONAL:
		return unix.MS_SHARED
	}
	return 0
}
