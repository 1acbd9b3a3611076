package node

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/child"
	"pytest-kworkload/embedded_cluster/internal/tools/logtail"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
)

// logTail is how many lines of the kubelet's log are told. The supervisor tells only a few more of ours.
const logTail = 12

// kubelet is the node's. It may be stopped and started again; any other end of it is the node's.
type kubelet struct {
	node    string
	reaper  *reap.Reaper
	log     *os.File
	died    chan error
	process *child.Child
}

func (k *kubelet) start() (err error) {
	k.process, err = child.Start(k.reaper, func() (*os.Process, error) {
		program := filepath.Join(spec.ProgramsOnNode, spec.ClusterProgram)
		return os.StartProcess(program, []string{spec.ClusterProgram, "kubelet"}, &os.ProcAttr{
			Dir: "/", Env: os.Environ(), Files: []*os.File{nil, k.log, k.log}, Sys: &syscall.SysProcAttr{Setsid: true},
		})
	}, func(status syscall.WaitStatus) { k.died <- k.death(status) })
	return err
}

func (k *kubelet) stop() { k.process.Stop() }

func (k *kubelet) death(status syscall.WaitStatus) error {
	how := fmt.Sprintf("exit status %d", status.ExitStatus())
	if status.Signaled() {
		how = "signal " + status.Signal().String()
	}
	// The log's path is the host's, and out of sight; its descriptor is not.
	end := logtail.Of(fmt.Sprintf("/proc/self/fd/%d", k.log.Fd()), logTail)
	return fmt.Errorf("the kubelet of %s ended (%s); the end of its log:\n%s", k.node, how, end)
}
