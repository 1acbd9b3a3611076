package rootfs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestShowKeepsLinksAndLeavesOutWhatIsMissing(t *testing.T) {
	host, target := t.TempDir(), t.TempDir()
	link := filepath.Join(host, "lib")
	if err := os.Symlink("usr/lib", link); err != nil {
		t.Fatal(err)
	}
	if err := Show(target, link); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(filepath.Join(target, link)); err != nil || to != "usr/lib" {
		t.Errorf("%q, %v", to, err)
	}
	if err := Show(target, filepath.Join(host, "missing")); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(target, host, "missing")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNotThereNeedsNoProtection(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for name, protect := range map[string]func(string) error{"mask": Mask, "read-only": ReadOnly} {
		if err := protect(missing); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingPrivateOfTheMachineIsShown(t *testing.T) {
	for _, path := range slices.Concat(tools, settings) {
		for _, private := range []string{"/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/hosts", "/etc/ssl/private", "/home/x", "/root/x", "/run/x", "/var/x", "/tmp/x"} {
			if private == path || strings.HasPrefix(private, path+"/") {
				t.Errorf("%s shows %s", path, private)
			}
		}
	}
}

func TestAMountPointIsMadeOnlyIfItIsMissing(t *testing.T) {
	root := t.TempDir()
	file, directory := filepath.Join(root, "a", "file"), filepath.Join(root, "b", "directory")
	for range 2 {
		if err := MountPoint(file, false); err != nil {
			t.Fatal(err)
		}
		if err := MountPoint(directory, true); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	for path, isDirectory := range map[string]bool{file: false, directory: true} {
		if info, err := os.Stat(path); err != nil || info.IsDir() != isDirectory {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}
