// Package rights says what this process may do, from what the kernel says of it.
package rights

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Privileged is true if this process may make namespaces without a user namespace of its own.
func Privileged() bool {
	effective, err := strconv.ParseUint(Status("CapEff"), 16, 64)
	return err == nil && effective&(1<<unix.CAP_SYS_ADMIN) != 0 && effective&(1<<unix.CAP_NET_ADMIN) != 0
}

// SingleID is true if only one user id exists here, so that nothing can run as another user than root.
func SingleID() bool {
	mapping, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || singleID(string(mapping))
}

// Status is a field of /proc/self/status; empty if there is none.
func Status(field string) string {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, value, _ := strings.Cut(lines.Text(), ":"); name == field {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func singleID(idMap string) bool {
	lines := strings.Split(strings.TrimSpace(idMap), "\n")
	fields := strings.Fields(lines[0])
	const size = 2
	return len(lines) == 1 && len(fields) > size && fields[size] == "1"
}
