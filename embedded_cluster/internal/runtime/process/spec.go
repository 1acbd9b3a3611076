// Package process becomes a container: it composes the container's root in the namespaces that it was started in, takes
// on the container's identity and executes the workload, which so is the first process of its PID namespace. It is the
// small program's package: standard library and system calls only.
package process

// Spec says what to become. It is read from a pipe, as JSON.
type Spec struct {
	Exec     bool     `json:"exec,omitempty"`    // in a container that runs already: nothing is set up
	Root     string   `json:"root"`              // an empty directory
	Image    string   `json:"image,omitempty"`   // the directory of the unpacked image; empty: this machine's own tools
	Scratch  string   `json:"scratch,omitempty"` // where what is written over an unpacked image is kept
	Volumes  []string `json:"volumes,omitempty"` // directories that stay writable
	Hostname string   `json:"hostname"`
	Resolv   string   `json:"resolv"`
	Mounts   []Mount  `json:"mounts,omitempty"`
	Masked   []string `json:"masked,omitempty"` // paths of the kernel that are hidden
	Locked   []string `json:"locked,omitempty"` // and those that may only be read
	Args     []string `json:"args"`
	StandIn  bool     `json:"stand_in,omitempty"` // idle instead of Args
	Env      []string `json:"env"`
	Cwd      string   `json:"cwd,omitempty"`
	Identity Identity `json:"identity"`
	ReadOnly bool     `json:"read_only,omitempty"` // the root, not the volumes
	OOMScore int64    `json:"oom_score,omitempty"`
}

// Mount shows a directory or file of the node in the container.
type Mount struct {
	Source            string `json:"source"`
	Inside            string `json:"inside,omitempty"` // only this, of what Source has
	Destination       string `json:"destination"`
	ReadOnly          bool   `json:"read_only,omitempty"`
	RecursiveReadOnly bool   `json:"recursive_read_only,omitempty"`
	NoExec            bool   `json:"no_exec,omitempty"`
	Propagation       uint   `json:"propagation,omitempty"` // MS_SLAVE or MS_SHARED
}

// Identity is whom the workload runs as.
type Identity struct {
	User         string  `json:"user,omitempty"` // a name or a number; of the image, or what the pod asks for
	UID          *int64  `json:"uid,omitempty"`
	GID          *int64  `json:"gid,omitempty"`
	Groups       []int64 `json:"groups,omitempty"`
	StrictGroups bool    `json:"strict_groups,omitempty"` // none from the image's /etc/group
	SingleID     bool    `json:"single_id,omitempty"`     // only id 0 is mapped: groups cannot be set
	Capabilities uint64  `json:"capabilities"`
	Privileged   bool    `json:"privileged,omitempty"`
	NoNewPrivs   bool    `json:"no_new_privs,omitempty"`
}

// Descriptors that the small program is started with, besides the three standard ones.
const (
	SpecDescriptor    = 3
	FailureDescriptor = 4
	ProgramDescriptor = 5 // of the program itself: in a container's mount namespace its path does not exist
)
