// Package message holds the one shape in which this program reports a failure: what was seen, why that is wrong, and
// what to do about it.
package message

import (
	"errors"
	"fmt"
	"syscall"
)

// Problem is a failure in three parts.
type Problem struct {
	Saw, Why, Do string
	Cause        error
}

func (p *Problem) Error() string {
	text := p.Saw
	if p.Cause != nil {
		text += ": " + p.Cause.Error()
	}
	if p.Why != "" {
		text += "\n  why: " + p.Why
	}
	if p.Do != "" {
		text += "\n  do:  " + p.Do
	}
	return text
}

func (p *Problem) Unwrap() error { return p.Cause }

// Disk explains a failure to write below dir; any other error comes back with its context only.
func Disk(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &Problem{
			Saw:   "no space left for the cluster in " + dir,
			Why:   "a cluster needs about 20 MB there for its programs, and room for volumes and logs",
			Do:    "free some space, or name a directory on another file system (pytest: --basetemp or TMPDIR)",
			Cause: err,
		}
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES):
		return &Problem{
			Saw:   "the cluster cannot write to " + dir,
			Why:   "its programs, certificates and logs live there",
			Do:    "name a directory that you own (pytest: --basetemp or TMPDIR)",
			Cause: err,
		}
	}
	return fmt.Errorf("setting up %s: %w", dir, err)
}
