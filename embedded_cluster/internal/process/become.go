package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/rootfs"
)

// Become reads the spec and executes the workload. It returns only if that failed, and has told the runtime why.
func Become() {
	for _, descriptor := range []int{SpecDescriptor, FailureDescriptor, ProgramDescriptor} {
		unix.CloseOnExec(descriptor)
	}
	failure := os.NewFile(FailureDescriptor, "failure")
	err := become(os.NewFile(SpecDescriptor, "spec"))
	_, _ = failure.WriteString(err.Error())
}

func become(pipe *os.File) error {
	var spec Spec
	if err := json.NewDecoder(pipe).Decode(&spec); err != nil {
		return fmt.Errorf("reading the container's spec: %w", err)
	}
	if !spec.Exec {
		if err := enter(spec); err != nil {
			return err
		}
	}
	return execute(spec)
}

func enter(spec Spec) error {
	if err := rootfs.Private(); err != nil {
		return err
	}
	volumes, err := take(spec.Mounts)
	if err != nil {
		return err
	}
	if err := rootfs.Compose(spec.Root); err != nil {
		return err
	}
	files := map[string]string{
		"/etc/resolv.conf": spec.Resolv, "/etc/hostname": spec.Hostname + "\n", "/etc/hosts": "127.0.0.1 localhost\n",
	}
	for path, content := range files {
		if err := os.WriteFile(filepath.Join(spec.Root, path), []byte(content), 0o644); err != nil { //nolint:gosec // not secret
			return err
		}
	}
	for _, v := range volumes {
		if err := v.attach(spec.Root); err != nil {
			return err
		}
	}
	if spec.Cwd != "" {
		// A working directory that the image does not have is made, as other runtimes do.
		directory, err := inside(spec.Root, spec.Cwd)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return err
		}
	}
	if err := rootfs.Enter(spec.Root); err != nil {
		return err
	}
	if err := protect(spec); err != nil {
		return err
	}
	if spec.ReadOnly {
		attributes := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
		if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, attributes); err != nil {
			return fmt.Errorf("making the root read-only: %w", err)
		}
	}
	if spec.OOMScore != 0 {
		// Lowering it needs a right that a machine may withhold even from root; it only matters when memory runs out.
		_ = os.WriteFile("/proc/self/oom_score_adj", []byte(fmt.Sprint(spec.OOMScore)), 0o644) //nolint:gosec // a kernel file
	}
	return nil
}

// protect the machine from what a container may write to its kernel.
func protect(spec Spec) error {
	if spec.Identity.Privileged {
		return rootfs.Guard()
	}
	for _, path := range spec.Masked {
		if err := rootfs.Mask(path); err != nil {
			return err
		}
	}
	for _, path := range spec.ReadOnlyPaths {
		if err := rootfs.ReadOnly(path); err != nil {
			return err
		}
	}
	return nil
}

// volume is what a Mount shows, as mounts that are nowhere yet.
type volume struct {
	Mount
	tree      int
	directory bool
}

// take all volumes before the container's root is there: one that shows the whole node must not show that root in it.
func take(mounts []Mount) ([]volume, error) {
	var volumes []volume
	for _, mount := range mounts {
		info, err := os.Stat(mount.Source)
		if err != nil {
			return nil, fmt.Errorf("mounting %s: %w", mount.Destination, err)
		}
		// Recursive: in a user namespace a mount with locked mounts below it can be copied only together with them.
		tree, err := unix.OpenTree(unix.AT_FDCWD, mount.Source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
		if err != nil {
			return nil, fmt.Errorf("mounting %s: %w", mount.Destination, err)
		}
		volumes = append(volumes, volume{mount, tree, info.IsDir()})
	}
	return volumes, nil
}

func (v volume) attach(root string) error {
	defer func() { _ = unix.Close(v.tree) }()
	destination, err := inside(root, v.Destination)
	if err != nil {
		return err
	}
	if err := rootfs.MountPoint(destination, v.directory); err != nil {
		return err
	}
	if err := unix.MoveMount(v.tree, "", unix.AT_FDCWD, destination, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mounting %s: %w", v.Destination, err)
	}
	if v.Propagation != 0 {
		if err := unix.Mount("", destination, "", uintptr(v.Propagation)|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("setting the propagation of %s: %w", v.Destination, err)
		}
	}
	if !v.ReadOnly && !v.RecursiveReadOnly {
		return nil
	}
	flags := uint(0)
	if v.RecursiveReadOnly {
		flags = unix.AT_RECURSIVE
	}
	attributes := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, destination, flags, attributes); err != nil {
		return fmt.Errorf("making %s read-only: %w", v.Destination, err)
	}
	return nil
}

// mostLinks is the kernel's own limit.
const mostLinks = 40

// inside resolves path below root. Links are followed as if root were /, so a link can't lead out of it.
func inside(root, path string) (string, error) {
	resolved, links := "/", 0
	rest := strings.Split(path, "/")
	for len(rest) > 0 {
		next := filepath.Join(resolved, rest[0]) // ".." of / is /
		rest = rest[1:]
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil { // no link, or not there yet
			resolved = next
			continue
		}
		if links++; links > mostLinks {
			return "", &os.PathError{Op: "resolving", Path: path, Err: syscall.ELOOP}
		}
		if filepath.IsAbs(target) {
			resolved = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return filepath.Join(root, resolved), nil
}

func execute(spec Spec) error {
	os.Clearenv()
	for _, variable := range spec.Env {
		if name, value, found := strings.Cut(variable, "="); found && name != "" {
			if err := os.Setenv(name, value); err != nil {
				return fmt.Errorf("environment variable %q: %w", name, err)
			}
		}
	}
	who, err := accounts{"/etc/passwd", "/etc/group"}.identify(spec.Identity)
	if err != nil {
		return err
	}
	if os.Getenv("HOME") == "" {
		_ = os.Setenv("HOME", who.home)
	}
	cwd := spec.Cwd
	if cwd == "" {
		cwd = "/"
	}
	if err := os.Chdir(cwd); err != nil {
		return fmt.Errorf("chdir to cwd (%q): %w", cwd, err)
	}
	path, args, err := command(spec)
	if err != nil {
		return err
	}
	if err := who.assume(spec.Identity); err != nil {
		return err
	}
	return fmt.Errorf("exec: %q: %w", path, syscall.Exec(path, args, os.Environ()))
}

func command(spec Spec) (path string, args []string, err error) {
	switch {
	case spec.StandIn:
		return fmt.Sprintf("/proc/self/fd/%d", ProgramDescriptor), []string{"stand-in", "stand-in"}, nil
	case len(spec.Args) == 0:
		return "", nil, errors.New("no command specified: neither the pod nor its image names one")
	}
	path, err = find(spec.Args[0])
	return path, spec.Args, err
}

// find looks the command up with the container's PATH, and words its failure as runc does.
func find(command string) (string, error) {
	if strings.Contains(command, "/") {
		if info, err := os.Stat(command); err != nil {
			return "", fmt.Errorf("exec: %q: stat %s: no such file or directory: unknown", command, command)
		} else if info.IsDir() {
			return "", fmt.Errorf("exec: %q: is a directory: unknown", command)
		}
		return command, nil
	}
	path, err := exec.LookPath(command)
	if err != nil {
		return "", fmt.Errorf("exec: %q: executable file not found in $PATH: unknown", command)
	}
	return path, nil
}
