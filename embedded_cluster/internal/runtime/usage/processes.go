// Package usage tells from /proc what processes use. Nothing runs while nobody asks.
package usage

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Proc is where the proc file system is.
type Proc string

// System is this machine's, as the caller's PID namespace sees it.
const System Proc = "/proc"

const tick = time.Second / 100 // USER_HZ is 100 on every architecture we build for

// Usage is that of some processes together.
type Usage struct {
	CPU         time.Duration // with that of their children that have ended and were waited for
	PSS         uint64        // bytes in memory; what several processes hold counts in parts
	RSS         uint64        // bytes in memory, counted by each
	Swap        uint64
	Faults      uint64
	MajorFaults uint64
	Processes   uint64
}

// Add counts other too.
func (u *Usage) Add(other Usage) {
	u.CPU += other.CPU
	u.PSS += other.PSS
	u.RSS += other.RSS
	u.Swap += other.Swap
	u.Faults += other.Faults
	u.MajorFaults += other.MajorFaults
	u.Processes += other.Processes
}

// Containers is what each container uses, by its name; given is the container's first process. A process is of the
// container whose mount namespace it has: so are the commands that are run in it. What has made a mount namespace of its
// own goes with its parent.
func (p Proc) Containers(first map[string]int) map[string]Usage {
	owners := map[string]string{}
	for name, pid := range first {
		if namespace := p.namespace(pid); namespace != "" {
			owners[namespace] = name
		}
	}
	used := map[string]Usage{}
	if len(owners) == 0 {
		return used
	}
	processes := p.processes()
	for pid := range processes {
		if name := owner(pid, processes, owners); name != "" {
			total := used[name]
			total.Add(p.measure(pid, processes[pid]))
			used[name] = total
		}
	}
	return used
}

type process struct {
	namespace string
	parent    int
	used      Usage // but for memory, which costs more to read
}

// owner follows the parents until one is in a container.
func owner(pid int, processes map[int]process, owners map[string]string) string {
	for range len(processes) { // a pid that is used again meanwhile may lead around in circles
		one, there := processes[pid]
		if !there {
			return ""
		}
		if name, found := owners[one.namespace]; found {
			return name
		}
		pid = one.parent
	}
	return ""
}

func (p Proc) processes() map[int]process {
	all := map[int]process{}
	entries, err := os.ReadDir(string(p))
	if err != nil {
		return all
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if one, ok := p.stat(pid); ok { // or it has ended
			one.namespace = p.namespace(pid)
			all[pid] = one
		}
	}
	return all
}

func (p Proc) path(pid int, name string) string {
	return filepath.Join(string(p), strconv.Itoa(pid), name)
}

func (p Proc) namespace(pid int) string {
	name, err := os.Readlink(p.path(pid, "ns/mnt"))
	if err != nil {
		return ""
	}
	return name
}

// Fields of /proc/PID/stat behind the command's name, which may hold anything; proc(5) counts them from 3.
const (
	statParent      = 4 - 3
	statFaults      = 10 - 3 // then those of the children, major ones, those of the children
	statCPU         = 14 - 3 // user, system, and the children's two
	statFieldsOfUse = 17 - 3 + 1
)

func (p Proc) stat(pid int) (process, bool) {
	content, err := os.ReadFile(p.path(pid, "stat"))
	if err != nil {
		return process{}, false
	}
	fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(fields) < statFieldsOfUse {
		return process{}, false
	}
	number := func(index int) uint64 {
		value, _ := strconv.ParseUint(fields[index], 10, 64)
		return value
	}
	ticks := number(statCPU) + number(statCPU+1) + number(statCPU+2) + number(statCPU+3)
	return process{
		parent: int(number(statParent)), //nolint:gosec // a pid
		used: Usage{
			CPU:         time.Duration(ticks) * tick, //nolint:gosec // far from overflowing
			Faults:      number(statFaults) + number(statFaults+1) + number(statFaults+2) + number(statFaults+3),
			MajorFaults: number(statFaults+2) + number(statFaults+3), Processes: 1,
		},
	}, true
}

func (p Proc) measure(pid int, one process) Usage {
	used := one.used
	sizes, err := kilobytes(p.path(pid, "smaps_rollup"))
	if err != nil { // it has ended, or a security module keeps it from us
		return used
	}
	used.PSS, used.RSS, used.Swap = sizes["Pss"], sizes["Rss"], sizes["SwapPss"]
	return used
}

// kilobytes reads lines such as "Rss:   1234 kB", as bytes.
func kilobytes(path string) (map[string]uint64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sizes := map[string]uint64{}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		if value, err := strconv.ParseUint(fields[1], 10, 64); err == nil {
			sizes[strings.TrimSuffix(fields[0], ":")] = value << 10
		}
	}
	if len(sizes) == 0 {
		return nil, fmt.Errorf("%s has no sizes", path)
	}
	return sizes, nil
}
