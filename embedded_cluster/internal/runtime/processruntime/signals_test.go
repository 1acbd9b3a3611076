package processruntime

import (
	"syscall"
	"testing"
)

func TestSignalNames(t *testing.T) {
	for name, number := range map[string]syscall.Signal{
		"SIGTERM": 15, "TERM": 15, "sigquit": 3, "9": 9, "SIGRTMIN": 34, "SIGRTMIN+3": 37, "SIGNAL_SIGRTMINPLUS3": 37, "SIGNAL_SIGTERM": 15, "SIGNAL_SIGRTMAXMINUS1": 63,
		"SIGRTMAX": 64, "RUNTIME_DEFAULT": 0, "": 0, "SIGNONE": 0,
	} {
		if got := signalNumber(name); got != number {
			t.Errorf("%q is %d, want %d", name, got, number)
		}
	}
}
