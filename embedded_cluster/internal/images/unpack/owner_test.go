package unpack

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// checkOwner: as root a file has the owner and the capability that its image says, and never an attribute by which
// overlayfs could be told lies.
func checkOwner(t *testing.T, path string) {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		t.Fatal(err)
	}
	wanted := [2]int{os.Getuid(), os.Getgid()}
	if os.Geteuid() == 0 {
		wanted = [2]int{12, 34}
	}
	if got := [2]int{int(stat.Uid), int(stat.Gid)}; got != wanted {
		t.Errorf("owner %v, want %v", got, wanted)
	}
	value := make([]byte, 64)
	size, err := unix.Getxattr(path, capabilities, value)
	if has := err == nil && size == 20; has != (os.Geteuid() == 0) {
		t.Errorf("%s: %v, %d bytes", capabilities, err, size)
	}
	if _, err := unix.Getxattr(path, "user.overlay.opaque", value); !errors.Is(err, unix.ENODATA) && !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("the image's attribute for overlayfs was set: %v", err)
	}
}
