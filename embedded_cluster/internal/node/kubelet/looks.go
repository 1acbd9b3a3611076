package kubelet

import (
	"context"
	"sync"
	"time"

	internalapi "k8s.io/cri-api/pkg/apis"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// looks are when the kubelet looks at a pod again after something began or ended in it, beside once a second at all pods.
//
// Between two steps of a pod (started, running; stopped, gone) the kubelet waits until it has looked at it, later than the
// first step was over. When the runtime speaks of a change, that step is often not over yet, so a look at once is not
// enough; that it is over, nobody is told. On a loaded machine it takes longer: so the looks become rarer.
var looks = []time.Duration{10 * time.Millisecond, 40 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond}

// promptRuntime has the kubelet look at a pod again soon after each change, and also when a container has begun to run: by
// itself it does so only when one has ended.
type promptRuntime struct{ internalapi.RuntimeService }

// GetContainerEvents sends what the runtime tells, and its repetitions, until the runtime tells no more.
func (r promptRuntime) GetContainerEvents(
	ctx context.Context, told chan *cri.ContainerEventResponse, connected func(cri.RuntimeService_GetContainerEventsClient),
) error {
	heard := make(chan *cri.ContainerEventResponse, cap(told))
	var repeating sync.WaitGroup
	repeating.Go(func() { repeat(heard, told) })
	defer repeating.Wait() // nothing may be sent once we have returned
	defer close(heard)
	return r.RuntimeService.GetContainerEvents(ctx, heard, connected)
}

// repeated is the last change in a pod, and when it is told again.
type repeated struct {
	event *cri.ContainerEventResponse
	since time.Time
	left  []time.Duration
}

func (r repeated) due() time.Time { return r.since.Add(r.left[0]) }

// repeat tells what it hears, and tells it again when looks are due. Another change in a pod takes the place of the last.
func repeat(heard <-chan *cri.ContainerEventResponse, told chan<- *cri.ContainerEventResponse) {
	pods := map[string]repeated{}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case event, more := <-heard:
			if !more {
				return
			}
			told <- event
			pod := event.GetPodSandboxStatus().GetMetadata().GetUid()
			switch event.GetContainerEventType() {
			case cri.ContainerEventType_CONTAINER_STARTED_EVENT, cri.ContainerEventType_CONTAINER_STOPPED_EVENT:
				pods[pod] = repeated{look(event), time.Now(), looks}
			case cri.ContainerEventType_CONTAINER_DELETED_EVENT:
				delete(pods, pod)
			}
		case now := <-timer.C:
			for pod, last := range pods {
				if last.due().After(now) {
					continue
				}
				told <- last.event
				if last.left = last.left[1:]; len(last.left) == 0 {
					delete(pods, pod)
				} else {
					pods[pod] = last
				}
			}
		}
		if next := earliest(pods); !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

func earliest(pods map[string]repeated) time.Time {
	var next time.Time
	for _, last := range pods {
		if due := last.due(); next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}

// look is an event that makes the kubelet look at the pod; it does that only for an end, and itself finds out what changed.
func look(event *cri.ContainerEventResponse) *cri.ContainerEventResponse {
	return &cri.ContainerEventResponse{
		ContainerId: event.GetContainerId(), ContainerEventType: cri.ContainerEventType_CONTAINER_STOPPED_EVENT,
		CreatedAt: event.GetCreatedAt(), PodSandboxStatus: event.GetPodSandboxStatus(),
	}
}
