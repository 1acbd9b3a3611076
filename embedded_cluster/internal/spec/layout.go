// Package spec holds what the programs of the cluster tell one another: where things lie, and how a cluster and a node
// are to be set up. It is plain data and standard library only, for it is part of the small programs too.
package spec

import "path/filepath"

// Where things lie inside a node's own root.
const (
	ProgramsOnNode   = "/opt/kworkload/bin"
	RuntimeSocket    = "/run/kworkload/runtime.sock"
	RuntimeState     = "/var/lib/kworkload/runtime"
	VolumesOnNode    = "/var/lib/kworkload/volumes"
	SharedOnNode     = "/var/lib/kworkload/shared"
	ImageNamesOnNode = "/var/lib/kworkload/image-names"
	ImagesOnNode     = "/var/lib/kworkload/images"
	KubeletRoot      = "/var/lib/kubelet"
	PodLogs          = "/var/log/pods"
	KubeletConfig    = "/etc/kubernetes/kubelet.json"
	Kubeconfig       = "/etc/kubernetes/kubeconfig"
)

// EtcdEndpoint is on the loopback of the cluster's own network namespace: neither the host nor a pod can reach it.
const EtcdEndpoint = "http://127.0.0.1:2379"

// GateVariable names the file descriptor of the pipe that holds a component back until the API server is ready.
const GateVariable = "KWORKLOAD_GATE"

// Names of the programs.
const (
	ClusterProgram    = "kworkload-cluster"
	SupervisorProgram = "kworkload-supervisor"
	ProcessProgram    = "kworkload-process"
)

// Names that the storage classes and their provisioner share.
const (
	ProvisionerName = "kworkload.io/directory"
	SharedParameter = "shared"
)

// Layout is the cluster's directory on the host's file system.
type Layout struct {
	Directory string `json:"directory"`
}

func (l Layout) at(parts ...string) string {
	return filepath.Join(append([]string{l.Directory}, parts...)...)
}

func (l Layout) Kubeconfig() string          { return l.at("kubeconfig") }   // for the user, by the host's loopback
func (l Layout) Spec() string                { return l.at("cluster.json") } // also marks the directory as ours
func (l Layout) Owners() string              { return l.at("owners.lock") }  // shared lock: who needs the cluster
func (l Layout) Kept() string                { return l.at("kept") }         // marks a cluster that goes on without an owner
func (l Layout) Alive() string               { return l.at("alive.lock") }   // exclusive lock: held while it runs
func (l Layout) Control() string             { return l.at("control.sock") } // for faults
func (l Layout) Program(name string) string  { return l.at("bin", name) }
func (l Layout) Log(component string) string { return l.at("logs", component+".log") }
func (l Layout) Node(node string) string     { return l.at("nodes", node) }        // its disk
func (l Layout) NodeVar(node string) string  { return l.at("nodes", node, "var") } // the node's /var
func (l Layout) Shared() string              { return l.at("shared") }

// ImageNames has a file for each name of an image that was loaded from an archive.
func (l Layout) ImageNames() string { return l.at("images") }

// Run is a memory file system of the control plane's: what is secret or is written often.
func (l Layout) Run() string          { return l.at("run") }
func (l Layout) Certificates() string { return l.at("run", "pki") }
func (l Layout) Etcd() string         { return l.at("run", "etcd") }

// Root is where a node composes its root; outside the node it is an empty directory.
func (l Layout) Root(node string) string { return l.at("nodes", node, "root") }

// Volume is the directory of a volume of one node; below the node's /var, so that the node has it at [VolumesOnNode].
func (l Layout) Volume(node, name string) string {
	return filepath.Join(l.NodeVar(node), "lib/kworkload/volumes", name)
}

// SharedVolume is the directory of a volume that all nodes have, at [SharedOnNode].
func (l Layout) SharedVolume(name string) string { return filepath.Join(l.Shared(), name) }
