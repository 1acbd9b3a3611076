package supervisor

import (
	"context"
	"errors"
	"maps"
	"testing"

	"pytest-kworkload/embedded_cluster/internal/cluster/control"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

// ofTwo is a cluster of two nodes that does nothing.
func ofTwo() *supervisor {
	s := &supervisor{deaths: make(chan error, 1), parts: map[string]*part{}, nodes: map[string]*node{}, held: map[string]string{}}
	for index := range 2 {
		n := &node{name: spec.NodeName(index), index: index}
		s.nodes[n.name] = n
	}
	return s
}

// take takes for faults whose effects are not tested here.
func take(t *testing.T, s *supervisor, r control.Request) string {
	t.Helper()
	target, _, err := s.take(r, faults[r.Fault])
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestWhatIsRefused(t *testing.T) {
	s := ofTwo()
	take(t, s, control.Request{Fault: "node-frozen", Node: "node-1"})
	take(t, s, control.Request{Fault: "component-stopped", Component: "kube-controller-manager"})
	before := maps.Clone(s.held)
	for want, r := range map[string]control.Request{
		"the fault \"node-eaten\" was asked for\n  why: there is none of that name\n" +
			"  do:  name one of component-stopped, kubelet-restarted, kubelet-stopped, node-added, node-frozen, node-killed, node-removed": {Fault: "node-eaten"},
		"node-killed of node \"node-2\" was asked for\n  why: there is none of that name\n  do:  name one of node-0, node-1": {Fault: "node-killed", Node: "node-2"},
		"kubelet-stopped of node \"\" was asked for\n  why: there is none of that name\n  do:  name one of node-0, node-1":   {Fault: "kubelet-stopped"},
		"component-stopped of component \"etcd\" was asked for\n  why: there is none of that name\n" +
			"  do:  name one of kube-apiserver, kube-controller-manager, kube-scheduler": {Fault: "component-stopped", Component: "etcd"},
		"node-killed of node \"node-1\" was asked for\n  why: node-frozen is in force there, or about to end\n" +
			"  do:  end it first: a node has one fault at a time": {Fault: "node-killed", Node: "node-1"},
		"component-stopped of component \"kube-controller-manager\" was asked for\n  why: component-stopped is in force there, or about to end\n" +
			"  do:  end it first: a component has one fault at a time": {Fault: "component-stopped", Component: "kube-controller-manager"},
		"node-added was asked for\n  why: component-stopped is in force on kube-controller-manager, and no node joins the cluster without that\n" +
			"  do:  end it first": {Fault: "node-added"},
	} {
		if _, err := s.begin(r); err == nil || err.Error() != want {
			t.Errorf("%+v:\n%v\nwant:\n%s", r, err, want)
		}
	}
	if !maps.Equal(s.held, before) || len(s.nodes) != 2 {
		t.Errorf("a refusal has changed something: %v, %v", s.held, s.nodes)
	}
}

func TestAFaultThatHasEndedMakesRoom(t *testing.T) {
	s := ofTwo()
	r := control.Request{Fault: "node-killed", Node: "node-1"}
	s.release(take(t, s, r), faults[r.Fault])
	take(t, s, r)
}

func TestANewNodeGetsTheNextFreeName(t *testing.T) {
	s := ofTwo()
	added := control.Request{Fault: "node-added"}
	take(t, s, control.Request{Fault: "node-removed", Node: "node-1"}) // which comes back
	first, second := take(t, s, added), take(t, s, added)
	if first != "node-2" || second != "node-3" || s.nodes[second].index != 3 {
		t.Errorf("%s, %s", first, second)
	}
	s.release(first, faults["node-added"])
	if third := take(t, s, added); third != "node-2" {
		t.Error(third)
	}
}

func TestThereIsRoomForALimitedNumberOfNodes(t *testing.T) {
	s := ofTwo()
	added := control.Request{Fault: "node-added"}
	for range spec.MaxNodes - 2 {
		take(t, s, added)
	}
	_, err := s.begin(added)
	if want := "node-added was asked for\n  why: the cluster has 100 nodes, and its address plan has no room for more\n  do:  end another node-added first"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestAFaultThatFailsHalfwayIsUndone(t *testing.T) {
	for name, undone := range map[string]error{"well": nil, "not even that": errors.New("gone")} {
		t.Run(name, func(t *testing.T) {
			s := ofTwo()
			tried := false
			faults["half"] = effect{node: func(*supervisor, context.Context, *node) (revert, error) {
				return func(context.Context) error { tried = true; return undone }, errors.New("no link")
			}}
			defer delete(faults, "half")
			_, err := s.begin(control.Request{Fault: "half", Node: "node-0"})
			if err == nil || err.Error() != "half of node-0 cannot be begun: no link\n  why: the machine is overloaded, or the cluster is broken\n  do:  look at the logs in  while it runs" {
				t.Errorf("%v", err)
			}
			if !tried || len(s.held) != 0 {
				t.Errorf("undone: %v, held: %v", tried, s.held)
			}
			if ends := len(s.deaths) == 1; ends != (undone != nil) {
				t.Errorf("the cluster ends: %v", ends)
			}
		})
	}
}
