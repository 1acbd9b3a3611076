package supervisor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pytest-kworkload/embedded_cluster/internal/cluster/control"
	"pytest-kworkload/embedded_cluster/internal/controlplane"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// revert undoes a fault.
type revert func(context.Context) error

// effect is what a fault does to a node or to a component. One that fails, and yet returns how to revert it, has changed
// something.
type effect struct {
	node      func(*supervisor, context.Context, *node) (revert, error)
	component func(*supervisor, context.Context, *part) (revert, error)
	adds      bool // the node is a new one
	joins     bool // a node joins, now or at the end
}

// faults are what may be asked for, by name.
var faults = map[string]effect{
	"kubelet-stopped":   {node: (*supervisor).kubeletStopped},
	"kubelet-restarted": {node: (*supervisor).kubeletRestarted},
	"node-frozen":       {node: (*supervisor).nodeFrozen},
	"node-killed":       {node: (*supervisor).nodeKilled},
	"node-removed":      {node: (*supervisor).nodeRemoved, joins: true},
	"node-added":        {node: (*supervisor).nodeAdded, joins: true, adds: true},
	"component-stopped": {component: (*supervisor).componentStopped},
}

// stoppable are the components that the others can do without for a while. A node joins with the help of the first two.
var stoppable = []string{controlplane.KubeAPIServer, controlplane.ControllerManager, controlplane.Scheduler}

func (s *supervisor) serveFaults() error {
	listener, err := control.Listen(s.cluster.Control())
	if err != nil {
		return message.Disk(s.cluster.Directory, err)
	}
	go control.Serve(listener, s.begin, s.broken)
	return nil
}

// broken ends the cluster: it is not what its users take it for.
func (s *supervisor) broken(err error) {
	select {
	case s.deaths <- err:
	default: // it ends already
	}
}

// begin puts a fault in force.
func (s *supervisor) begin(r control.Request) (control.Fault, error) {
	wanted, known := faults[r.Fault]
	if !known {
		return control.Fault{}, &message.Problem{
			Saw: fmt.Sprintf("the fault %q was asked for", r.Fault), Why: "there is none of that name",
			Do: "name one of " + list(slices.Sorted(maps.Keys(faults))),
		}
	}
	target, apply, err := s.take(r, wanted)
	if err != nil {
		return control.Fault{}, err
	}
	var undo revert
	err = within(func(ctx context.Context) (err error) {
		undo, err = apply(ctx)
		return err
	})
	if err != nil {
		defer s.release(target, wanted)
		if undo != nil {
			if undone := within(undo); undone != nil {
				s.broken(s.failure(r.Fault, target, "undone", undone))
			}
		}
		return control.Fault{}, s.failure(r.Fault, target, "begun", err)
	}
	fault := control.Fault{Revert: func() error {
		defer s.release(target, wanted)
		if err := within(undo); err != nil {
			return s.failure(r.Fault, target, "reverted", err)
		}
		return nil
	}}
	if wanted.adds {
		fault.Node = target
	}
	return fault, nil
}

// within bounds what is done.
func within(do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), usableWithin)
	defer cancel()
	return do(ctx)
}

// failure is the cluster's own, and no mistake of who asked.
func (s *supervisor) failure(fault, target, what string, err error) error {
	var problem *message.Problem
	if errors.As(err, &problem) {
		return err
	}
	return &message.Problem{
		Saw: fmt.Sprintf("%s of %s cannot be %s", fault, target, what), Cause: err, Why: "the machine is overloaded, or the cluster is broken",
		Do: fmt.Sprintf("look at the logs in %s while it runs", s.cluster.Directory),
	}
}

// take finds what the fault is to be put on, and keeps other faults away from it until it is released.
func (s *supervisor) take(r control.Request, wanted effect) (target string, apply func(context.Context) (revert, error), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var added *node
	switch {
	case wanted.component != nil:
		target, err = s.existing(r.Fault, "component", r.Component, stoppable)
	case wanted.adds:
		if added, err = s.next(r.Fault); err == nil {
			target = added.name
		}
	default:
		target, err = s.existing(r.Fault, "node", r.Node, slices.Sorted(maps.Keys(s.nodes)))
	}
	if err != nil {
		return "", nil, err
	}
	if wanted.joins {
		for _, needed := range stoppable[:2] {
			if other, held := s.held[needed]; held {
				return "", nil, &message.Problem{
					Saw: r.Fault + " was asked for", Why: fmt.Sprintf("%s is in force on %s, and no node joins the cluster without that", other, needed),
					Do: "end it first",
				}
			}
		}
	}
	s.held[target] = r.Fault
	if wanted.component != nil {
		part := s.parts[target]
		return target, func(ctx context.Context) (revert, error) { return wanted.component(s, ctx, part) }, nil
	}
	if wanted.adds {
		s.nodes[target] = added
	}
	node := s.nodes[target]
	return target, func(ctx context.Context) (revert, error) { return wanted.node(s, ctx, node) }, nil
}

// existing is a node or a component that is there, with no fault on it. It wants s.mu held.
func (s *supervisor) existing(fault, word, name string, there []string) (string, error) {
	p := &message.Problem{Saw: fmt.Sprintf("%s of %s %q was asked for", fault, word, name)}
	if !slices.Contains(there, name) {
		p.Why, p.Do = "there is none of that name", "name one of "+list(there)
		return "", p
	}
	if other, held := s.held[name]; held {
		p.Why, p.Do = other+" is in force there, or about to end", "end it first: a "+word+" has one fault at a time"
		return "", p
	}
	return name, nil
}

// next is a new node. It wants s.mu held.
func (s *supervisor) next(fault string) (*node, error) {
	for index := range spec.MaxNodes {
		if name := spec.NodeName(index); s.nodes[name] == nil {
			return &node{name: name, index: index}, nil
		}
	}
	return nil, &message.Problem{
		Saw: fault + " was asked for", Why: fmt.Sprintf("the cluster has %d nodes, and its address plan has no room for more", len(s.nodes)),
		Do: "end another " + fault + " first",
	}
}

func (s *supervisor) release(target string, wanted effect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, target)
	if wanted.adds {
		delete(s.nodes, target)
	}
}

func list(names []string) string { return strings.Join(names, ", ") }
