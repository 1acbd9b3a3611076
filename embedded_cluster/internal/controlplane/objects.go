package controlplane

import (
	"maps"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

// Object is something that a new cluster starts with: a JSON body and the collection that it is posted to.
type Object struct {
	Path string
	Body any
}

type metadata struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type manifest = map[string]any

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

// SystemNamespace is where the objects of [DNS] live; the API server makes it soon after it is ready.
const SystemNamespace = "kube-system"

// DNS are the objects by which users and tools find the cluster's DNS, named as in every cluster. On a node its address is
// not forwarded to the endpoint: the service proxy answers there itself, so the label leaves the Service out of the rest.
func DNS() []Object {
	const name, core, discovery = "kube-dns", "/api/v1/namespaces/" + SystemNamespace, "/apis/discovery.k8s.io/v1/namespaces/" + SystemNamespace
	labels := func(extra map[string]string) map[string]string {
		all := map[string]string{
			"k8s-app": name, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "KubeDNS",
			"service.kubernetes.io/service-proxy-name": "kworkload",
		}
		maps.Copy(all, extra)
		return all
	}
	ports := []manifest{
		{"name": "dns", "port": spec.DNSPort, "protocol": "UDP"}, {"name": "dns-tcp", "port": spec.DNSPort, "protocol": "TCP"},
	}
	return []Object{
		{core + "/services", manifest{
			"apiVersion": "v1", "kind": "Service", "metadata": metadata{Name: name, Labels: labels(nil)},
			"spec": manifest{"clusterIP": spec.DNSIP, "ports": ports},
		}},
		{discovery + "/endpointslices", manifest{
			"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
			"metadata": metadata{Name: name, Labels: labels(map[string]string{
				"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "kworkload.io",
			})},
			"ports": ports, "endpoints": []manifest{{"addresses": []string{spec.ControlPlaneIP}, "conditions": manifest{"ready": true}}},
		}},
	}
}
