package node

import (
	"strings"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/nodeline"
	"pytest-kworkload/embedded_cluster/internal/reap"
)

func TestAFreezeThatFailsHoldsNothingBack(t *testing.T) {
	reaper := reap.New()
	o := &orders{reaper: reaper}
	if err := o.obey(nodeline.Freeze); err == nil || !strings.HasPrefix(err.Error(), "not the first process of a PID namespace") {
		t.Fatalf("%v", err)
	}
	reaper.Hold()() // would wait for ever
}

func TestAnUnknownOrder(t *testing.T) {
	if err := (&orders{}).obey("dance"); err == nil || err.Error() != "no such order: dance" {
		t.Errorf("%v", err)
	}
}
