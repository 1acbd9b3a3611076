package nodeline

import (
	"errors"
	"io"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

func pair(t *testing.T) (supervisor, node *Line) {
	t.Helper()
	supervisor, end, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(supervisor.Close)
	if node, err = Open(end); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Close)
	return supervisor, node
}

func TestADescriptionThenOrders(t *testing.T) {
	supervisor, node := pair(t)
	obeyed := make(chan error)
	var got []Order
	go func() {
		description, err := node.Description()
		if err != nil || description.Name != "node-7" {
			t.Errorf("%+v, %v", description, err)
		}
		obeyed <- node.Obey(func(order Order) error {
			got = append(got, order)
			if order == StartKubelet {
				return errors.New("no program")
			}
			return nil
		})
	}()
	if err := supervisor.Describe(spec.Node{Name: "node-7"}); err != nil {
		t.Fatal(err)
	}
	if err := supervisor.Order(StopKubelet); err != nil {
		t.Error(err)
	}
	if err := supervisor.Order(StartKubelet); err == nil || err.Error() != "order start-kubelet: no program" {
		t.Errorf("%v", err)
	}
	supervisor.Close()
	if err := <-obeyed; !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	if len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestTheEndOfTheNodeIsHeard(t *testing.T) {
	supervisor, node := pair(t)
	go func() {
		_, _ = node.Description()
		node.Close()
	}()
	_ = supervisor.Describe(spec.Node{})
	if err := supervisor.Order(Freeze); err == nil {
		t.Error("no error")
	}
}
