package images

import (
	"fmt"
	"strings"
)

const defaultRegistry = "docker.io"

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

// Full completes a reference: web:1 is docker.io/library/web:1.
func Full(text string) (string, error) {
	r, err := parse(text)
	return r.String(), err
}

// Repository is a reference without its tag and digest, in full; empty if it is none.
func Repository(text string) string {
	r, err := parse(text)
	if err != nil {
		return ""
	}
	return r.name()
}
