package storage

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

func options(node string, parameters map[string]string, modes ...v1.PersistentVolumeAccessMode) controller.ProvisionOptions {
	claim := &v1.PersistentVolumeClaim{Spec: v1.PersistentVolumeClaimSpec{
		AccessModes: modes,
		Resources:   v1.VolumeResourceRequirements{Requests: v1.ResourceList{v1.ResourceStorage: resource.MustParse("1Gi")}},
	}}
	return controller.ProvisionOptions{StorageClass: &storagev1.StorageClass{Parameters: parameters}, PVName: "pvc-1", PVC: claim, SelectedNodeName: node}
}

var shared = map[string]string{spec.SharedParameter: "true"}

func TestProvisionAndDelete(t *testing.T) {
	for name, test := range map[string]struct {
		options controller.ProvisionOptions
		onNode  string
		onHost  func(spec.Layout) string
		node    string
	}{
		"standard": {options("node-1", nil, v1.ReadWriteOnce), spec.VolumesOnNode, func(l spec.Layout) string { return l.Volume("node-1", "pvc-1") }, "node-1"},
		"shared":   {options("", shared, v1.ReadWriteMany), spec.SharedOnNode, func(l spec.Layout) string { return l.SharedVolume("pvc-1") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Provisioner{Layout: spec.Layout{Directory: t.TempDir()}}
			old := syscall.Umask(0o077)
			defer syscall.Umask(old)
			volume, state, err := p.Provision(context.Background(), test.options)
			if err != nil || state != controller.ProvisioningFinished {
				t.Fatal(state, err)
			}
			if got := volume.Spec.HostPath.Path; got != filepath.Join(test.onNode, "pvc-1") {
				t.Errorf("on the node at %s", got)
			}
			node, err := nodeOf(volume)
			if node != test.node || (err != nil) != (test.node == "") {
				t.Errorf("on node %q, %v", node, err)
			}
			if policy := volume.Spec.PersistentVolumeReclaimPolicy; policy != v1.PersistentVolumeReclaimDelete {
				t.Errorf("policy %s", policy)
			}
			directory := test.onHost(p.Layout)
			info, err := os.Stat(directory)
			if err != nil || info.Mode().Perm() != directoryMode {
				t.Fatalf("%v, %v", info, err)
			}
			if err := os.WriteFile(filepath.Join(directory, "data"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := p.Delete(context.Background(), volume); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(directory); !os.IsNotExist(err) {
				t.Errorf("after the deletion: %v", err)
			}
		})
	}
}

func TestWhatCannotBeProvidedIsRefused(t *testing.T) {
	block := options("node-0", nil, v1.ReadWriteOnce)
	mode := v1.PersistentVolumeBlock
	block.PVC.Spec.VolumeMode = &mode
	for want, o := range map[string]controller.ProvisionOptions{
		"access mode ReadWriteMany is not supported: a volume of this class is on one node; use storageClassName: shared": options("node-0", nil, v1.ReadWriteMany),
		"access mode ReadOnlyMany is not supported": options("node-0", nil, v1.ReadWriteOnce, v1.ReadOnlyMany),
		"volumeMode Block is not supported":         block,
		"no node was selected":                      options("", nil, v1.ReadWriteOnce),
	} {
		p := &Provisioner{Layout: spec.Layout{Directory: t.TempDir()}}
		volume, state, err := p.Provision(context.Background(), o)
		if err == nil || !strings.Contains(err.Error(), want) || volume != nil || state != controller.ProvisioningFinished {
			t.Errorf("%s: %v, %v, %v", want, volume, state, err)
		}
	}
}

func TestAForeignVolumeIsNotDeleted(t *testing.T) {
	p := &Provisioner{Layout: spec.Layout{Directory: t.TempDir()}}
	if err := p.Delete(context.Background(), &v1.PersistentVolume{}); err == nil {
		t.Error("no error")
	}
	stray := &v1.PersistentVolume{Spec: v1.PersistentVolumeSpec{PersistentVolumeSource: v1.PersistentVolumeSource{
		HostPath: &v1.HostPathVolumeSource{Path: "/etc"},
	}}}
	if err := p.Delete(context.Background(), stray); err == nil || !strings.Contains(err.Error(), "names no node") {
		t.Errorf("%v", err)
	}
}
