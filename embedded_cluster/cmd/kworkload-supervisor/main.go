// kworkload-supervisor starts a cluster, keeps it and ends it. It has no Kubernetes in it, so it is small: five of its
// processes run in a cluster of three nodes. The big program carries it and becomes it.
package main

import (
	"fmt"
	"os"
	"runtime"

	"pytest-kworkload/embedded_cluster/internal/cluster/supervisor"
	"pytest-kworkload/embedded_cluster/internal/node"
)

func main() {
	// The kernel ties a child's fate to the thread that started it; the main thread lives as long as the process.
	runtime.LockOSThread()
	role, directory := "", ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	if len(os.Args) > 2 {
		directory = os.Args[2]
	}
	switch role {
	case "up":
		os.Exit(supervisor.Outer(directory))
	case "supervise":
		os.Exit(supervisor.Inner(directory))
	case "node":
		fmt.Fprintln(os.Stderr, node.Run()) // it returns only when the node is over
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "kworkload-supervisor is started by kworkload-cluster")
		os.Exit(2)
	}
}
