// Eligibility prints what Kubernetes' own code says of generated nodes and pod templates: whether a daemon pod runs on the
// node, whether one that is there stays, and which taints of a node's trouble a pod tolerates for good. The plugin's tests
// hold the plugin's own rules against it. It is no part of the cluster: `make eligibility` writes its output where they are.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/apis/core/v1/helper"
	"k8s.io/kubernetes/pkg/controller/daemon"
	daemonutil "k8s.io/kubernetes/pkg/controller/daemon/util"
	"k8s.io/utils/ptr"
)

const (
	placements  = 300
	tolerations = 60
)

// placement is a node, the fields of a template that decide where its pods go, and what the DaemonSet controller does.
type placement struct {
	Node     node     `json:"node"`
	Template template `json:"template"`
	Runs     bool     `json:"runs"`
	Stays    bool     `json:"stays"`
}

type node struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Taints []corev1.Taint    `json:"taints,omitempty"`
}

type template struct {
	NodeName     string              `json:"nodeName,omitempty"`
	NodeSelector map[string]string   `json:"nodeSelector,omitempty"`
	Affinity     *corev1.Affinity    `json:"affinity,omitempty"`
	Tolerations  []corev1.Toleration `json:"tolerations,omitempty"`
	HostNetwork  bool                `json:"hostNetwork,omitempty"`
}

// tolerance is a pod's tolerations, and for each taint of a node's trouble whether the pod may stay without a limit of time.
type tolerance struct {
	Tolerations []corev1.Toleration `json:"tolerations"`
	Forever     []bool              `json:"forever"`
}

// What is printed is one JSON object, a case on each line, and the same in every run.
func main() {
	out := bufio.NewWriter(os.Stdout)
	c := choice{rand.New(rand.NewPCG(1, 37))}
	trouble := added()
	fmt.Fprintf(out, "{\"added\": %s,\n\"placements\": [\n", line(trouble))
	for n := range placements {
		fmt.Fprintf(out, "%s%s\n", line(c.placement()), comma(n, placements))
	}
	fmt.Fprint(out, "],\n\"tolerations\": [\n")
	for n := range tolerations {
		fmt.Fprintf(out, "%s%s\n", line(c.tolerance(trouble)), comma(n, tolerations))
	}
	fmt.Fprint(out, "]}\n")
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func line(value any) []byte {
	made, err := json.Marshal(value)
	if err != nil {
		panic(err) // plain data
	}
	return made
}

func comma(n, of int) string {
	if n == of-1 {
		return ""
	}
	return ","
}

// added are the tolerations that every daemon pod gets; the last one is of those on the network of their node only.
func added() []corev1.Toleration {
	spec := corev1.PodSpec{HostNetwork: true}
	daemonutil.AddOrUpdateDaemonPodTolerations(&spec)
	return spec.Tolerations
}

// choice draws from few words, so that what is wanted and what is there meet often.
type choice struct{ *rand.Rand }

func (c choice) of(words ...string) string { return words[c.IntN(len(words))] }

func (c choice) one(in int) bool { return c.IntN(in) == 0 }

func (c choice) placement() placement {
	made := placement{Node: node{Name: "node-0", Labels: c.labels(3)}, Template: template{HostNetwork: c.one(4)}}
	for range c.IntN(3) {
		made.Node.Taints = append(made.Node.Taints, c.taint())
	}
	if c.one(8) {
		made.Template.NodeName = c.of("node-0", "node-0", "node-1")
	}
	if c.one(3) {
		made.Template.NodeSelector = c.labels(1)
	}
	if c.one(2) {
		made.Template.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: c.selector()}}
	}
	for range c.IntN(4) {
		made.Template.Tolerations = append(made.Template.Tolerations, c.toleration())
	}
	spec := corev1.PodSpec{
		NodeName: made.Template.NodeName, NodeSelector: made.Template.NodeSelector, Affinity: made.Template.Affinity,
		Tolerations: made.Template.Tolerations, HostNetwork: made.Template.HostNetwork,
	}
	object := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: made.Node.Name, Labels: made.Node.Labels}, Spec: corev1.NodeSpec{Taints: made.Node.Taints}}
	set := &appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{Spec: spec}}}
	made.Runs, made.Stays = daemon.NodeShouldRunDaemonPod(klog.Background(), object, set)
	return made
}

