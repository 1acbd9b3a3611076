package kubelet

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"

	"pytest-kworkload/embedded_cluster/internal/tools/rights"
)

// withinIDs keeps projected volumes from being given to a user who does not exist in our user namespace. The kubelet
// would try for ever, with `lchown: invalid argument`; the runtime refuses such a pod, and says why.
func withinIDs(plugins []volume.VolumePlugin) []volume.VolumePlugin {
	if !rights.SingleID() {
		return plugins
	}
	wrapped := make([]volume.VolumePlugin, len(plugins))
	for i, plugin := range plugins {
		wrapped[i] = ownerlessPlugin{plugin}
	}
	return wrapped
}

type ownerlessPlugin struct{ volume.VolumePlugin }

func (p ownerlessPlugin) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	mounter, err := p.VolumePlugin.NewMounter(spec, pod)
	if err != nil {
		return nil, err
	}
	return ownerlessMounter{mounter}, nil
}

type ownerlessMounter struct{ volume.Mounter }

func (m ownerlessMounter) SetUp(args volume.MounterArgs) error {
	args.FsUser = nil
	return m.Mounter.SetUp(args)
}

func (m ownerlessMounter) SetUpAt(directory string, args volume.MounterArgs) error {
	args.FsUser = nil
	return m.Mounter.SetUpAt(directory, args)
}
