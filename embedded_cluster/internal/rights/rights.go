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

// AllIDs is true if all user ids of the machine exist here: then this is not a user namespace of somebody's own.
func AllIDs() bool {
	mapping, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && wholeMap(string(mapping))
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

func wholeMap(mapping string) bool {
	fields := strings.Fields(mapping)
	if len(fields) != 3 {
		return false
	}
	size, err := strconv.ParseUint(fields[2], 10, 64)
	return err == nil && fields[0] == "0" && fields[1] == "0" && size > 65536
}
