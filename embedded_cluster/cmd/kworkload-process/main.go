// kworkload-process is the small program of containers: it holds a pod's namespaces (pause), becomes a container or a
// command in one (become), or stands in for an image that is not there (stand-in).
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/runtime/process"
)

func main() {
	runtime.LockOSThread() // identity and namespaces are a thread's
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "kworkload-process is started by the container runtime")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "pause":
		if len(os.Args) > 2 && os.Args[2] != "" {
			if err := unix.Sethostname([]byte(os.Args[2])); err != nil {
				os.Exit(1)
			}
		}
		idle()
	case "stand-in":
		idle()
	case "become":
		process.Become()
		os.Exit(128)
	default:
		os.Exit(2)
	}
}

// idle does nothing but what a first process must: it reaps orphans and ends when it is told to.
func idle() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			var status syscall.WaitStatus
			if pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil); err != nil || pid <= 0 {
				break
			}
		}
	}
}
