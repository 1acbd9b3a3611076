// kworkload-cluster is a real Kubernetes in one program: etcd, the control plane, the kubelet and kubectl, and the two
// small programs that run them in namespaces of their own. See `kworkload-cluster help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/component-base/cli"
	logsapi "k8s.io/component-base/logs/api/v1"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/klog/v2"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"pytest-kworkload/embedded_cluster/internal/cluster/load"
	"pytest-kworkload/embedded_cluster/internal/cluster/up"
	"pytest-kworkload/embedded_cluster/internal/controlplane/etcd"
	"pytest-kworkload/embedded_cluster/internal/controlplane/storage"
	"pytest-kworkload/embedded_cluster/internal/network/serviceproxy"
	"pytest-kworkload/embedded_cluster/internal/node/kubelet"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

const usage = `kworkload-cluster: a real Kubernetes in one program, without Docker and without root

  kworkload-cluster up --nodes N --dir DIR   start a cluster; see 'kworkload-cluster up --help'
  kworkload-cluster load --dir DIR FILE...   give a running cluster the images of archives (docker save, OCI layout)
  kworkload-cluster kubectl ...              kubectl of the same version
  kworkload-cluster version

The components are subcommands too: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet,
storage-provisioner, service-proxy. 'up' starts them in namespaces of their own.
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	name := os.Args[1]
	os.Args = append([]string{name}, os.Args[2:]...)
	waitForGate()
	switch name {
	case "up":
		os.Exit(up.Main(os.Args[1:]))
	case "load":
		os.Exit(load.Main(os.Args[1:]))
	case "kubectl":
		os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand()))
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	case "kube-scheduler":
		os.Exit(cli.Run(scheduler.NewSchedulerCommand()))
	case "etcd":
		os.Exit(run(etcd.Run))
	case "kubelet":
		os.Exit(run(kubelet.Run))
	case "storage-provisioner":
		os.Exit(run(storage.Main))
	case "service-proxy":
		os.Exit(run(serviceproxy.Main))
	case "version":
		fmt.Println(spec.Version)
	case "help", "-h", "--help":
		fmt.Print(usage)
	default:
		fmt.Fprintf(os.Stderr, "kworkload-cluster: unknown command %q\n\n%s", name, usage)
		os.Exit(2)
	}
}

// run is for the components that have no command of their own upstream.
func run(component func(context.Context, []string) error) int {
	// Components set up logging for their own process; ours does it once.
	logsapi.ReapplyHandling = logsapi.ReapplyHandlingIgnoreUnchanged
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	defer klog.Flush()
	if err := component(ctx, os.Args[1:]); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		return 1
	}
	return 0
}

// waitForGate holds a component back until the supervisor closes the pipe that [spec.GateVariable] names. Package
// initialisation costs 0.15 s of CPU; behind the gate it happens while the API server sleeps, and no client of the API
// server wastes time on retries.
func waitForGate() {
	var descriptor uintptr
	if _, err := fmt.Sscan(os.Getenv(spec.GateVariable), &descriptor); err != nil {
		return
	}
	if err := os.Unsetenv(spec.GateVariable); err != nil {
		return
	}
	gate := os.NewFile(descriptor, "gate")
	_, _ = io.Copy(io.Discard, gate)
	_ = gate.Close()
}
