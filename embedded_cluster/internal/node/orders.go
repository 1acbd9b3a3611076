package node

import (
	"fmt"

	"golang.org/x/sys/unix"

	"pytest-kworkload/embedded_cluster/internal/node/nodeline"
	"pytest-kworkload/embedded_cluster/internal/tools/reap"
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
		if err := freeze(); err != nil {
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
