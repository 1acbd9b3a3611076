// Package load brings the images of archives into a cluster: it unpacks them into the user's cache, which every node
// sees, and tells the nodes their names by files in the cluster's directory.
package load

import (
	"errors"
	"fmt"
	"slices"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/images/archive"
	"pytest-kworkload/embedded_cluster/internal/images/imagecache"
	"pytest-kworkload/embedded_cluster/internal/images/unpack"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

// Named is an unpacked image and what it is to be called, in full.
type Named struct {
	Name  string
	Image images.Image
}

// Unpack unpacks the archives' images that are not in the cache yet. With a name there must be one image, which gets it
// instead of its own.
func Unpack(cluster spec.Cluster, archives []string, name string) ([]Named, error) {
	cache := imagecache.Cache(cluster.ImageCache)
	var all []Named
	var used []images.Image
	for _, path := range archives {
		named, err := unpackOne(cache, cluster.KeepOwners, path, name)
		if err != nil {
			return nil, err
		}
		for _, n := range named {
			used = append(used, n.Image)
		}
		all = append(all, named...)
	}
	cache.Prune(imagecache.Most, used...)
	return all, nil
}

func unpackOne(cache imagecache.Cache, owners bool, path, name string) ([]Named, error) {
	opened, err := archive.Open(path, string(cache))
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	names := make([][]string, len(opened.Images)) // all before anything is unpacked
	for i, one := range opened.Images {
		if names[i], err = full(path, one, name, len(opened.Images)); err != nil {
			return nil, err
		}
	}
	var all []Named
	for i, one := range opened.Images {
		image, err := cache.Get(one.ID, func(root string) (images.Image, error) {
			size, err := unpack.Image(one.Image, one.Config, root, unpack.Options{Owners: owners})
			return images.Image{Size: max(size, 1)}, err
		})
		if err != nil {
			return nil, explain(path, cache, err)
		}
		for _, name := range names[i] {
			all = append(all, Named{name, describe(image, one, name)})
		}
	}
	return all, nil
}

// Register gives the images their names in a cluster: its nodes have them at their next pull.
func Register(cluster spec.Cluster, all []Named) error {
	loaded := images.Loaded{Names: cluster.ImageNames()}
	for _, one := range all {
		for _, name := range []string{one.Name, one.Image.Digest} {
			if err := loaded.Add(name, one.Image); err != nil {
				return message.Disk(cluster.Directory, err)
			}
		}
	}
	return nil
}

// full returns the names that the image is to have.
func full(path string, image archive.Image, given string, count int) ([]string, error) {
	names := image.Names
	if given != "" {
		if count != 1 {
			return nil, &message.Problem{
				Saw: fmt.Sprintf("%s holds %d images, and one name was given: %s", path, count, given), Why: "which one is meant cannot be told",
				Do: "leave the name out to have all of them by their own names, or save the one image to an archive of its own",
			}
		}
		names = []string{given}
	}
	if len(names) == 0 {
		return nil, &message.Problem{
			Saw: path + " holds an image without a name", Why: "a pod asks for an image by its name, and the archive does not say it in full",
			Do: "give one (`kworkload-cluster load --name NAME:TAG ...`, `load_image(path, name=...)`), or save the image by its name and not by its id",
		}
	}
	var all []string
	for _, name := range names {
		complete, err := images.Full(name)
		if err != nil {
			return nil, &message.Problem{
				Saw: fmt.Sprintf("%s: the image name %q", path, name), Why: "it is not of the form [HOST/]NAME[:TAG], so no pod could ask for it",
				Do: "give another one, for example example.com/team/web:1",
			}
		}
		if !slices.Contains(all, complete) {
			all = append(all, complete)
		}
	}
	return all, nil
}

// describe puts the image's configuration beside its root.
func describe(image images.Image, from archive.Image, name string) images.Image {
	config := from.Config.Config
	digest := from.Digest
	if digest == "" {
		digest = from.ID // what `docker save` writes has no manifest
	}
	image.Reference, image.ID, image.Digest = name, from.ID, images.Repository(name)+"@"+digest
	image.Entrypoint, image.Command, image.Env = config.Entrypoint, config.Cmd, environment(config.Env)
	image.User, image.WorkingDir, image.StopSignal = config.User, config.WorkingDir, config.StopSignal
	for path := range config.Volumes {
		image.Volumes = append(image.Volumes, path)
	}
	slices.Sort(image.Volumes)
	return image
}

func explain(path string, cache imagecache.Cache, err error) error {
	var problem *message.Problem
	if disk := message.Disk(string(cache), err); errors.As(disk, &problem) {
		problem.Saw = path + " cannot be unpacked to " + string(cache)
		problem.Why = "images are unpacked there, once for all clusters"
		problem.Do = "free some space, or set XDG_CACHE_HOME to a directory on another file system"
		return problem
	}
	return archive.Damaged(path, err)
}
