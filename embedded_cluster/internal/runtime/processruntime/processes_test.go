package processruntime

import (
	"os"
	"slices"
	"testing"
)

func TestWhomAProcessRunsAs(t *testing.T) {
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	user := userOf(os.Getpid()).GetLinux()
	if user.GetUid() != int64(os.Getuid()) || user.GetGid() != int64(os.Getgid()) || len(user.GetSupplementalGroups()) != len(groups) {
		t.Errorf("%+v", user)
	}
	for _, group := range groups {
		if !slices.Contains(user.GetSupplementalGroups(), int64(group)) {
			t.Errorf("group %d is not in %v", group, user.GetSupplementalGroups())
		}
	}
	if gone := userOf(1 << 30).GetLinux(); gone.GetUid() != 0 {
		t.Errorf("a process that is not there: %+v", gone)
	}
}
