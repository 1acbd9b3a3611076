package controlplane

import "pytest-kworkload/embedded_cluster/internal/spec"

// Object is something that a new cluster starts with: a JSON body and the collection that it is posted to.
type Object struct {
	Path string
	Body any
}

type metadata struct {
	Name        string            `json:"name"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type storageClass struct {
	APIVersion        string            `json:"apiVersion"`
	Kind              string            `json:"kind"`
	Metadata          metadata          `json:"metadata"`
	Provisioner       string            `json:"provisioner"`
	ReclaimPolicy     string            `json:"reclaimPolicy"`
	VolumeBindingMode string            `json:"volumeBindingMode"`
	Parameters        map[string]string `json:"parameters,omitempty"`
}

// Objects are the storage classes: `standard` as kind has it, and `shared` for ReadWriteMany.
func Objects() []Object {
	const path = "/apis/storage.k8s.io/v1/storageclasses"
	class := storageClass{APIVersion: "storage.k8s.io/v1", Kind: "StorageClass", Provisioner: spec.ProvisionerName, ReclaimPolicy: "Delete"}
	standard, shared := class, class
	standard.Metadata = metadata{
		Name: "standard", Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
	}
	standard.VolumeBindingMode = "WaitForFirstConsumer"
	shared.Metadata = metadata{Name: "shared"}
	shared.VolumeBindingMode = "Immediate"
	shared.Parameters = map[string]string{spec.SharedParameter: "true"}
	return []Object{{path, standard}, {path, shared}}
}
