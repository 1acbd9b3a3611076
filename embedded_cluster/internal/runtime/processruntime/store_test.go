package processruntime

import (
	"context"
	"os"
	"reflect"
	"syscall"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func encoded(t *testing.T, message proto.Message) []byte {
	t.Helper()
	content, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// recorded is a runtime's state with one pod of an ended container and one that ran.
func recorded(t *testing.T, s *Server) {
	t.Helper()
	pod := sandboxRecord{ID: "pod", Config: encoded(t, &cri.PodSandboxConfig{Metadata: &cri.PodSandboxMetadata{Name: "web"}}), Created: 1, IP: "10.244.0.2"}
	config := encoded(t, &cri.ContainerConfig{Metadata: &cri.ContainerMetadata{Name: "c", Attempt: 3}})
	ended := containerRecord{
		ID: "ended", Sandbox: "pod", Config: config, Image: "busybox", ImageID: "sha256:1", Digest: "busybox@sha256:2", LogPath: "/l",
		State: cri.ContainerState_CONTAINER_EXITED, Created: 1, Started: 2, Finished: 3, ExitCode: 42, Reason: "Error", Message: "m",
	}
	running := containerRecord{ID: "running", Sandbox: "pod", Config: config, State: cri.ContainerState_CONTAINER_RUNNING, Started: 5}
	stray := containerRecord{ID: "stray", Sandbox: "gone", Config: config}
	for path, record := range map[string]any{
		s.store.sandboxFile("pod"): pod, s.store.containerFile("ended"): ended,
		s.store.containerFile("running"): running, s.store.containerFile("stray"): stray,
	} {
		if err := write(path, record); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatWasRecordedIsKnownAgain(t *testing.T) {
	s := server(t)
	recorded(t, s)
	if err := s.restore(); err != nil {
		t.Fatal(err)
	}
	p := s.sandboxes["pod"]
	if p.state() != cri.PodSandboxState_SANDBOX_NOTREADY || p.config.GetMetadata().GetName() != "web" || p.IP != "10.244.0.2" {
		t.Errorf("%+v", p)
	}
	ended := s.containers["ended"]
	if ended.ExitCode != 42 || ended.Reason != "Error" || ended.Finished != 3 || ended.config.GetMetadata().GetAttempt() != 3 {
		t.Errorf("%+v", ended.containerRecord)
	}
	running := s.containers["running"]
	if running.State != cri.ContainerState_CONTAINER_EXITED || running.ExitCode != 255 || running.Reason != "Unknown" || running.Finished == 0 {
		t.Errorf("what ran when the node was killed: %+v", running.containerRecord)
	}
	if s.containers["stray"] != nil {
		t.Error("a container without its pod came back")
	}
	if _, err := os.Stat(s.store.containerFile("stray")); !os.IsNotExist(err) {
		t.Errorf("its record: %v", err)
	}
}

func TestTheNextAddressFollowsTheLastOneGiven(t *testing.T) {
	s := server(t)
	for id, record := range map[string]sandboxRecord{
		"old": {Created: 1, IP: "10.244.0.9"}, "last": {Created: 3, IP: "10.244.0.5"}, "on the node's network": {Created: 4},
	} {
		record.ID = id
		if err := write(s.store.sandboxFile(id), record); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.restore(); err != nil {
		t.Fatal(err)
	}
	if ip, err := s.network.addresses.take(); err != nil || ip.String() != "10.244.0.6" {
		t.Errorf("%s, %v", ip, err)
	}
}

func TestWhatWasPulledIsThereAgain(t *testing.T) {
	s := server(t)
	image := &cri.ImageSpec{Image: "busybox:1.35.0"}
	if _, err := s.PullImage(context.Background(), &cri.PullImageRequest{Image: image}); err != nil {
		t.Fatal(err)
	}
	again := server(t)
	again.store = s.store
	if err := again.restore(); err != nil {
		t.Fatal(err)
	}
	if _, found := again.find(image); !found {
		t.Error("it is not")
	}
	if _, err := again.RemoveImage(context.Background(), &cri.RemoveImageRequest{Image: image}); err != nil {
		t.Fatal(err)
	}
	last := server(t)
	last.store = s.store
	if err := last.restore(); err != nil || len(last.pulled) != 0 {
		t.Errorf("after its removal: %v, %v", last.pulled, err)
	}
}

func TestARestoredPodCanBeStoppedAndRemoved(t *testing.T) {
	s := server(t)
	recorded(t, s)
	if err := s.restore(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemovePodSandbox(context.Background(), &cri.RemovePodSandboxRequest{PodSandboxId: "pod"}); err != nil {
		t.Fatal(err)
	}
	if len(s.sandboxes)+len(s.containers) != 0 {
		t.Errorf("left: %v, %v", s.sandboxes, s.containers)
	}
	again := server(t)
	again.store = s.store
	if err := again.restore(); err != nil || len(again.sandboxes)+len(again.containers) != 0 {
		t.Errorf("on disk: %v, %v, %v", again.sandboxes, again.containers, err)
	}
}

func TestAHalfWrittenRecordIsNotRead(t *testing.T) {
	s := server(t)
	recorded(t, s)
	if err := os.WriteFile(s.store.sandboxFile("half")+".new", []byte(`{"ID":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.restore(); err != nil {
		t.Error(err)
	}
}

func TestRecordsAreReplacedAsAWhole(t *testing.T) {
	s := server(t)
	path := s.store.sandboxFile("x")
	first, second := sandboxRecord{ID: "x", Created: 1}, sandboxRecord{ID: "x", Created: 2, IP: "10.0.0.1"}
	for _, record := range []sandboxRecord{first, second} {
		if err := write(path, record); err != nil {
			t.Fatal(err)
		}
	}
	var got []sandboxRecord
	if err := read(s.store.sandboxes(), func(r sandboxRecord) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, []sandboxRecord{second}) {
		t.Errorf("%+v", got)
	}
}

func TestExitCode(t *testing.T) {
	for wait, want := range map[syscall.WaitStatus]int32{
		0: 0, 1 << 8: 1, 255 << 8: 255, 137 << 8: 137,
		syscall.WaitStatus(syscall.SIGKILL): 137, syscall.WaitStatus(syscall.SIGTERM): 143, syscall.WaitStatus(syscall.SIGSEGV) | 0x80: 139,
	} {
		if got := exitCode(wait); got != want {
			t.Errorf("exitCode(%#x) = %d, want %d", uint32(wait), got, want)
		}
	}
}

func TestPullingAnswersInGRPCsTerms(t *testing.T) {
	s := server(t)
	pull := func(reference string) error {
		_, err := s.PullImage(context.Background(), &cri.PullImageRequest{Image: &cri.ImageSpec{Image: reference}})
		return err
	}
	for reference, want := range map[string]codes.Code{
		"busybox:1.35.0": codes.OK, "registry.invalid/a": codes.NotFound, "nginx": codes.NotFound, "a b": codes.InvalidArgument,
	} {
		if got := status.Code(pull(reference)); got != want {
			t.Errorf("%s: %s, want %s", reference, got, want)
		}
	}
	for _, name := range []string{"busybox:1.35.0"} {
		answer, err := s.ImageStatus(context.Background(), &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}})
		if err != nil || answer.GetImage().GetSize() == 0 {
			t.Errorf("%s after the pull: %v, %v", name, answer, err)
		}
		byID, err := s.ImageStatus(context.Background(), &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: answer.GetImage().GetId()}})
		if err != nil || byID.GetImage().GetId() != answer.GetImage().GetId() {
			t.Errorf("by its id: %v, %v", byID, err)
		}
	}
	if answer, err := s.ImageStatus(context.Background(), &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: "nginx"}}); err != nil || answer.GetImage() != nil {
		t.Errorf("what was not pulled: %v, %v", answer, err)
	}
}
