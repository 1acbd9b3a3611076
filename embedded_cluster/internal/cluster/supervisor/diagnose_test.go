package supervisor

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestEveryRefusalNamesItsSetting(t *testing.T) {
	kernel := "5.4.0"
	for name, test := range map[string]struct {
		stage string
		errno syscall.Errno
		facts facts
		want  string
	}{
		"AppArmor": {"mounts", unix.EACCES, facts{appArmorRestricts: true, kernel: kernel}, `this machine does not allow: mounts in a namespace of our own: permission denied
  why: kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor takes the rights in a user namespace away
  do:  sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or add an AppArmor profile with ` + "`userns,`" + ` for kworkload-cluster, or run as root`},
		"no user namespaces at all": {"namespaces", unix.ENOSPC, facts{maxUserNamespaces: "0", kernel: kernel}, `this machine does not allow: new user, network, mount, PID, IPC and UTS namespaces: no space left on device
  why: user.max_user_namespaces is 0: the kernel may not make another user namespace
  do:  sudo sysctl user.max_user_namespaces=15000, or run as root`},
		"Debian's switch": {"namespaces", unix.EPERM, facts{cloneForbidden: true, kernel: kernel}, `this machine does not allow: new user, network, mount, PID, IPC and UTS namespaces: operation not permitted
  why: kernel.unprivileged_userns_clone is 0: only root may make a user namespace
  do:  sudo sysctl kernel.unprivileged_userns_clone=1, or run as root`},
		"masked proc": {"proc", unix.EPERM, facts{root: true, kernel: kernel}, `this machine does not allow: mounting /proc in a namespace of our own: operation not permitted
  why: parts of /proc are masked, as in a container, so the kernel refuses a new one to a user namespace
  do:  start the container with --security-opt systempaths=unconfined (Docker) or --security-opt unmask=ALL (Podman)`},
		"seccomp": {"namespaces", unix.EPERM, facts{seccomp: true, kernel: kernel}, `this machine does not allow: new user, network, mount, PID, IPC and UTS namespaces: operation not permitted
  why: a seccomp filter forbids it: we seem to run inside a container
  do:  start the container with --security-opt seccomp=unconfined, or with --privileged`},
		"old kernel": {"bridge", unix.EOPNOTSUPP, facts{kernel: kernel}, `this machine does not allow: a network bridge in a namespace of our own: operation not supported
  why: the kernel (5.4.0) lacks a feature: Linux 5.12 or later with user namespaces, veth and bridge is needed
  do:  load the modules with ` + "`sudo modprobe -a bridge veth`" + `, or use another machine or provider`},
		"anything else": {"link", unix.EPERM, facts{kernel: kernel}, `this machine does not allow: network links in a namespace of our own: operation not permitted
  why: the kernel refused it; the support matrix in the documentation lists what is needed
  do:  run as root, or on a machine that allows user namespaces, or choose another provider`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := explain(test.stage, test.errno, test.facts).Error(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestNotReadyKeepsTheFailingChecks(t *testing.T) {
	body := "[+]ping ok\n[-]etcd failed: reason withheld\n[-]informer-sync failed: reason withheld\nreadyz check failed\n"
	if got, want := notReady(body), "[-]etcd failed: reason withheld, [-]informer-sync failed: reason withheld"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
