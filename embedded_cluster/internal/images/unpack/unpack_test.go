package unpack

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

var then = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

// layer is a layer of these members. A member without a mode is a plain file whose content is its name.
func layer(t *testing.T, members ...tar.Header) v1.Layer {
	t.Helper()
	var content bytes.Buffer
	writer := tar.NewWriter(&content)
	for _, header := range members {
		body := ""
		if header.Typeflag == 0 || header.Typeflag == tar.TypeReg {
			header.Typeflag, body = tar.TypeReg, header.Name
			header.Size = int64(len(body))
		}
		if header.Typeflag != tar.TypeXGlobalHeader { // which may have nothing else
			header.Mode, header.ModTime = max(header.Mode, 0o644), then
		}
		if err := writer.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	made, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func file(name string) tar.Header { return tar.Header{Name: name} }
func folder(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
}
func link(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to, Mode: 0o777}
}
func hardLink(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: to}
}

// unpacked unpacks an image of these layers. The directory has a neighbour that nothing may touch.
func unpacked(t *testing.T, layers ...v1.Layer) (string, error) {
	t.Helper()
	image, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	above := t.TempDir()
	if err := os.WriteFile(filepath.Join(above, "neighbour"), []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		entries, err := os.ReadDir(above)
		content, readErr := os.ReadFile(filepath.Join(above, "neighbour"))
		if err != nil || readErr != nil || len(entries) != 2 || string(content) != "untouched" {
			t.Errorf("something beside the root was changed: %v, %q", entries, content)
		}
	})
	root := filepath.Join(above, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = Image(image, *config, root, Options{Owners: os.Geteuid() == 0})
	return root, err
}

// list has every path below root, links with where they lead.
func list(t *testing.T, root string) string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name := strings.TrimPrefix(path, root+"/")
		if entry.Type()&os.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			name += "->" + to
		}
		paths = append(paths, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(paths, " ")
}

func TestLayersLieOverOneAnother(t *testing.T) {
	for name, one := range map[string]struct {
		layers [][]tar.Header
		want   string
	}{
		"a file replaces a file":           {[][]tar.Header{{file("a")}, {file("a")}}, "a"},
		"a directory keeps what it has":    {[][]tar.Header{{folder("d"), file("d/a")}, {folder("d"), file("d/b")}}, "d d/a d/b"},
		"a file replaces a directory":      {[][]tar.Header{{folder("d"), file("d/a")}, {file("d")}}, "d"},
		"a directory replaces a file":      {[][]tar.Header{{file("d")}, {folder("d"), file("d/a")}}, "d d/a"},
		"a link replaces a directory":      {[][]tar.Header{{file("d/a"), file("e/b")}, {link("d", "e")}}, "d->e e e/b"},
		"a whiteout hides a file":          {[][]tar.Header{{file("d/a"), file("d/b")}, {file("d/.wh.a")}}, "d d/b"},
		"a whiteout hides a directory":     {[][]tar.Header{{file("d/a"), file("b")}, {file(".wh.d")}}, "b"},
		"a whiteout of nothing":            {[][]tar.Header{{file("b")}, {file("no/.wh.d"), file(".wh.e")}}, "b"},
		"a whiteout spares its own layer":  {[][]tar.Header{{file("d/old")}, {file("d/new"), file(".wh.d")}}, "d d/new"},
		"an opaque directory":              {[][]tar.Header{{file("d/a"), file("d/e/f")}, {folder("d"), file("d/.wh..wh..opq"), file("d/b")}}, "d d/b"},
		"an opaque mark after its content": {[][]tar.Header{{file("d/a"), file("d/e/f")}, {file("d/e/g"), file("d/.wh..wh..opq")}}, "d d/e d/e/g"},
		"bookkeeping of AUFS":              {[][]tar.Header{{file(".wh..wh.plnk"), file("a")}}, "a"},
		"a hard link to a lower layer":     {[][]tar.Header{{file("a")}, {hardLink("d/b", "a")}}, "a d d/b"},
		"parents that nobody names":        {[][]tar.Header{{file("a/b/c")}}, "a a/b a/b/c"},
		"names with / and ./ before them":  {[][]tar.Header{{file("/a"), file("./b"), folder("./")}}, "a b"},
		"a global header is a remark":      {[][]tar.Header{{{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}}, file("a")}}, "a"},
		"device files are left out":        {[][]tar.Header{{{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}, {Name: "pipe", Typeflag: tar.TypeFifo}}}, "pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			var layers []v1.Layer
			for _, members := range one.layers {
				layers = append(layers, layer(t, members...))
			}
			root, err := unpacked(t, layers...)
			if err != nil {
				t.Fatal(err)
			}
			if got := list(t, root); got != one.want {
				t.Errorf("%q, want %q", got, one.want)
			}
		})
	}
}

