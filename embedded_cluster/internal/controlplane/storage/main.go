package storage

import (
	"context"

	"github.com/spf13/pflag"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

// Main is the component `storage-provisioner`.
func Main(ctx context.Context, args []string) error {
	flags := pflag.NewFlagSet("storage-provisioner", pflag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig file")
	directory := flags.String("dir", "", "directory of the cluster")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	Run(ctx, client, spec.Layout{Directory: *directory})
	return nil
}
