// Package up is the first step of `kworkload-cluster up`: it checks what was asked, lays out the cluster's directory and
// becomes the supervisor, a program without Kubernetes in it. It runs in the big program only for a moment.
package up

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/cluster/bundle"
	"pytest-kworkload/embedded_cluster/internal/cluster/load"
	"pytest-kworkload/embedded_cluster/internal/cluster/owners"
	"pytest-kworkload/embedded_cluster/internal/images/imagecache"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
	"pytest-kworkload/embedded_cluster/internal/tools/rights"
)

const (
	exitFailure = 1
	exitUsage   = 2
)

// Main runs `up` with these arguments. It returns, with an exit status, only if something is wrong.
func Main(args []string) int {
	cluster, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kworkload-cluster up: "+err.Error())
		return exitUsage
	}
	fmt.Fprintln(os.Stderr, "kworkload-cluster up: "+become(cluster).Error())
	return exitFailure
}

func parse(args []string) (spec.Cluster, error) {
	var cluster spec.Cluster
	var images []string
	flags := pflag.NewFlagSet("kworkload-cluster up", pflag.ContinueOnError)
	flags.IntVar(&cluster.Nodes, "nodes", 3, "how many nodes")
	flags.StringVar(&cluster.Directory, "dir", "", "the cluster's directory: new, or empty; removed at the end")
	flags.BoolVar(&cluster.Owned, "owned", false,
		"end when nobody holds a shared flock on DIR/owners.lock any more (the caller holds one) and there is no file DIR/kept; else: on SIGINT or SIGTERM")
	flags.StringArrayVar(&images, "image", nil, "PATTERN=host or PATTERN=stand-in: what to run for images that match; repeatable")
	flags.StringArrayVar(&cluster.ImageArchives, "image-archive", nil, "an archive of images (docker save, OCI layout) that pods may use; repeatable")
	flags.StringArrayVar(&cluster.Arguments.APIServer, "kube-apiserver-arg", nil, "an argument of kube-apiserver; repeatable")
	flags.StringArrayVar(&cluster.Arguments.ControllerManager, "kube-controller-manager-arg", nil, "the same for kube-controller-manager")
	flags.StringArrayVar(&cluster.Arguments.Scheduler, "kube-scheduler-arg", nil, "the same for kube-scheduler")
	flags.BoolVar(&cluster.OnlyAPIServer, "only-api-server", false, "start etcd and kube-apiserver only (to measure start-up)")
	if err := flags.Parse(args); err != nil {
		return cluster, err
	}
	if flags.NArg() > 0 {
		return cluster, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return cluster, check(&cluster, images)
}

func check(cluster *spec.Cluster, images []string) error {
	if cluster.Nodes < 1 || cluster.Nodes > spec.MaxNodes {
		return &message.Problem{
			Saw: fmt.Sprintf("--nodes %d", cluster.Nodes), Why: "a cluster needs a node to run pods on, and its address plan has room for a limited number",
			Do: fmt.Sprintf("ask for 1 to %d nodes", spec.MaxNodes),
		}
	}
	if cluster.Directory == "" {
		return errors.New("--dir is required")
	}
	directory, err := filepath.Abs(cluster.Directory)
	if err != nil {
		return err
	}
	cluster.Directory = directory
	cluster.Images = map[string]string{}
	for _, image := range images {
		pattern, kind, found := strings.Cut(image, "=")
		if !found || pattern == "" || (kind != "host" && kind != "stand-in") {
			return &message.Problem{
				Saw: "--image " + image, Why: "it is not PATTERN=host or PATTERN=stand-in",
				Do: "for example --image 'nginx*=stand-in' (an idling process) or --image 'my/tools:*=host' (this machine's tools)",
			}
		}
		cluster.Images[pattern] = kind
	}
	return nil
}

func become(cluster spec.Cluster) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	cluster.ClusterProgram = program
	named, err := unpack(&cluster)
	if err != nil {
		return err
	}
	if err := claim(cluster); err != nil {
		return err
	}
	if err := lay(cluster, named); err != nil {
		_ = os.RemoveAll(cluster.Directory)
		return message.Disk(cluster.Directory, err)
	}
	supervisor := cluster.Program(spec.SupervisorProgram)
	err = syscall.Exec(supervisor, []string{spec.SupervisorProgram, "up", cluster.Directory}, os.Environ())
	_ = os.RemoveAll(cluster.Directory)
	return &message.Problem{
		Saw: "the program " + supervisor + " cannot be run", Why: "the file system of the cluster's directory may be mounted noexec",
		Do: "name a directory on another file system (pytest: --basetemp or TMPDIR)", Cause: err,
	}
}

// unpack unpacks the images before anything else: if one of them is bad, nothing was started.
func unpack(cluster *spec.Cluster) ([]load.Named, error) {
	cluster.KeepOwners = rights.Privileged() && !rights.SingleID()
	cache, err := imagecache.Open(cluster.KeepOwners)
	if err != nil {
		return nil, err
	}
	cluster.ImageCache = string(cache)
	named, err := load.Unpack(*cluster, cluster.ImageArchives, "")
	for _, one := range named {
		cluster.Loaded = append(cluster.Loaded, one.Name)
	}
	return named, err
}

// claim makes the directory, or takes an empty one: what somebody else put there is not ours to remove at the end.
func claim(cluster spec.Cluster) error {
	if err := os.Mkdir(cluster.Directory, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return message.Disk(cluster.Directory, err)
	}
	entries, err := os.ReadDir(cluster.Directory)
	if err != nil {
		return message.Disk(cluster.Directory, err)
	}
	for _, entry := range entries {
		if filepath.Join(cluster.Directory, entry.Name()) != cluster.Owners() {
			return &message.Problem{
				Saw: cluster.Directory + " is not empty", Why: "the directory is removed with the cluster, so it must be the cluster's alone",
				Do: "name a directory that does not exist",
			}
		}
	}
	return os.Chmod(cluster.Directory, 0o700)
}

// leastFree is what must be free at the start: a cluster that runs out of space later fails in many odd ways.
const leastFree = 64 << 20

func room(directory string) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(directory, &stat); err != nil {
		return err
	}
	if free := stat.Bavail * uint64(stat.Bsize); free < leastFree { //nolint:gosec // a block size is positive
		return fmt.Errorf("%d MB are free there, and %d MB are needed at the start: %w", free>>20, leastFree>>20, unix.ENOSPC)
	}
	return nil
}

func lay(cluster spec.Cluster, named []load.Named) error {
	if err := room(cluster.Directory); err != nil {
		return err
	}
	// Before cluster.json marks the directory as a cluster's, so that nobody's sweep takes it for a dead one.
	if err := owners.Join(cluster); err != nil {
		return err
	}
	content, err := json.Marshal(cluster)
	if err != nil {
		return err
	}
	if err := os.WriteFile(cluster.Spec(), content, 0o600); err != nil {
		return err
	}
	for _, directory := range []string{cluster.Run(), cluster.Shared(), cluster.ImageNames(), filepath.Dir(cluster.Log("x"))} {
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return err
		}
	}
	if err := load.Register(cluster, named); err != nil {
		return err
	}
	return bundle.Extract(cluster.Layout)
}
