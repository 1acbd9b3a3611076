package supervisor

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/tools/message"
	"pytest-kworkload/embedded_cluster/internal/tools/rights"
)

// facts are what the machine says of its own limits.
type facts struct {
	root              bool   // of the user namespace that we are in
	appArmorRestricts bool   // kernel.apparmor_restrict_unprivileged_userns = 1 (Ubuntu 23.10 and later)
	cloneForbidden    bool   // kernel.unprivileged_userns_clone = 0 (Debian up to 10, Arch's hardened kernel)
	maxUserNamespaces string // user.max_user_namespaces
	seccomp           bool   // a filter is on: we run inside a container
	kernel            string
}

// diagnose turns a refusal of the kernel into the setting that caused it. The start itself is the probe: every stage is
// really done, in the order of the work, so nothing is tried that is not needed.
func diagnose(stage string, err error) error { return explain(stage, err, gather()) }

func explain(stage string, err error, f facts) error {
	p := &message.Problem{Saw: "this machine does not allow: " + stages[stage], Cause: err}
	if stages[stage] == "" {
		p.Saw = "this machine does not allow: " + stage
	}
	denied := errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES)
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS), f.maxUserNamespaces == "0":
		p.Why = "user.max_user_namespaces is " + f.maxUserNamespaces + ": the kernel may not make another user namespace"
		p.Do = "sudo sysctl user.max_user_namespaces=15000, or run as root"
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EOPNOTSUPP):
		p.Why = "the kernel (" + f.kernel + ") lacks a feature: Linux 5.12 or later with user namespaces, veth and bridge is needed"
		p.Do = "load the modules with `sudo modprobe -a bridge veth`, or use another machine or provider"
	case denied && f.cloneForbidden:
		p.Why = "kernel.unprivileged_userns_clone is 0: only root may make a user namespace"
		p.Do = "sudo sysctl kernel.unprivileged_userns_clone=1, or run as root"
	case denied && f.appArmorRestricts && !f.root:
		p.Why = "kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor takes the rights in a user namespace away"
		p.Do = "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or add an AppArmor profile with `userns,` for kworkload-cluster, or run as root"
	case denied && stage == "proc":
		p.Why = "parts of /proc are masked, as in a container, so the kernel refuses a new one to a user namespace"
		p.Do = "start the container with --security-opt systempaths=unconfined (Docker) or --security-opt unmask=ALL (Podman)"
	case denied && f.seccomp:
		p.Why = "a seccomp filter forbids it: we seem to run inside a container"
		p.Do = "start the container with --security-opt seccomp=unconfined, or with --privileged"
	default:
		p.Why = "the kernel refused it; the support matrix in the documentation lists what is needed"
		p.Do = "run as root, or on a machine that allows user namespaces, or choose another provider"
	}
	return p
}

// stages name the steps in the user's terms.
var stages = map[string]string{
	"namespaces": "new user, network, mount, PID, IPC and UTS namespaces",
	"mounts":     "mounts in a namespace of our own",
	"proc":       "mounting /proc in a namespace of our own",
	"tmpfs":      "mounting a tmpfs in a namespace of our own",
	"bridge":     "a network bridge in a namespace of our own",
	"link":       "network links in a namespace of our own",
	"root":       "composing a node's root from this machine's tools",
}

func gather() facts {
	var system unix.Utsname
	_ = unix.Uname(&system)
	return facts{
		root:              os.Geteuid() == 0,
		appArmorRestricts: setting("kernel/apparmor_restrict_unprivileged_userns") == "1",
		cloneForbidden:    setting("kernel/unprivileged_userns_clone") == "0",
		maxUserNamespaces: setting("user/max_user_namespaces"),
		seccomp:           rights.Status("Seccomp") == "2",
		kernel:            unix.ByteSliceToString(system.Release[:]),
	}
}

func setting(name string) string {
	content, err := os.ReadFile("/proc/sys/" + name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}

// stageError is an error of one of the stages.
type stageError struct {
	stage string
	err   error
}

func (e *stageError) Error() string { return fmt.Sprintf("%s: %v", e.stage, e.err) }
func (e *stageError) Unwrap() error { return e.err }

func (e *stageError) errno() int {
	var number syscall.Errno
	if errors.As(e.err, &number) {
		return int(number)
	}
	return int(unix.EIO)
}
