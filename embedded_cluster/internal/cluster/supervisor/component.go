package supervisor

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/child"
	"pytest-kworkload/embedded_cluster/internal/tools/logtail"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// logTail is how many lines of a component's log go into the message about its death.
const logTail = 15

// component is a child process that lives as long as the cluster does, unless a fault stops it.
type component struct {
	name    string
	program string
	args    []string
	files   []*os.File // descriptors 3 and up
	env     []string
	clone   uintptr
	layout  spec.Layout
}

// start runs the component; if it ends and was not stopped, deaths hears of it.
func (c component) start(reaper *reap.Reaper, deaths chan<- error) (*child.Child, error) {
	log, err := os.OpenFile(c.layout.Log(c.name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, message.Disk(c.layout.Directory, err)
	}
	defer func() { _ = log.Close() }()
	process, err := child.Start(reaper, func() (*os.Process, error) {
		return os.StartProcess(c.program, c.args, &os.ProcAttr{
			Env: append(environment(), c.env...), Files: append([]*os.File{nil, log, log}, c.files...),
			Sys: &syscall.SysProcAttr{Cloneflags: c.clone, Setsid: true},
		})
	}, func(status syscall.WaitStatus) { deaths <- c.death(status) })
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", c.name, err)
	}
	return process, nil
}

// environment keeps the machine's settings out of the cluster: a proxy or a KUBECONFIG would change what it does.
func environment() []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LANG=C.UTF-8"}
}

func (c component) death(status syscall.WaitStatus) error {
	how := fmt.Sprintf("exit status %d", status.ExitStatus())
	if status.Signaled() {
		how = "signal " + status.Signal().String()
	}
	return &message.Problem{
		Saw: fmt.Sprintf("%s of the cluster ended (%s)", c.name, how), Why: "a cluster without it is none, so all of it was stopped",
		Do: "look at the end of its log:\n" + indent(logtail.Of(c.layout.Log(c.name), logTail)),
	}
}

func indent(text string) string { return "       " + strings.ReplaceAll(text, "\n", "\n       ") }
