// Package node is the first process of a node: it gives the node its root and its network, runs the container runtime
// and has the kubelet as a child. The runtime is here and not in the kubelet, so that containers, their logs and their
// exit codes do not depend on the kubelet: it can be stopped and started again, as on a real node.
package node

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/network"
	"pytest-kworkload/embedded_cluster/internal/node/nodeline"
	"pytest-kworkload/embedded_cluster/internal/runtime/processruntime"
	"pytest-kworkload/embedded_cluster/internal/runtime/rootfs"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// lineDescriptor is the node's end of the line to the supervisor.
const lineDescriptor = 3

// Run becomes the node that the supervisor describes, and returns when its kubelet has ended without having been told to.
func Run() error {
	line, err := nodeline.Open(os.NewFile(lineDescriptor, "line"))
	if err != nil {
		return err
	}
	node, err := line.Description()
	if err != nil {
		return err
	}
	kubeletLog, err := os.OpenFile(node.Layout.Log("kubelet-"+node.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := setUp(node); err != nil {
		return err
	}
	reaper := reap.New()
	if err := serveRuntime(node, reaper); err != nil {
		return err
	}
	k := &kubelet{node: node.Name, reaper: reaper, log: kubeletLog, died: make(chan error, 1)}
	if err := k.start(); err != nil {
		return err
	}
	obeyed := make(chan error, 1)
	go func() { obeyed <- line.Obey((&orders{kubelet: k, reaper: reaper}).obey) }()
	select {
	case err := <-k.died:
		return err
	case err := <-obeyed:
		return fmt.Errorf("the supervisor's orders: %w", err)
	}
}

// setUp makes the root and enters it, with what the kubelet reads, and joins the network.
func setUp(node spec.Node) error {
	if err := unix.Sethostname([]byte(node.Name)); err != nil {
		return err
	}
	if err := rootfs.Private(); err != nil {
		return err
	}
	root := node.Layout.Root(node.Name)
	if err := rootfs.Compose(root); err != nil {
		return err
	}
	binds := []struct {
		source, destination string
		directory, readOnly bool
	}{
		{node.Layout.NodeVar(node.Name), "/var", true, false},
		{node.Layout.Shared(), spec.SharedOnNode, true, false},
		{node.Layout.ImageNames(), spec.ImageNamesOnNode, true, true},
		{node.ImageCache, spec.ImagesOnNode, true, true},
		{os.DevNull, "/dev/kmsg", false, false}, // the kubelet wants one; the machine's kernel log is not the cluster's
		{node.ClusterProgram, filepath.Join(spec.ProgramsOnNode, spec.ClusterProgram), false, true},
		{node.Layout.Program(spec.ProcessProgram), filepath.Join(spec.ProgramsOnNode, spec.ProcessProgram), false, true},
	}
	for _, b := range binds {
		destination := filepath.Join(root, b.destination)
		if err := rootfs.Bind(b.source, destination, b.directory, b.readOnly); err != nil {
			return err
		}
		if b.directory { // every volume is in one of these, so none has devices
			if err := rootfs.NoDevices(destination); err != nil {
				return err
			}
		}
	}
	if err := rootfs.Enter(root); err != nil {
		return err
	}
	if err := rootfs.Guard(); err != nil { // a pod may have the node's /proc
		return err
	}
	if err := writeFiles(node); err != nil {
		return err
	}
	return network.Join(node.Index)
}

func writeFiles(node spec.Node) error {
	kubelet, err := json.Marshal(node.Kubelet)
	if err != nil {
		return err
	}
	files := map[string]string{
		spec.Kubeconfig: node.Credentials.Kubeconfig, spec.KubeletConfig: string(kubelet),
		spec.NodeCA: node.Credentials.CA, spec.NodeCertificate: node.Credentials.Certificate, spec.NodeKey: node.Credentials.Key,
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	hosts := fmt.Sprintf("127.0.0.1 localhost\n%s %s\n", node.Kubelet.NodeIP, node.Name)
	for path, content := range map[string]string{"/etc/hosts": hosts, "/etc/hostname": node.Name + "\n", "/etc/resolv.conf": ""} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	for _, directory := range []string{spec.RuntimeState, spec.VolumesOnNode, spec.KubeletRoot, spec.PodLogs, filepath.Dir(spec.RuntimeSocket), "/var/tmp"} {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func serveRuntime(node spec.Node, reaper *reap.Reaper) error {
	resolver, err := images.NewResolver(node.Images, images.Loaded{Names: spec.ImageNamesOnNode, Roots: spec.ImagesOnNode})
	if err != nil {
		return err
	}
	runtime, err := processruntime.New(processruntime.Config{
		NodeName: node.Name, NodeIP: spec.NodeIP(node.Index), StateDir: spec.RuntimeState,
		Program: filepath.Join(spec.ProgramsOnNode, spec.ProcessProgram), PodCIDR: spec.NodePods(node.Index),
		SingleID: node.SingleID, Images: resolver, Reaper: reaper,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return fmt.Errorf("starting the container runtime: %w", err)
	}
	listener, err := net.Listen("unix", spec.RuntimeSocket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	runtime.Register(server)
	go func() { _ = server.Serve(listener) }()
	return nil
}
