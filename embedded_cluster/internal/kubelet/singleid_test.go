package kubelet

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
)

// recording is a plugin whose mounters note what they are asked for.
type recording struct {
	volume.VolumePlugin
	asked *[]volume.MounterArgs
}

func (p recording) NewMounter(*volume.Spec, *v1.Pod) (volume.Mounter, error) {
	return recordingMounter{asked: p.asked}, nil
}

type recordingMounter struct {
	volume.Mounter
	asked *[]volume.MounterArgs
}

func (m recordingMounter) SetUp(arguments volume.MounterArgs) error {
	*m.asked = append(*m.asked, arguments)
	return nil
}

func (m recordingMounter) SetUpAt(_ string, arguments volume.MounterArgs) error { return m.SetUp(arguments) }

func TestAVolumeIsGivenToNobodyElse(t *testing.T) {
	var asked []volume.MounterArgs
	mounter, err := unowned{recording{asked: &asked}}.NewMounter(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := int64(1000)
	arguments := volume.MounterArgs{FsUser: &id, FsGroup: &id, SELinuxLabel: "kept"}
	if err := mounter.SetUp(arguments); err != nil {
		t.Fatal(err)
	}
	if err := mounter.SetUpAt("/there", arguments); err != nil {
		t.Fatal(err)
	}
	for _, got := range asked {
		if got.FsUser != nil || got.FsGroup != nil || got.SELinuxLabel != "kept" {
			t.Errorf("%+v", got)
		}
	}
	if len(asked) != 2 {
		t.Errorf("%d calls", len(asked))
	}
}

func TestOnlyASingleIDChangesThePlugins(t *testing.T) {
	count := func(singleID bool) (wrapped, all int) {
		for _, plugin := range volumePlugins(singleID) {
			if _, is := plugin.(unowned); is {
				wrapped++
			}
			all++
		}
		return wrapped, all
	}
	if wrapped, all := count(false); wrapped != 0 || all != 9 {
		t.Errorf("all ids: %d of %d", wrapped, all)
	}
	if wrapped, all := count(true); wrapped != 5 || all != 9 {
		t.Errorf("a single id: %d of %d", wrapped, all)
	}
}
