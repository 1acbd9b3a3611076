package load

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

func cluster(t *testing.T) spec.Cluster {
	t.Helper()
	c := spec.Cluster{Layout: spec.Layout{Directory: t.TempDir()}, ImageCache: t.TempDir()}
	if err := os.Mkdir(c.ImageNames(), 0o700); err != nil {
		t.Fatal(err)
	}
	return c
}

func saved(t *testing.T, config v1.Config, names ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "images.tar")
	all := map[name.Reference]v1.Image{}
	for _, text := range names {
		layer, err := random.Layer(1000, types.DockerLayer)
		if err != nil {
			t.Fatal(err)
		}
		image, err := mutate.AppendLayers(empty.Image, layer)
		if err != nil {
			t.Fatal(err)
		}
		if image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: runtime.GOARCH, Config: config, RootFS: rootFS(t, image)}); err != nil {
			t.Fatal(err)
		}
		reference, err := name.ParseReference(text)
		if err != nil {
			t.Fatal(err)
		}
		all[reference] = image
	}
	if err := tarball.MultiRefWriteToFile(path, all); err != nil {
		t.Fatal(err)
	}
	return path
}

func rootFS(t *testing.T, image v1.Image) v1.RootFS {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config.RootFS
}

func TestALoadedImageIsFound(t *testing.T) {
	c := cluster(t)
	archive := saved(t, v1.Config{
		Entrypoint: []string{"/web"}, Cmd: []string{"--port=80"}, Env: []string{"A=1"}, User: "web:people", WorkingDir: "/srv",
		StopSignal: "SIGQUIT", Volumes: map[string]struct{}{"/b": {}, "/a": {}},
	}, "web:1")
	resolver, err := images.NewResolver(map[string]string{"web*": images.StandIn}, images.Loaded{Names: c.ImageNames(), Roots: c.ImageCache})
	if err != nil {
		t.Fatal(err)
	}
	if before, err := resolver.Resolve("web:1"); err != nil || !before.Idle {
		t.Errorf("before: %+v, %v", before, err)
	}
	named, err := Unpack(c, []string{archive}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := Register(c, named); err != nil {
		t.Fatal(err)
	}
	image, err := resolver.Resolve("web:1")
	if err != nil {
		t.Fatal(err)
	}
	if image.Entrypoint[0] != "/web" || image.Command[0] != "--port=80" || image.User != "web:people" || image.WorkingDir != "/srv" ||
		image.StopSignal != "SIGQUIT" || !slices.Equal(image.Volumes, []string{"/a", "/b"}) || !slices.Equal(image.Env, []string{images.SearchPath, "A=1"}) {
		t.Errorf("%+v", image)
	}
	if entries, err := os.ReadDir(image.Root); err != nil || len(entries) != 1 {
		t.Errorf("its root: %v, %v", entries, err)
	}
	if byDigest, err := resolver.Resolve("web@" + strings.SplitN(image.Digest, "@", 2)[1]); err != nil || byDigest.ID != image.ID {
		t.Errorf("by digest: %+v, %v", byDigest, err)
	}
	if _, err := resolver.Resolve("example.com/web:2"); err == nil || !strings.Contains(err.Error(), "(this machine's tools), and from an archive docker.io/library/web:1. For others") {
		t.Errorf("another: %v", err)
	}
	if err := os.RemoveAll(c.ImageCache); err != nil {
		t.Fatal(err)
	}
	if _, err := resolver.Resolve("web:1"); err == nil || !strings.Contains(err.Error(), "its directory in the cache is gone") {
		t.Errorf("after somebody cleaned the cache: %v", err)
	}
}

func TestAGivenName(t *testing.T) {
	c := cluster(t)
	named, err := Unpack(c, []string{saved(t, v1.Config{}, "web:1")}, "example.com/team/other")
	if err != nil || len(named) != 1 || named[0].Name != "example.com/team/other:latest" {
		t.Errorf("%+v, %v", named, err)
	}
	want := "holds 2 images, and one name was given: other\n  why: which one is meant cannot be told\n  do:  "
	if _, err := Unpack(c, []string{saved(t, v1.Config{}, "web:1", "db:1")}, "other"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v", err)
	}
	if _, err := Unpack(c, []string{saved(t, v1.Config{}, "web:1")}, "a name"); err == nil ||
		!strings.Contains(err.Error(), `the image name "a name"`+"\n  why: it is not of the form [HOST/]NAME[:TAG]") {
		t.Errorf("%v", err)
	}
	if _, err := Unpack(c, []string{saved(t, v1.Config{}, "web@sha256:"+strings.Repeat("a", 64))}, ""); err == nil ||
		!strings.Contains(err.Error(), "holds an image without a name\n  why: a pod asks for an image by its name") {
		t.Errorf("%v", err)
	}
}

// TestOneBadArchiveStopsAll: nothing of the good one beside it has a name in the cluster.
func TestOneBadArchiveStopsAll(t *testing.T) {
	c := cluster(t)
	if _, err := Unpack(c, []string{saved(t, v1.Config{}, "web:1"), "/does/not/exist"}, ""); err == nil {
		t.Error("no error")
	}
	if entries, err := os.ReadDir(c.ImageNames()); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestOnlyIntoARunningCluster(t *testing.T) {
	directory := t.TempDir()
	if _, err := into(directory, []string{"x"}, ""); err == nil || !strings.Contains(err.Error(), "--dir "+directory) ||
		!strings.Contains(err.Error(), "\n  why: no cluster runs there\n  do:  name the directory that") {
		t.Errorf("%v", err)
	}
}
