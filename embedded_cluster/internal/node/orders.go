package node

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/nodeline"
	"pytest-kworkload/embedded_cluster/internal/reap"
)

// orders are what the supervisor may ask for; one at a time.
type orders struct {
	kubelet *kubelet
	reaper  *reap.Reaper
	release func() // while the node is frozen
}

func (o *orders) obey(order nodeline.Order) error {
	switch order {
	case nodeline.StopKubelet:
		o.kubelet.stop()
		return nil
	case nodeline.StartKubelet:
		return o.kubelet.start()
	case nodeline.Freeze:
		release := o.reaper.Hold() // what is started after the signal would run on
		if err := everybody(unix.SIGSTOP); err != nil {
			release()
			return err
		}
		o.release = release
		return nil
	case nodeline.Thaw:
		err := everybody(unix.SIGCONT)
		o.release()
		return err
	}
	return fmt.Errorf("no such order: %s", order)
}

// everybody sends a signal, in one step for the kernel, to all other processes of the PID namespace whose first process this
// is, and of those within.
func everybody(number unix.Signal) error {
	if os.Getpid() != 1 {
		return errors.New("not the first process of a PID namespace: all processes of this machine would get the signal")
	}
	if err := unix.Kill(-1, number); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}
