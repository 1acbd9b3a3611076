package kubelet

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseOptions(t *testing.T) {
	for name, test := range map[string]struct {
		options []string
		flags   uintptr
		data    string
	}{
		"none":                {nil, 0, ""},
		"a secret's tmpfs":    {[]string{"size=1048576", "noswap"}, 0, "size=1048576"},
		"a subpath":           {[]string{"bind"}, unix.MS_BIND, ""},
		"a read-only bind":    {[]string{"bind", "ro"}, unix.MS_BIND | unix.MS_RDONLY, ""},
		"a remount":           {[]string{"bind", "remount", "rw", "nosuid"}, unix.MS_BIND | unix.MS_REMOUNT | unix.MS_NOSUID, ""},
		"for the file system": {[]string{"size=1m", "noexec", "mode=0700"}, unix.MS_NOEXEC, "size=1m,mode=0700"},
	} {
		if flags, data := parseOptions(test.options); flags != test.flags || data != test.data {
			t.Errorf("%s: %x %q, want %x %q", name, flags, data, test.flags, test.data)
		}
	}
}

func TestUnmountingWhatIsNotMounted(t *testing.T) {
	m := newMounter()
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		// An ordinary user may not unmount at all; the kernel says so before it looks.
		if err := m.Unmount(path); err != nil && os.Geteuid() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAFailureNamesWhatWasToBeMounted(t *testing.T) {
	err := newMounter().Mount("source", "/no/such/target", "tmpfs", []string{"size=1m"})
	if want := "mounting source (tmpfs) on /no/such/target: "; err == nil || err.Error()[:len(want)] != want {
		t.Errorf("%v", err)
	}
}
