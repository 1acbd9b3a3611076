package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"pytest-kworkload/embedded_cluster/internal/cluster/owners"
	"pytest-kworkload/embedded_cluster/internal/spec"
	"pytest-kworkload/embedded_cluster/internal/tools/message"
)

const (
	exitFailure = 1
	exitUsage   = 2
)

// Main runs `kworkload-cluster load` with these arguments. It prints the names, one a line, each with the image's id.
func Main(args []string) int {
	var directory, name string
	flags := pflag.NewFlagSet("kworkload-cluster load --dir DIR ARCHIVE...", pflag.ContinueOnError)
	flags.StringVar(&directory, "dir", "", "the directory of a running cluster")
	flags.StringVar(&name, "name", "", "what to call the image, instead of what the archive says; for one archive with one image")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return 0
	case err == nil && directory == "":
		err = errors.New("--dir is required")
	case err == nil && flags.NArg() == 0:
		err = errors.New("name an image archive")
	case err == nil && name != "" && flags.NArg() > 1:
		err = errors.New("--name is for one archive")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kworkload-cluster load: "+err.Error())
		return exitUsage
	}
	named, err := into(directory, flags.Args(), name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kworkload-cluster load: "+err.Error())
		return exitFailure
	}
	for _, one := range named {
		fmt.Printf("%s %s\n", one.Name, one.Image.ID)
	}
	return 0
}

func into(directory string, archives []string, name string) ([]Named, error) {
	cluster, err := running(directory)
	if err != nil {
		return nil, err
	}
	named, err := Unpack(cluster, archives, name)
	if err != nil {
		return nil, err
	}
	return named, Register(cluster, named)
}

// running reads what the cluster of a directory was started with.
func running(directory string) (spec.Cluster, error) {
	var cluster spec.Cluster
	directory, err := filepath.Abs(directory)
	if err != nil {
		return cluster, err
	}
	content, err := os.ReadFile(spec.Layout{Directory: directory}.Spec())
	if err == nil {
		err = json.Unmarshal(content, &cluster)
	}
	if err != nil || !owners.Runs(cluster.Layout) {
		return cluster, &message.Problem{
			Saw: "--dir " + directory, Why: "no cluster runs there", Do: "name the directory that `kworkload-cluster up --dir` was given", Cause: err,
		}
	}
	return cluster, nil
}
