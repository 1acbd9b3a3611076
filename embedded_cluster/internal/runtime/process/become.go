package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
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
	listen()
	return fmt.Errorf("exec: %q: %w", path, syscall.Exec(path, args, os.Environ()))
}

// listen gives every signal its default, whatever an ancestor ignores: nohup and background jobs do, and so does
// posix_spawn for signals of the C library, which Go leaves as they are.
func listen() {
	const last = 64
	var standard [4]uintptr // the kernel's sigaction: handler, flags, restorer, mask
	for number := uintptr(1); number <= last; number++ {
		// Refused for SIGKILL and SIGSTOP, which cannot be ignored either.
		_, _, _ = syscall.RawSyscall6(unix.SYS_RT_SIGACTION, number, uintptr(unsafe.Pointer(&standard)), 0, last/8, 0, 0)
	}
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
