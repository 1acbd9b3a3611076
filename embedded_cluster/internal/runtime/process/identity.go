package process

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const lastCapability = unix.CAP_LAST_CAP

// NotMapped says why another id than 0 cannot be had by this field of the pod.
func NotMapped(field string, id int64) string {
	return notMapped(field, id, "leave "+field+" out")
}

// NotMappedImage says it of the image's user (what is "user"), which the pod can replace.
func NotMappedImage(what string, id int64) string {
	field := map[string]string{"user": "runAsUser", "group": "runAsGroup"}[what]
	return notMapped("the image's "+what, id, "set "+field+" to 0")
}

func notMapped(what string, id int64, do string) string {
	return fmt.Sprintf("%s %d cannot be had: the cluster runs as an ordinary user of this machine, so user and group 0 are "+
		"the only ones inside. Run the tests as root, or %s", what, id, do)
}

// person is an identity with everything looked up in the container's own files.
type person struct {
	uid, gid int
	home     string
	groups   []int
}

// accounts are the files of users and groups.
type accounts struct{ passwd, group string }

func (a accounts) identify(wanted Identity) (person, error) {
	who := person{home: "/"}
	user := wanted.User
	if wanted.UID != nil {
		user = strconv.FormatInt(*wanted.UID, 10)
	}
	if user == "" {
		user = "0"
	}
	user, group, hasGroup := strings.Cut(user, ":") // an image may say user:group
	entry, found := lookUp(a.passwd, 6, func(fields []string) bool { return fields[0] == user || fields[2] == user })
	name := ""
	if found {
		name, who.home = entry[0], entry[5]
		who.uid, who.gid = number(entry[2]), number(entry[3])
	} else {
		id, err := strconv.Atoi(user)
		if err != nil {
			return who, fmt.Errorf("unable to find user %s: no matching entries in passwd file", user)
		}
		who.uid = id
	}
	if hasGroup {
		who.gid = a.groupID(group, who.gid)
	}
	if wanted.GID != nil {
		who.gid = int(*wanted.GID)
	}
	groups := map[int]bool{who.gid: true}
	for _, extra := range wanted.Groups {
		groups[int(extra)] = true
	}
	if !wanted.StrictGroups && name != "" {
		for _, id := range a.memberships(name) {
			groups[id] = true
		}
	}
	who.groups = slices.Sorted(maps.Keys(groups))
	if wanted.SingleID && who.uid != 0 {
		return who, errors.New(NotMappedImage("user", int64(who.uid)))
	}
	if wanted.SingleID && who.gid != 0 {
		return who, errors.New(NotMappedImage("group", int64(who.gid)))
	}
	return who, nil
}

func (a accounts) groupID(group string, otherwise int) int {
	if id, err := strconv.Atoi(group); err == nil {
		return id
	}
	if entry, found := lookUp(a.group, 3, func(fields []string) bool { return fields[0] == group }); found {
		return number(entry[2])
	}
	return otherwise
}

func (a accounts) memberships(name string) []int {
	var ids []int
	lookUp(a.group, 4, func(fields []string) bool {
		if slices.Contains(strings.Split(fields[3], ","), name) {
			ids = append(ids, number(fields[2]))
		}
		return false
	})
	return ids
}

// lookUp returns the first line of a colon-separated file that matches.
func lookUp(path string, width int, matches func([]string) bool) ([]string, bool) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Split(lines.Text(), ":"); len(fields) >= width && matches(fields) {
			return fields, true
		}
	}
	return nil, false
}

func number(text string) int {
	value, _ := strconv.Atoi(text)
	return value
}

// assume takes the identity on, last of all: afterwards this process may do no more than the workload.
func (p person) assume(wanted Identity) error {
	if !wanted.Privileged {
		for capability := range lastCapability + 1 {
			if wanted.Capabilities&(1<<capability) == 0 {
				// EINVAL: the kernel does not know this one, so nobody has it.
				if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(capability), 0, 0, 0); err != nil && err != unix.EINVAL {
					return fmt.Errorf("dropping capability %d: %w", capability, err)
				}
			}
		}
	}
	if !wanted.SingleID {
		if err := syscall.Setgroups(p.groups); err != nil {
			return fmt.Errorf("setgroups: %w", err)
		}
	}
	for _, descriptor := range []int{0, 1, 2} {
		_ = unix.Fchown(descriptor, p.uid, -1) // so that /dev/stdout can be opened anew; a shared device refuses
	}
	if err := syscall.Setresgid(p.gid, p.gid, p.gid); err != nil {
		return fmt.Errorf("setgid %d: %w", p.gid, err)
	}
	if err := syscall.Setresuid(p.uid, p.uid, p.uid); err != nil {
		return fmt.Errorf("setuid %d: %w", p.uid, err)
	}
	if p.uid == 0 && !wanted.Privileged {
		if err := limit(wanted.Capabilities); err != nil {
			return err
		}
	}
	if wanted.NoNewPrivs {
		return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	return nil
}

// limit keeps only these capabilities, of those that we have.
func limit(capabilities uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have [2]unix.CapUserData
	if err := unix.Capget(&header, &have[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	for half := range have {
		mask := uint32(capabilities >> (32 * half)) //nolint:gosec // the half is meant
		have[half].Effective &= mask
		have[half].Permitted &= mask
		have[half].Inheritable = 0
	}
	if err := unix.Capset(&header, &have[0]); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	return nil
}
