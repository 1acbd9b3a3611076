// Package storage provisions volumes as directories, the way kind's local-path provisioner does: class `standard` makes
// one on the node that the scheduler chose, class `shared` one that all nodes see. A class of the user's that allows it
// has volumes that grow.
package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

// Provisioner makes and removes the directories. It sees them where the supervisor keeps them; a pod's node sees the
// same directories below [spec.VolumesOnNode] and [spec.SharedOnNode].
type Provisioner struct {
	Layout spec.Layout
}

var _ controller.Provisioner = (*Provisioner)(nil)

const directoryMode = 0o777 // as local-path-provisioner: pods run under any user

// Run serves claims of both classes, and of every other one that names this provisioner, until ctx ends.
func Run(ctx context.Context, client kubernetes.Interface, layout spec.Layout) {
	go resize(ctx, client)
	controller.NewProvisionController(ctx, client, spec.ProvisionerName, &Provisioner{Layout: layout},
		controller.LeaderElection(false),
		controller.MetricsPort(0),
	).Run(ctx)
}

// Provision makes the directory and describes it as a volume.
func (p *Provisioner) Provision(_ context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	shared := options.StorageClass.Parameters[spec.SharedParameter] == "true"
	if err := refuse(options.PVC, shared); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	directory, onNode := p.Layout.Volume(options.SelectedNodeName, options.PVName), filepath.Join(spec.VolumesOnNode, options.PVName)
	if shared {
		directory, onNode = p.Layout.SharedVolume(options.PVName), filepath.Join(spec.SharedOnNode, options.PVName)
	} else if options.SelectedNodeName == "" {
		return nil, controller.ProvisioningFinished, errors.New("no node was selected: a class of this provisioner without " +
			spec.SharedParameter + "=true needs volumeBindingMode WaitForFirstConsumer")
	}
	if err := makeDirectory(directory); err != nil {
		return nil, controller.ProvisioningFinished, fmt.Errorf("making the directory of the volume: %w", err)
	}
	return describe(options, onNode, shared), controller.ProvisioningFinished, nil
}

// Delete removes the volume's directory with all its data.
func (p *Provisioner) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	if volume.Spec.HostPath == nil {
		return fmt.Errorf("volume %s has no hostPath: it was not made by this provisioner", volume.Name)
	}
	if filepath.Dir(volume.Spec.HostPath.Path) == spec.SharedOnNode {
		return os.RemoveAll(p.Layout.SharedVolume(volume.Name))
	}
	node, err := nodeOf(volume)
	if err != nil {
		return err
	}
	return os.RemoveAll(p.Layout.Volume(node, volume.Name))
}

func refuse(claim *v1.PersistentVolumeClaim, shared bool) error {
	for _, mode := range claim.Spec.AccessModes {
		if !shared && mode != v1.ReadWriteOnce && mode != v1.ReadWriteOncePod {
			return fmt.Errorf("access mode %s is not supported: a volume of this class is on one node; use storageClassName: shared", mode)
		}
	}
	if claim.Spec.Selector != nil {
		return errors.New("claim.spec.selector is not supported by this provisioner")
	}
	if claim.Spec.VolumeMode != nil && *claim.Spec.VolumeMode == v1.PersistentVolumeBlock {
		return errors.New("volumeMode Block is not supported: volumes are directories")
	}
	return nil
}

// makeDirectory is apart from the process's umask, which would take the write permission from other users.
func makeDirectory(path string) error {
	if err := os.MkdirAll(path, directoryMode); err != nil {
		return err
	}
	return os.Chmod(path, directoryMode)
}

func describe(options controller.ProvisionOptions, path string, shared bool) *v1.PersistentVolume {
	kind := v1.HostPathDirectory
	volume := &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: reclaimPolicy(options.StorageClass),
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: options.PVC.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeSource:        v1.PersistentVolumeSource{HostPath: &v1.HostPathVolumeSource{Path: path, Type: &kind}},
		},
	}
	if !shared {
		volume.Spec.NodeAffinity = onlyOn(options.SelectedNodeName)
	}
	return volume
}

func reclaimPolicy(class *storagev1.StorageClass) v1.PersistentVolumeReclaimPolicy {
	if class.ReclaimPolicy == nil {
		return v1.PersistentVolumeReclaimDelete
	}
	return *class.ReclaimPolicy
}

func onlyOn(node string) *v1.VolumeNodeAffinity {
	return &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{
		MatchExpressions: []v1.NodeSelectorRequirement{{
			Key: v1.LabelHostname, Operator: v1.NodeSelectorOpIn, Values: []string{node},
		}},
	}}}}
}

func nodeOf(volume *v1.PersistentVolume) (string, error) {
	if affinity := volume.Spec.NodeAffinity; affinity != nil && affinity.Required != nil {
		for _, term := range affinity.Required.NodeSelectorTerms {
			for _, expression := range term.MatchExpressions {
				if expression.Key == v1.LabelHostname && len(expression.Values) == 1 {
					return expression.Values[0], nil
				}
			}
		}
	}
	return "", fmt.Errorf("volume %s names no node in its nodeAffinity", volume.Name)
}
