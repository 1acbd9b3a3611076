package usage

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Memory is that of the whole machine, used by whomever.
type Memory struct {
	Total, Available    uint64
	RSS                 uint64 // what processes hold that is in no file
	Swap, SwapTotal     uint64
	Faults, MajorFaults uint64
}

// Memory reads meminfo and vmstat.
func (p Proc) Memory() (Memory, error) {
	path := filepath.Join(string(p), "meminfo")
	sizes, err := kilobytes(path)
	if err != nil {
		return Memory{}, err
	}
	for _, name := range []string{"MemTotal", "MemAvailable"} {
		if sizes[name] == 0 {
			return Memory{}, fmt.Errorf("%s has no %s", path, name)
		}
	}
	memory := Memory{
		Total: sizes["MemTotal"], Available: sizes["MemAvailable"], RSS: sizes["AnonPages"],
		Swap: sizes["SwapTotal"] - sizes["SwapFree"], SwapTotal: sizes["SwapTotal"],
	}
	counters, err := os.ReadFile(filepath.Join(string(p), "vmstat"))
	if err != nil {
		return Memory{}, err
	}
	for line := range strings.Lines(string(counters)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		number, _ := strconv.ParseUint(value, 10, 64)
		switch name {
		case "pgfault":
			memory.Faults = number
		case "pgmajfault":
			memory.MajorFaults = number
		}
	}
	return memory, nil
}

// CPU is for how long the processors of the machine were busy since it started, for whomever.
func (p Proc) CPU() (time.Duration, error) {
	path := filepath.Join(string(p), "stat")
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	fields := strings.Fields(line)
	const user, idle, waiting, guest = 1, 4, 5, 9 // what a guest uses is in the user's share already
	if len(fields) <= waiting || fields[0] != "cpu" {
		return 0, fmt.Errorf("%s has no line of all processors", path)
	}
	var ticks int64
	for index := user; index < min(guest, len(fields)); index++ {
		value, err := strconv.ParseInt(fields[index], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		if index != idle && index != waiting {
			ticks += value
		}
	}
	return time.Duration(ticks) * tick, nil
}
