package processruntime

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/process"
)

// refuse what the id mapping cannot give: with one id mapped, a workload that asks for another must not run as root.
func (s *Server) refuse(config *cri.ContainerConfig) error {
	if !s.config.SingleID {
		return nil
	}
	context := config.GetLinux().GetSecurityContext()
	wanted := []struct {
		field string
		ids   []int64
	}{
		{"runAsUser (or the image's user)", []int64{context.GetRunAsUser().GetValue()}},
		{"runAsGroup", []int64{context.GetRunAsGroup().GetValue()}},
		{"supplementalGroups or fsGroup", context.GetSupplementalGroups()},
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
