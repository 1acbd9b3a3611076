package spec

import (
	"fmt"
	"net/netip"
)

// Version is the Kubernetes release that is linked in. The build stamps the same into the components.
const Version = "v1.37.2"

// Cluster is what `up` was asked for.
type Cluster struct {
	Layout
	Nodes          int               `json:"nodes"`
	Owned          bool              `json:"owned"`            // ends with the last shared lock on Layout.Owners
	OnlyAPIServer  bool              `json:"only_api_server"`  // etcd and kube-apiserver alone: the measure of start-up time
	Images         map[string]string `json:"images,omitempty"` // PATTERN=host|stand-in
	ImageArchives  []string          `json:"image_archives,omitempty"`
	ImageCache     string            `json:"image_cache"`      // where images are unpacked, on the host
	KeepOwners     bool              `json:"keep_owners"`      // unpacked files have the owners that the image says
	Loaded         []string          `json:"loaded,omitempty"` // names of the images that were loaded at the start
	Arguments      Arguments         `json:"arguments"`
	ClusterProgram string            `json:"cluster_program"` // path of the big program on the host
}

// Arguments are the user's own, appended to ours, by component.
type Arguments struct {
	APIServer         []string `json:"kube_apiserver,omitempty"`
	ControllerManager []string `json:"kube_controller_manager,omitempty"`
	Scheduler         []string `json:"kube_scheduler,omitempty"`
}

// Ready is the line that `up` prints when the cluster is usable. Durations are in milliseconds.
type Ready struct {
	Kubeconfig   string            `json:"kubeconfig"`
	Version      string            `json:"version"`
	Nodes        []string          `json:"nodes"`
	PID          int               `json:"pid"`
	Directory    string            `json:"dir"`
	Phases       map[string]int64  `json:"phases"`
	Milliseconds int64             `json:"milliseconds"`
	Timings      map[string]string `json:"timings"`
	Images       map[string]string `json:"images"`
	Loaded       []string          `json:"loaded"`
}

// Node is what a node's first process needs to become that node.
type Node struct {
	Name           string            `json:"name"`
	Index          int               `json:"index"`
	Layout         Layout            `json:"layout"`
	ClusterProgram string            `json:"cluster_program"`
	SingleID       bool              `json:"single_id"`
	Images         map[string]string `json:"images,omitempty"`
	ImageCache     string            `json:"image_cache"`
	Kubelet        Kubelet           `json:"kubelet"`
	Credentials    Credentials       `json:"credentials"`
}

// Kubelet is the configuration file of our kubelet.
type Kubelet struct {
	NodeName   string   `json:"node_name"`
	NodeIP     string   `json:"node_ip"`
	BootID     string   `json:"boot_id"` // another one each time that the node is started
	ClusterDNS []string `json:"cluster_dns"`
}

// Credentials are a node's: they are handed over by a pipe and exist only in the node's memory file system.
type Credentials struct {
	Kubeconfig  string `json:"kubeconfig"`
	CA          string `json:"ca"`
	Certificate string `json:"certificate"` // what the kubelet serves with
	Key         string `json:"key"`
}

// Files of the credentials inside the node.
const (
	NodeCA          = "/etc/kubernetes/pki/ca.crt"
	NodeCertificate = "/etc/kubernetes/pki/kubelet.crt"
	NodeKey         = "/etc/kubernetes/pki/kubelet.key"
)

// The address plan. Every cluster uses the same addresses: each has a network namespace of its own.
const (
	ControlPlaneIP = "10.10.0.1"
	NodePrefixBits = 24
	APIServerPort  = 6443
	KubeletPort    = 10250
	ServiceCIDR    = "10.96.0.0/16"
	ServiceIP      = "10.96.0.1" // kubernetes.default
	DNSIP          = "10.96.0.10"
	DNSPort        = 53
	PodCIDR        = "10.244.0.0/16"
	PodPrefixBits  = 24
	MaxNodes       = 100
)

// NodeIP is the address of node index.
func NodeIP(index int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 10, 0, byte(10 + index)}) //nolint:gosec // less than MaxNodes
}

// NodePods is the address range of the pods of node index.
func NodePods(index int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 244, byte(index), 0}), PodPrefixBits) //nolint:gosec // less than MaxNodes
}

// NodeName is the name of node index.
func NodeName(index int) string { return fmt.Sprintf("node-%d", index) }

// Timings are the ones that this cluster shortens, as flags of the component that they belong to.
func Timings() map[string]string {
	return map[string]string{
		"node-monitor-period":       NodeMonitorPeriod,
		"node-monitor-grace-period": NodeMonitorGracePeriod,
		"node-lease-duration":       fmt.Sprintf("%ds", NodeLeaseSeconds),
		"node-status-update":        NodeStatusUpdate,
		"pvclaimbinder-sync-period": ClaimBinderSync,
	}
}

// What a lost node takes to be noticed, shortened from 50 s (grace) of leases of 40 s. A lease is renewed at a quarter
// of its duration, so the grace period still covers more than three renewals.
const (
	NodeMonitorPeriod      = "1s"
	NodeMonitorGracePeriod = "8s"
	NodeLeaseSeconds       = 5
	NodeStatusUpdate       = "1s"
	ClaimBinderSync        = "5s"
)
