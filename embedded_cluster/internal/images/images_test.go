package images

import (
	"errors"
	"strings"
	"testing"
)

func resolver(t *testing.T, mappings map[string]string) *Resolver {
	t.Helper()
	r, err := NewResolver(mappings, Loaded{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBuiltIn(t *testing.T) {
	for reference, command := range map[string]string{
		"busybox": "sh", "busybox:1.35.0": "sh", "docker.io/library/busybox:1": "sh", "docker.io/busybox": "sh",
		"library/alpine:3": "/bin/sh", "index.docker.io/library/debian:12": "bash", "debian@sha256:" + strings.Repeat("a", 64): "bash",
	} {
		image, err := resolver(t, nil).Resolve(reference)
		if err != nil || image.Root != HostTools || image.Idle || image.Command[0] != command {
			t.Errorf("%s: %+v, %v", reference, image, err)
		}
	}
}

func TestWhatDoesNotExistFailsAsAPullDoes(t *testing.T) {
	mappings := map[string]string{"*": StandIn} // a mapping does not bring it to life
	for reference, want := range map[string]string{
		"registry.invalid/web:1":       `failed to pull and unpack image "registry.invalid/web:1": failed to resolve reference "registry.invalid/web:1": failed to do request: Head "https://registry.invalid/v2/web/manifests/1": dial tcp: lookup registry.invalid: no such host`,
		"busybox:does-not-exist":       `failed to pull and unpack image "docker.io/library/busybox:does-not-exist": failed to resolve reference "docker.io/library/busybox:does-not-exist": docker.io/library/busybox:does-not-exist: not found`,
		"nginx:v1-does-not-exist-here": `: not found`,
	} {
		_, err := resolver(t, mappings).Resolve(reference)
		var missing *NotFound
		if !errors.As(err, &missing) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", reference, err)
		}
	}
}

func TestOthersSayHowToProvideThem(t *testing.T) {
	_, err := resolver(t, nil).Resolve("nginx:1.29")
	want := `this cluster pulls no images and has none for "nginx:1.29". It has busybox, alpine and debian (this machine's tools). ` +
		`For others load an archive (kworkload_image_archive = FILE), or say what to run: kworkload_image = docker.io/library/nginx:*=stand-in (an idling process) or =host (this machine's tools)`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	for _, reference := range []string{"quay.io/library/busybox", "someone/busybox", "busybox2"} {
		if _, err := resolver(t, nil).Resolve(reference); err == nil {
			t.Errorf("%s was found", reference)
		}
	}
}

func TestMappings(t *testing.T) {
	r := resolver(t, map[string]string{
		"nginx*": StandIn, "nginx:tools": Host, "ghcr.io/*": StandIn, "docker.io/library/redis": StandIn, "my/tools": Host, "postgres": StandIn,
	})
	for reference, idle := range map[string]bool{
		"nginx": true, "nginx:1.29": true, "nginx:tools": false, "ghcr.io/team/app:2": true, "redis:7": true,
		"my/tools": false, "my/tools:2": false, "docker.io/my/tools:latest": false, "postgres:17": true,
		"postgres@sha256:" + strings.Repeat("a", 64): true,
	} {
		image, err := r.Resolve(reference)
		if err != nil || image.Idle != idle || image.Root != HostTools {
			t.Errorf("%s: %+v, %v", reference, image, err)
		}
	}
	for _, reference := range []string{"quay.io/my/tools", "mine/postgres", "postgres2"} {
		if image, err := r.Resolve(reference); err == nil {
			t.Errorf("%s: %+v", reference, image)
		}
	}
	if _, err := NewResolver(map[string]string{"[": Host}, Loaded{}); err == nil {
		t.Error("a malformed pattern was taken")
	}
}

func TestIdentityIsStable(t *testing.T) {
	r := resolver(t, nil)
	short, err := r.Resolve("busybox:1")
	if err != nil {
		t.Fatal(err)
	}
	long, err := r.Resolve("docker.io/library/busybox:1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.Resolve("busybox:2")
	if err != nil {
		t.Fatal(err)
	}
	if short.ID != long.ID || short.Digest != long.Digest || short.ID == other.ID {
		t.Errorf("%s %s %s", short.ID, long.ID, other.ID)
	}
}

func TestMalformed(t *testing.T) {
	for _, reference := range []string{"", ":1", "a b"} {
		if _, err := resolver(t, nil).Resolve(reference); err == nil || !strings.Contains(err.Error(), "invalid reference format") {
			t.Errorf("%q: %v", reference, err)
		}
	}
}
