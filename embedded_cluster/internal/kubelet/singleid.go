package kubelet

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
)

// unowned is a volume plugin that gives its files to nobody else. With a single id mapped nothing can be given away, and
// a pod that asks for it would wait for ever on "chown: invalid argument". So its volumes are set up, and the runtime
// refuses its containers with the reason.
type unowned struct{ volume.VolumePlugin }

// NewMounter is the plugin's.
func (p unowned) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	mounter, err := p.VolumePlugin.NewMounter(spec, pod)
	if err != nil {
		return nil, err
	}
	return unownedMounter{mounter}, nil
}

type unownedMounter struct{ volume.Mounter }

// SetUp is the mounter's.
func (m unownedMounter) SetUp(arguments volume.MounterArgs) error {
	arguments.FsUser, arguments.FsGroup = nil, nil
	return m.Mounter.SetUp(arguments)
}

// SetUpAt is the mounter's.
func (m unownedMounter) SetUpAt(directory string, arguments volume.MounterArgs) error {
	arguments.FsUser, arguments.FsGroup = nil, nil
	return m.Mounter.SetUpAt(directory, arguments)
}
