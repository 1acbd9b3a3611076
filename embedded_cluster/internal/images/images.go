// Package images says what an image reference stands for: what was loaded from an archive, whatever the user maps, the
// machine's own tools for the names that everybody knows, and an error that says what to do for all others.
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

// What a user may map an image to.
const (
	Host    = "host"     // this machine's own tools
	StandIn = "stand-in" // an idling process that honours signals, whatever command the pod gives
)

// HostTools is the root of an image that is made of this machine's own tools.
const HostTools = ""

// Image is what a container is made from.
type Image struct {
	Reference  string   // as asked for, or as loaded
	ID         string   // sha256:...; stable for a reference, or of the content
	Digest     string   // repository@sha256:...
	Root       string   // the directory that it was unpacked to, or HostTools
	Idle       bool     // idle whatever the pod says
	Size       uint64   // of the root, in bytes
	Entrypoint []string // what the image runs if the pod does not say
	Command    []string
	Env        []string
	User       string
	WorkingDir string
	StopSignal string
	Volumes    []string // directories that stay writable if the root does not
}

// builtin are names of the registry that references without a host mean.
var builtin = map[string]Image{
	"busybox": {Command: []string{"sh"}}, "alpine": {Command: []string{"/bin/sh"}}, "debian": {Command: []string{"bash"}},
}

// mapped are what the user's mappings lead to.
var mapped = map[string]Image{Host: {Command: []string{"sh"}}, StandIn: {Idle: true}}

// SearchPath is the environment of an image that does not say.
const SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// NotFound is the error of a pull that cannot succeed, in the words of a real registry or with what to do.
type NotFound struct{ text string }

func (e *NotFound) Error() string { return e.text }

// Resolver finds images.
type Resolver struct {
	mappings map[string]string
	loaded   Loaded
	inUse    inUse
}

// NewResolver returns a resolver with the user's mappings (shell patterns on the reference, as written or in full) and
// what was, and will be, loaded.
func NewResolver(mappings map[string]string, loaded Loaded) (*Resolver, error) {
	for pattern, kind := range mappings {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("image mapping %q: %w", pattern, err)
		}
		if _, known := mapped[kind]; !known {
			return nil, fmt.Errorf("image mapping %s=%s: want %s or %s", pattern, kind, Host, StandIn)
		}
	}
	return &Resolver{mappings: mappings, loaded: loaded, inUse: inUse{locks: map[string]int{}}}, nil
}

// Loaded returns all images that were loaded from archives.
func (r *Resolver) Loaded() ([]Image, error) { return r.loaded.all() }

// FindLoaded returns the loaded image of this reference: it is there without a pull.
func (r *Resolver) FindLoaded(text string) (Image, bool) {
	ref, err := parse(text)
	if err != nil {
		return Image{}, false
	}
	image, found, err := r.find(ref)
	return image, found && err == nil
}

func (r *Resolver) find(ref reference) (Image, bool, error) {
	image, found, err := r.loaded.find(ref)
	if found {
		if gone := r.inUse.hold(image.Root); gone != nil {
			return image, false, &NotFound{fmt.Sprintf("image %q was loaded, but its directory in the cache is gone (%v). Load its archive again", ref, gone)}
		}
	}
	return image, found, err
}

// Resolve returns the image, or a NotFound.
func (r *Resolver) Resolve(text string) (Image, error) {
	ref, err := parse(text)
	if err != nil {
		return Image{}, err
	}
	if image, found, err := r.find(ref); err != nil || found {
		image.Reference = text
		return image, err
	}
	if err := unavailable(ref); err != nil {
		return Image{}, err
	}
	image, found := r.mapped(text, ref)
	if !found && ref.registry == defaultRegistry {
		short, official := strings.CutPrefix(ref.repository, "library/")
		image, found = builtin[short]
		found = found && official
	}
	if !found {
		return Image{}, r.missing(text, ref)
	}
	image.Reference, image.ID, image.Size = text, "sha256:"+hash("image "+ref.String()), 1 // it takes no space; the kubelet refuses 0
	image.Env = []string{SearchPath}
	image.Digest = ref.name() + "@sha256:" + hash("manifest "+ref.String())
	if ref.digest != "" {
		image.Digest = ref.name() + "@" + ref.digest
	}
	return image, nil
}

func (r *Resolver) missing(text string, ref reference) error {
	similar := ""
	if all, err := r.loaded.all(); err == nil {
		for _, image := range all {
			if path.Base(Repository(image.Reference)) == path.Base(ref.repository) {
				similar += ", and from an archive " + image.Reference
			}
		}
	}
	return &NotFound{fmt.Sprintf("this cluster pulls no images and has none for %q. It has busybox, alpine and debian (this machine's tools)%s. "+
		"For others load an archive (kworkload_image_archive = FILE), or say what to run: "+
		"kworkload_image = %s=stand-in (an idling process) or =host (this machine's tools)", text, similar, ref.name()+":*")}
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
func (r *Resolver) mapped(text string, ref reference) (Image, bool) {
	patterns := slices.Sorted(maps.Keys(r.mappings))
	slices.SortStableFunc(patterns, func(a, b string) int { return len(b) - len(a) })
	for _, pattern := range patterns {
		for _, candidate := range []string{text, ref.String(), ref.name(), familiar(ref.String()), familiar(ref.name())} {
			if matches(pattern, candidate) {
				return mapped[r.mappings[pattern]], true
			}
		}
	}
	return Image{}, false
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
