package processruntime

import (
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/runtime/process"
)

// refuse what the id mapping cannot give: with one id mapped, a workload that asks for another must not run as root.
func (s *Server) refuse(config *cri.ContainerConfig, image images.Image) error {
	if !s.config.SingleID {
		return nil
	}
	context := config.GetLinux().GetSecurityContext()
	user := context.GetRunAsUser().GetValue()
	// The kubelet hands a number of the image on as if the pod had said it.
	if own, _, _ := strings.Cut(image.User, ":"); user != 0 && own == strconv.FormatInt(user, 10) {
		return status.Error(codes.InvalidArgument, process.NotMappedImage("user", user))
	}
	wanted := []struct {
		field string
		ids   []int64
	}{
		{"runAsUser", []int64{user}},
		{"runAsGroup", []int64{context.GetRunAsGroup().GetValue()}},
		{"supplementalGroups", context.GetSupplementalGroups()}, // an fsGroup is among them
	}
	for _, w := range wanted {
		for _, id := range w.ids {
			if id != 0 {
				return status.Error(codes.InvalidArgument, process.NotMapped(w.field, id))
			}
		}
	}
	return nil
}