func (c choice) labels(most int) map[string]string {
	made := map[string]string{}
	for range c.IntN(most + 1) {
		key := c.of("zone", "cores", "gpu")
		made[key] = c.value(key)
	}
	return made
}

func (c choice) value(key string) string {
	if key == "cores" {
		return c.of("8", "16", "016", "many", "9223372036854775807", "9223372036854775808")
	}
	return c.of("", "a", "b")
}

func (c choice) selector() *corev1.NodeSelector {
	made := &corev1.NodeSelector{}
	for range c.IntN(3) {
		term := corev1.NodeSelectorTerm{}
		for range c.IntN(3) {
			term.MatchExpressions = append(term.MatchExpressions, c.requirement())
		}
		if c.one(5) {
			field := corev1.NodeSelectorRequirement{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{c.of("node-0", "node-1")}}
			if c.one(2) {
				field.Operator = corev1.NodeSelectorOpNotIn
			}
			term.MatchFields = append(term.MatchFields, field)
		}
		made.NodeSelectorTerms = append(made.NodeSelectorTerms, term)
	}
	return made
}

func (c choice) requirement() corev1.NodeSelectorRequirement {
	made := corev1.NodeSelectorRequirement{Key: c.of("zone", "cores", "gpu"), Operator: corev1.NodeSelectorOperator(c.of("In", "NotIn", "Exists", "DoesNotExist"))}
	if c.one(3) {
		made.Key, made.Operator = "cores", corev1.NodeSelectorOperator(c.of("Gt", "Lt"))
		made.Values = []string{c.of("8", "15", "016", "many", "-1", "+8", "9223372036854775807", "9223372036854775808")}
		return made
	}
	switch made.Operator {
	case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
		for range c.IntN(3) {
			made.Values = append(made.Values, c.value(made.Key))
		}
		if c.one(8) {
			made.Values = append(made.Values, c.of("no value of a label", "-b"))
		}
	}
	return made
}

func (c choice) key() string {
	return c.of("team", "team", "sla", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/disk-pressure",
		"node.kubernetes.io/memory-pressure", "node.kubernetes.io/pid-pressure", "node.kubernetes.io/unschedulable",
		"node.kubernetes.io/network-unavailable", "node.kubernetes.io/out-of-service", "node-role.kubernetes.io/control-plane")
}

func (c choice) taint() corev1.Taint {
	return corev1.Taint{Key: c.key(), Value: c.of("", "", "blue"), Effect: corev1.TaintEffect(c.of("NoSchedule", "NoSchedule", "NoExecute", "PreferNoSchedule"))}
}

func (c choice) toleration() corev1.Toleration {
	made := corev1.Toleration{
		Key: c.key(), Operator: corev1.TolerationOperator(c.of("", "Equal", "Exists", "Exists")),
		Effect: corev1.TaintEffect(c.of("", "NoSchedule", "NoExecute")),
	}
	if made.Operator != corev1.TolerationOpExists {
		made.Value = c.of("", "blue")
	} else if c.one(6) {
		made.Key = ""
	}
	if made.Effect == corev1.TaintEffectNoExecute && c.one(3) {
		made.TolerationSeconds = ptr.To(int64(300))
	}
	return made
}

func (c choice) tolerance(trouble []corev1.Toleration) tolerance {
	made := tolerance{Tolerations: []corev1.Toleration{}}
	for _, one := range trouble {
		if !c.one(4) {
			made.Tolerations = append(made.Tolerations, one)
		}
	}
	for range c.IntN(3) {
		made.Tolerations = append(made.Tolerations, c.toleration())
	}
	c.Shuffle(len(made.Tolerations), func(i, j int) {
		made.Tolerations[i], made.Tolerations[j] = made.Tolerations[j], made.Tolerations[i]
	})
	for _, one := range trouble {
		tolerated, by := helper.GetMatchingTolerations(klog.Background(), []corev1.Taint{{Key: one.Key, Effect: one.Effect}}, made.Tolerations)
		made.Forever = append(made.Forever, tolerated && by[0].TolerationSeconds == nil)
	}
	return made
}
