package kubelet

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	internalapi "k8s.io/cri-api/pkg/apis"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	created = cri.ContainerEventType_CONTAINER_CREATED_EVENT
	started = cri.ContainerEventType_CONTAINER_STARTED_EVENT
	stopped = cri.ContainerEventType_CONTAINER_STOPPED_EVENT
	deleted = cri.ContainerEventType_CONTAINER_DELETED_EVENT
)

func change(pod string, what cri.ContainerEventType) *cri.ContainerEventResponse {
	return &cri.ContainerEventResponse{
		ContainerEventType: what, PodSandboxStatus: &cri.PodSandboxStatus{Metadata: &cri.PodSandboxMetadata{Uid: pod}},
	}
}

type looked struct {
	pod   string
	what  cri.ContainerEventType
	after time.Duration
}

// after is what is told when these changes happen, one every 20 ms.
func after(changes ...*cri.ContainerEventResponse) []looked {
	heard, told := make(chan *cri.ContainerEventResponse), make(chan *cri.ContainerEventResponse)
	began := time.Now()
	go func() {
		for _, one := range changes {
			heard <- one
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		close(heard)
	}()
	go func() { repeat(heard, told); close(told) }()
	var all []looked
	for event := range told {
		all = append(all, looked{event.GetPodSandboxStatus().GetMetadata().GetUid(), event.GetContainerEventType(), time.Since(began)})
	}
	return all
}

func TestAPodIsLookedAtAgainAfterAChange(t *testing.T) {
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		changes []*cri.ContainerEventResponse
		want    []looked
	}{
		"a start, told as it is and then as what is acted on": {
			[]*cri.ContainerEventResponse{change("a", started)},
			[]looked{{"a", started, 0}, {"a", stopped, 10 * ms}, {"a", stopped, 40 * ms}, {"a", stopped, 150 * ms}, {"a", stopped, 400 * ms}},
		},
		"an end": {
			[]*cri.ContainerEventResponse{change("a", stopped)},
			[]looked{{"a", stopped, 0}, {"a", stopped, 10 * ms}, {"a", stopped, 40 * ms}, {"a", stopped, 150 * ms}, {"a", stopped, 400 * ms}},
		},
		"the second change of a pod counts from there": {
			[]*cri.ContainerEventResponse{change("a", started), change("a", stopped)},
			[]looked{
				{"a", started, 0}, {"a", stopped, 10 * ms}, {"a", stopped, 20 * ms}, {"a", stopped, 30 * ms},
				{"a", stopped, 60 * ms}, {"a", stopped, 170 * ms}, {"a", stopped, 420 * ms},
			},
		},
		"two pods": {
			[]*cri.ContainerEventResponse{change("a", stopped), change("b", stopped)},
			[]looked{
				{"a", stopped, 0}, {"a", stopped, 10 * ms}, {"b", stopped, 20 * ms}, {"b", stopped, 30 * ms}, {"a", stopped, 40 * ms},
				{"b", stopped, 60 * ms}, {"a", stopped, 150 * ms}, {"b", stopped, 170 * ms}, {"a", stopped, 400 * ms}, {"b", stopped, 420 * ms},
			},
		},
		"a pod that is gone is not looked for": {
			[]*cri.ContainerEventResponse{change("a", stopped), change("a", deleted)},
			[]looked{{"a", stopped, 0}, {"a", stopped, 10 * ms}, {"a", deleted, 20 * ms}},
		},
		"what has not begun": {[]*cri.ContainerEventResponse{change("a", created)}, []looked{{"a", created, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := after(test.changes...); !slices.Equal(got, test.want) {
					t.Errorf("%v\nwant %v", got, test.want)
				}
			})
		})
	}
}

type failing struct {
	internalapi.RuntimeService
	err error
}

func (f failing) GetContainerEvents(_ context.Context, told chan *cri.ContainerEventResponse, _ func(cri.RuntimeService_GetContainerEventsClient)) error {
	told <- change("a", stopped)
	return f.err
}

// The kubelet closes the channel then: a repetition that comes later would crash it.
func TestNothingIsToldOnceTheRuntimeHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told, gone := make(chan *cri.ContainerEventResponse, 10), errors.New("gone")
		if err := (promptRuntime{failing{err: gone}}).GetContainerEvents(t.Context(), told, nil); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
		close(told)
		time.Sleep(time.Minute)
		if len(told) != 1 {
			t.Errorf("%d events, want the one that was told", len(told))
		}
	})
}
