package unpack

import (
	"errors"
	"os"
	"path"
	"strings"
)

// What the names of a layer mean that hides files of the layers below.
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq" // hides all that the directory has
)

// made are the paths of one layer: a whiteout hides what is below the layer, not what is in it, in whatever order.
type made map[string]bool

func (m made) add(name string) {
	for ; name != "." && !m[name]; name = path.Dir(name) {
		m[name] = true
	}
}

var errWhiteout = errors.New("it hides nothing that could be hidden")

// hidden is true if the entry is a whiteout, which has been carried out.
func (t *tree) hidden(name string, made made) (bool, error) {
	above, base := path.Dir(name), path.Base(name)
	switch victim, is := strings.CutPrefix(base, whiteout); {
	case !is:
		return false, nil
	case base == opaque:
		return true, t.hideChildren(above, made)
	case strings.HasPrefix(victim, whiteout):
		return true, nil // bookkeeping of AUFS
	case victim == "" || victim == "." || victim == "..":
		return true, errWhiteout
	default:
		return true, t.hide(path.Join(above, victim), made)
	}
}

// hide removes name, but for what this layer has made in it.
func (t *tree) hide(name string, made made) error {
	if made[name] {
		return t.hideChildren(name, made)
	}
	d, base, err := t.parent(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = d.RemoveAll(base)
	t.forget()
	return err
}

func (t *tree) hideChildren(name string, made made) error {
	d, _, err := t.parent(path.Join(name, "x"))
	if err != nil {
		return nil //nolint:nilerr // it is no directory, or not there
	}
	listing, err := d.Open(".")
	if err != nil {
		return err
	}
	children, err := listing.Readdirnames(-1)
	_ = listing.Close()
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := t.hide(path.Join(name, child), made); err != nil {
			return err
		}
	}
	return nil
}
