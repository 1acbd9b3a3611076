package usage

import (
	"os"
	"strconv"
	"strings"
)

// Interface is what went through one link since it was made.
type Interface struct {
	Name                                 string
	RxBytes, RxErrors, TxBytes, TxErrors uint64
}

// Interfaces are those of the network namespace of a process, but for its loopback.
func (p Proc) Interfaces(pid int) ([]Interface, error) {
	content, err := os.ReadFile(p.path(pid, "net/dev"))
	if err != nil {
		return nil, err
	}
	var all []Interface
	for line := range strings.Lines(string(content)) {
		name, rest, found := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		fields := strings.Fields(rest)
		const rxBytes, rxErrors, txBytes, txErrors = 0, 2, 8, 10
		if !found || name == "lo" || len(fields) <= txErrors {
			continue // of the head's lines too
		}
		number := func(index int) uint64 {
			value, _ := strconv.ParseUint(fields[index], 10, 64)
			return value
		}
		all = append(all, Interface{name, number(rxBytes), number(rxErrors), number(txBytes), number(txErrors)})
	}
	return all, nil
}
