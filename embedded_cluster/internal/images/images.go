// Package images says what an image reference stands for on a machine that can pull none: the machine's own tools for
// the names that everybody knows, whatever the user maps, and an error that says how to map it for all others.
package images

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Kinds of images.
const (
	Host    = "host"     // a root made of the machine's own tools
	StandIn = "stand-in" // an idling process that honours signals, whatever command the pod gives
)

// Image is what a container is made from. Archives (a root of their own) will fill the same fields.
type Image struct {
	Reference  string   // as asked for
	ID         string   // stable for a reference
	Digest     string   // repository@sha256:...
	Kind       string   // Host or StandIn
	Entrypoint []string // what the image runs if the pod does not say
	Command    []string
	Env        []string
	User       string
	WorkingDir string
	StopSignal string
}

// builtin are names of the registry that references without a host mean.
var builtin = map[string][]string{"busybox": {"sh"}, "alpine": {"/bin/sh"}, "debian": {"bash"}}

const (
	defaultRegistry = "docker.io"
	searchPath      = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// NotFound is the error of a pull that cannot succeed, in the words of a real registry or with what to do.
type NotFound struct{ text string }

func (e *NotFound) Error() string { return e.text }

// Resolver finds images.
type Resolver struct{ mappings map[string]string }

// NewResolver returns a resolver with the user's mappings: shell patterns on the reference, as written or in full.
func NewResolver(mappings map[string]string) (*Resolver, error) {
	for pattern, kind := range mappings {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("image mapping %q: %w", pattern, err)
		}
		if kind != Host && kind != StandIn {
			return nil, fmt.Errorf("image mapping %s=%s: want %s or %s", pattern, kind, Host, StandIn)
		}
	}
	return &Resolver{mappings: mappings}, nil
}

// reference is an image reference taken apart and completed.
type reference struct{ registry, repository, tag, digest string }

func parse(text string) (reference, error) {
	r := reference{registry: defaultRegistry}
	rest := text
	rest, r.digest, _ = strings.Cut(rest, "@")
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, '/') {
		rest, r.tag = rest[:colon], rest[colon+1:]
	}
	if first, after, found := strings.Cut(rest, "/"); found && (strings.ContainsAny(first, ".:") || first == "localhost") {
		r.registry, rest = first, after
	}
	if r.registry == "index.docker.io" {
		r.registry = defaultRegistry
	}
	if r.registry == defaultRegistry && !strings.Contains(rest, "/") {
		rest = "library/" + rest
	}
	if rest == "" || rest == "library/" || strings.ContainsAny(text, " \t\n") {
		return r, fmt.Errorf("invalid reference format: %q", text)
	}
	r.repository = rest
	if r.tag == "" && r.digest == "" {
		r.tag = "latest"
	}
	return r, nil
}

func (r reference) name() string { return r.registry + "/" + r.repository }

func (r reference) String() string {
	text := r.name()
	if r.tag != "" {
		text += ":" + r.tag
	}
	if r.digest != "" {
		text += "@" + r.digest
	}
	return text
}

// Resolve returns the image, or a NotFound.
func (r *Resolver) Resolve(text string) (Image, error) {
	ref, err := parse(text)
	if err != nil {
		return Image{}, err
	}
	if err := unavailable(ref); err != nil {
		return Image{}, err
	}
	image := Image{Reference: text, Env: []string{searchPath}, ID: "sha256:" + hash("image "+ref.String())}
	image.Digest = ref.name() + "@sha256:" + hash("manifest "+ref.String())
	if ref.digest != "" {
		image.Digest = ref.name() + "@" + ref.digest
	}
	if kind, found := r.mapped(text, ref); found {
		image.Kind = kind
		if kind == Host {
			image.Command = []string{"sh"}
		}
		return image, nil
	}
	command, known := builtin[strings.TrimPrefix(ref.repository, "library/")]
	if ref.registry != defaultRegistry || !strings.HasPrefix(ref.repository, "library/") || !known {
		return Image{}, &NotFound{fmt.Sprintf("this cluster pulls no images and has none for %q. It has busybox, alpine and debian"+
			" (this machine's tools). For others say what to run: kworkload_image = %s=stand-in (an idling process) or =host (this machine's tools)",
			text, ref.name()+":*")}
	}
	image.Kind, image.Command = Host, command
	return image, nil
}

// unavailable: names that are reserved for what does not exist fail as a pull from a registry does.
func unavailable(ref reference) error {
	host, _, _ := strings.Cut(ref.registry, ":")
	if host == "invalid" || strings.HasSuffix(host, ".invalid") {
		return &NotFound{fmt.Sprintf("failed to pull and unpack image %q: failed to resolve reference %q: failed to do request: "+
			"Head \"https://%s/v2/%s/manifests/%s\": dial tcp: lookup %s: no such host", ref, ref, ref.registry, ref.repository, ref.tag, host)}
	}
	if strings.Contains(ref.tag, "does-not-exist") {
		return &NotFound{fmt.Sprintf("failed to pull and unpack image %q: failed to resolve reference %q: %s: not found", ref, ref, ref)}
	}
	return nil
}

// mapped: the longest pattern that matches wins, so that an exception can stand beside a rule.
func (r *Resolver) mapped(text string, ref reference) (string, bool) {
	patterns := slices.Sorted(maps.Keys(r.mappings))
	slices.SortStableFunc(patterns, func(a, b string) int { return len(b) - len(a) })
	for _, pattern := range patterns {
		for _, candidate := range []string{text, ref.String(), ref.name(), familiar(ref.String()), familiar(ref.name())} {
			if matches(pattern, candidate) {
				return r.mappings[pattern], true
			}
		}
	}
	return "", false
}

// familiar is a name as people write it: without the registry that goes without saying.
func familiar(name string) string {
	name = strings.TrimPrefix(name, defaultRegistry+"/")
	return strings.TrimPrefix(name, "library/")
}

// matches is a shell pattern whose * goes over slashes too: image names are not paths.
func matches(pattern, text string) bool {
	const slash = "\x00"
	found, err := path.Match(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(text, "/", slash))
	return err == nil && found
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
