package rootfs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// inNamespaces is the directory of a test that runs in namespaces of its own, as a container's first process does.
const inNamespaces = "KWORKLOAD_TEST_IN_NAMESPACES"

// isolated runs the calling test again in new namespaces. There it returns a directory; what is mounted in it ends with
// the namespaces, so that it can be removed here.
func isolated(t *testing.T) (directory string) {
	t.Helper()
	if directory := os.Getenv(inNamespaces); directory != "" {
		if err := Private(); err != nil {
			t.Fatal(err)
		}
		return directory
	}
	here := t.TempDir()
	t.Cleanup(func() { // the kernel makes directories that only root may read
		_ = filepath.WalkDir(here, func(path string, entry os.DirEntry, _ error) error {
			if entry.IsDir() {
				return os.Chmod(path, 0o700) // to be removed
			}
			return nil
		})
	})
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), inNamespaces+"="+here)
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return ""
}

func directory(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(parts...)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// image is an unpacked image with one file.
func image(t *testing.T, within string) string {
	t.Helper()
	root := directory(t, within, "image")
	directory(t, root, "d")
	if err := os.Chmod(root, 0o751); err != nil { // to be recognised
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "d/file"), []byte("of the image"), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestARootOverAnImage(t *testing.T) {
	here := isolated(t)
	if here == "" {
		return
	}
	image, scratch, target := image(t, here), directory(t, here, "scratch"), directory(t, here, "target")
	if err := Overlay(image, scratch, target); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(target, "d/file")
	if err := os.WriteFile(file, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: "changed", filepath.Join(image, "d/file"): "of the image", filepath.Join(scratch, "upper/d/file"): "changed"} {
		if content, err := os.ReadFile(path); err != nil || string(content) != want {
			t.Errorf("%s: %q, %v", path, content, err)
		}
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o751 {
		t.Errorf("the root: %v, %v", info.Mode(), err)
	}
	for _, path := range []string{"proc/self/status", "sys/class", "dev/null", "dev/pts/ptmx", "dev/shm"} {
		if _, err := os.Stat(filepath.Join(target, path)); err != nil {
			t.Error(err)
		}
	}
	// What was lower is replaced as a whole: overlayfs needs its notes for that.
	for _, do := range []error{os.RemoveAll(filepath.Join(target, "d")), os.Mkdir(filepath.Join(target, "d"), 0o700)} {
		if do != nil {
			t.Fatal(do)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(target, "d")); err != nil || len(entries) != 0 {
		t.Errorf("what was removed is back: %v, %v", entries, err)
	}
}

func TestAnOverlayCannotHoldTheUpperLayerSoMemoryDoes(t *testing.T) {
	here := isolated(t)
	if here == "" {
		return
	}
	image, other, target := image(t, here), directory(t, here, "other"), directory(t, here, "target")
	if err := overlay(image, directory(t, here, "layers"), other); err != nil {
		t.Fatal(err)
	}
	scratch := directory(t, other, "scratch")
	if err := Overlay(image, scratch, target); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(target, "new"), nil, 0o600); err != nil {
		t.Error(err)
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(scratch, &stat); err != nil || stat.Type != unix.TMPFS_MAGIC {
		t.Errorf("%x, %v", stat.Type, err)
	}
}

func TestTheKernelsFilesAreMountedOnPlainDirectories(t *testing.T) {
	here := isolated(t)
	if here == "" {
		return
	}
	image, elsewhere := image(t, here), directory(t, here, "elsewhere")
	if err := os.Symlink(elsewhere, filepath.Join(image, "dev")); err != nil {
		t.Fatal(err)
	}
	err := Overlay(image, directory(t, here, "scratch"), directory(t, here, "target"))
	if err == nil || err.Error() != "the image has a file or a link at /dev, where a directory must be" {
		t.Errorf("%v", err)
	}
	if entries, _ := os.ReadDir(elsewhere); len(entries) != 0 {
		t.Errorf("made elsewhere: %v", entries)
	}
}

func TestWithoutOverlayfsTheMessageSaysWhatIsNeeded(t *testing.T) {
	err := refused(unix.ENODEV)
	if !errors.Is(err, unix.ENODEV) || !strings.HasPrefix(err.Error(), "a root from an unpacked image needs overlayfs, which this machine refuses: ") {
		t.Error(fmt.Sprint(err))
	}
}
