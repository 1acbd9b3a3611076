package processruntime

import (
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// stopSignal is what the pod says, or else the image.
func stopSignal(c *container) syscall.Signal {
	for _, name := range []string{c.config.GetStopSignal().String(), c.image.StopSignal} {
		if number := signalNumber(name); number != 0 {
			return number
		}
	}
	return unix.SIGTERM
}

// realTime are the bounds of the real-time signals as C libraries count them: they keep the kernel's first two.
var realTime = map[string]int{"SIGRTMIN": 34, "SIGRTMAX": 64}

// signalNumber understands SIGTERM, TERM, 15 and SIGRTMIN+3 (SIGNAL_SIGRTMINPLUS3 in the kubelet's words); 0 is none.
func signalNumber(name string) syscall.Signal {
	if number, err := strconv.Atoi(name); err == nil {
		return syscall.Signal(number)
	}
	name = strings.TrimPrefix(name, "SIGNAL_") // so the kubelet's begin
	name = "SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG")
	for from, number := range realTime {
		offset, found := strings.CutPrefix(name, from)
		if !found {
			continue
		}
		steps, err := strconv.Atoi(strings.NewReplacer("PLUS", "+", "MINUS", "-").Replace(offset))
		if offset != "" && err != nil {
			return 0
		}
		return syscall.Signal(number + steps)
	}
	return unix.SignalNum(name)
}
