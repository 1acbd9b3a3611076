package processruntime

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/images"
)

// PullImage finds the image, or fails as a registry or as one that says how to provide it.
func (s *Server) PullImage(_ context.Context, request *cri.PullImageRequest) (*cri.PullImageResponse, error) {
	image, err := s.config.Images.Resolve(request.GetImage().GetImage())
	var missing *images.NotFound
	if errors.As(err, &missing) {
		return nil, status.Error(codes.NotFound, err.Error())
	}
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulled[image.Reference] = image
	return &cri.PullImageResponse{ImageRef: image.ID}, s.recordPulled()
}

// find looks by reference, id or digest among the images that are there: the loaded ones, and the pulled ones. It wants
// s.mu held.
func (s *Server) find(wanted *cri.ImageSpec) (images.Image, bool) {
	for _, name := range []string{wanted.GetUserSpecifiedImage(), wanted.GetImage()} {
		if image, found := s.config.Images.FindLoaded(name); found {
			return image, true
		}
		if image, found := s.pulled[name]; found {
			return image, true
		}
	}
	for _, image := range s.present() {
		if name := wanted.GetImage(); name == image.ID || name == image.Digest {
			return image, true
		}
	}
	return images.Image{}, false
}

// present wants s.mu held. What was loaded stands for what was pulled by the same name.
func (s *Server) present() []images.Image {
	loaded, err := s.config.Images.Loaded()
	if err != nil {
		s.config.Log.Error("listing the loaded images", "error", err)
	}
	present := slices.Collect(maps.Values(s.pulled))
	present = slices.DeleteFunc(present, func(image images.Image) bool { return image.Root != images.HostTools })
	return append(loaded, present...)
}

func describeImage(image images.Image) *cri.Image {
	described := &cri.Image{
		Id: image.ID, RepoTags: []string{image.Reference}, RepoDigests: []string{image.Digest},
		Size: image.Size, Spec: &cri.ImageSpec{Image: image.Reference},
	}
	user, _, _ := strings.Cut(image.User, ":") // neither is set if the image does not say, which means root
	if uid, err := strconv.ParseInt(user, 10, 64); err == nil {
		described.Uid = &cri.Int64Value{Value: uid}
	} else {
		described.Username = user
	}
	return described
}

// ListImages lists those that are there.
func (s *Server) ListImages(context.Context, *cri.ListImagesRequest) (*cri.ListImagesResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	response := &cri.ListImagesResponse{}
	for _, image := range s.present() {
		response.Images = append(response.Images, describeImage(image))
	}
	return response, nil
}

// ImageStatus answers empty if the image is not there.
func (s *Server) ImageStatus(_ context.Context, request *cri.ImageStatusRequest) (*cri.ImageStatusResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if image, found := s.find(request.GetImage()); found {
		return &cri.ImageStatusResponse{Image: describeImage(image)}, nil
	}
	return &cri.ImageStatusResponse{}, nil
}

// RemoveImage forgets it.
func (s *Server) RemoveImage(_ context.Context, request *cri.RemoveImageRequest) (*cri.RemoveImageResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if image, found := s.find(request.GetImage()); found {
		delete(s.pulled, image.Reference)
		return &cri.RemoveImageResponse{}, s.recordPulled()
	}
	return &cri.RemoveImageResponse{}, nil
}

// ImageFsInfo is of the file system that the records are on.
func (s *Server) ImageFsInfo(context.Context, *cri.ImageFsInfoRequest) (*cri.ImageFsInfoResponse, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(s.config.StateDir, &stat); err != nil {
		return nil, err
	}
	usage := &cri.FilesystemUsage{
		FsId:       &cri.FilesystemIdentifier{Mountpoint: s.config.StateDir},
		UsedBytes:  &cri.UInt64Value{Value: (stat.Blocks - stat.Bfree) * uint64(stat.Bsize)}, //nolint:gosec // positive
		InodesUsed: &cri.UInt64Value{Value: stat.Files - stat.Ffree},
	}
	return &cri.ImageFsInfoResponse{
		ImageFilesystems: []*cri.FilesystemUsage{usage}, ContainerFilesystems: []*cri.FilesystemUsage{usage},
	}, nil
}