func TestLinksAreFollowedInsideOnly(t *testing.T) {
	for name, one := range map[string]struct {
		members []tar.Header
		want    string
	}{
		"an absolute link":        {[]tar.Header{folder("in"), link("out", "/in"), file("out/a")}, "in in/a out->/in"},
		"a link with too many ..": {[]tar.Header{folder("in"), link("d/out", "../../../../in"), file("d/out/a")}, "d d/out->../../../../in in in/a"},
		"a link to the root":      {[]tar.Header{link("out", "/"), file("out/a")}, "a out->/"},
		"a link is not written through": {
			[]tar.Header{link("neighbour", "../neighbour"), file("neighbour")}, "neighbour",
		},
		"a hard link to a link is that link": {[]tar.Header{link("l", "../neighbour"), hardLink("m", "l")}, "l->../neighbour m->../neighbour"},
	} {
		t.Run(name, func(t *testing.T) {
			root, err := unpacked(t, layer(t, one.members...))
			if err != nil {
				t.Fatal(err)
			}
			if got := list(t, root); got != one.want {
				t.Errorf("%q, want %q", got, one.want)
			}
		})
	}
}

func TestWhatLeadsOutIsRefused(t *testing.T) {
	for name, members := range map[string][]tar.Header{
		"a path":                     {file("../neighbour")},
		"a path further down":        {file("a/../../neighbour")},
		"a hard link":                {hardLink("a", "../neighbour")},
		"a hard link by a link":      {link("up", "/.."), hardLink("a", "up/neighbour")},
		"a hard link to a directory": {folder("d"), hardLink("a", "d")},
		"a whiteout of a parent":     {file("d/.wh..")},
		"a whiteout of itself":       {file("d/.wh.")},
		"a whiteout upwards":         {file("../.wh.neighbour")},
		"a link to the process":      {link("p", "/proc/self/root"), file("p/a")},
		"a link to itself":           {link("l", "l"), file("l/a")},
	} {
		t.Run(name, func(t *testing.T) {
			if root, err := unpacked(t, layer(t, members...)); err == nil {
				t.Errorf("it was unpacked: %s", list(t, root))
			}
		})
	}
}

func TestWhatAFileIsLike(t *testing.T) {
	root, err := unpacked(t, layer(t,
		tar.Header{Name: "d", Typeflag: tar.TypeDir, Mode: 0o1777},
		tar.Header{Name: "d/su", Mode: 0o4755, Uid: 12, Gid: 34, PAXRecords: map[string]string{
			"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
			"SCHILY.xattr.user.overlay.opaque": "y",
		}},
	))
	if err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{"d": os.ModeDir | os.ModeSticky | 0o777, "d/su": os.ModeSetuid | 0o755} {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != mode || !info.ModTime().Equal(then) {
			t.Errorf("%s: %v %v", path, info.Mode(), info.ModTime())
		}
	}
	checkOwner(t, filepath.Join(root, "d/su"))
}

func TestDamageIsNoticed(t *testing.T) {
	image, err := mutate.AppendLayers(empty.Image, layer(t, file("a")))
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.RootFS.DiffIDs[0].Hex = strings.Repeat("0", 64)
	if _, err = Image(image, *config, t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "layer 1 of 1: its content is sha256:") {
		t.Errorf("a layer with other content: %v", err)
	}
	config.RootFS.DiffIDs = nil
	if _, err = Image(image, *config, t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "it has 1 layers, and its configuration names 0") {
		t.Errorf("a layer too many: %v", err)
	}
}
