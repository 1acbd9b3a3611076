package supervisor

import (
	"reflect"
	"syscall"
	"testing"
)

func TestUnchangedMapsEveryIDToItself(t *testing.T) {
	for idMap, want := range map[string][]syscall.SysProcIDMap{
		"         0          0 4294967295\n": {{ContainerID: 0, HostID: 0, Size: 4294967295}},
		"0 1000 1\n1 100000 65536\n":         {{ContainerID: 0, HostID: 0, Size: 1}, {ContainerID: 1, HostID: 1, Size: 65536}},
		"":                                   nil,
	} {
		if got, err := unchanged(idMap); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("unchanged(%q) = %v, %v", idMap, got, err)
		}
	}
	if _, err := unchanged("0 0\n"); err == nil {
		t.Error("half a line was taken")
	}
}
