package processruntime

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// mountNamespace names the one of a process; every container has its own, and so have the commands run in it.
func mountNamespace(pid int) string {
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid))
	if err != nil {
		return ""
	}
	return name
}

// killRest ends what a container has left behind its first process. Where the PID namespace is the container's own the
// kernel has done so; where it is the pod's, orphans would live on, and a restarted container would meet them.
func killRest(namespace string) {
	if namespace == "" {
		return
	}
	killed := map[int]bool{}
	for found := true; found; { // until none is left: one of them may just be starting another
		found = false
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		for _, entry := range entries {
			pid, err := strconv.Atoi(entry.Name())
			if err == nil && !killed[pid] && mountNamespace(pid) == namespace {
				_ = unix.Kill(pid, unix.SIGKILL)
				found, killed[pid] = true, true
			}
		}
	}
}

// userOf is whom a process runs as: what the pod and its image say, looked up in the image's files, led to that.
func userOf(pid int) *cri.ContainerUser {
	user := &cri.LinuxContainerUser{}
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return &cri.ContainerUser{Linux: user}
	}
	for line := range strings.Lines(string(content)) {
		name, rest, _ := strings.Cut(line, ":")
		ids := numbers(rest)
		switch {
		case name == "Uid" && len(ids) > 0:
			user.Uid = ids[0]
		case name == "Gid" && len(ids) > 0:
			user.Gid = ids[0]
		case name == "Groups":
			user.SupplementalGroups = ids
		}
	}
	return &cri.ContainerUser{Linux: user}
}

func numbers(text string) []int64 {
	var all []int64
	for _, field := range strings.Fields(text) {
		if id, err := strconv.ParseInt(field, 10, 64); err == nil {
			all = append(all, id)
		}
	}
	return all
}
