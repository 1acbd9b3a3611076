// Package etcd runs the real etcd server on one address.
package etcd

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
)

// segment is how much of the log etcd allocates in advance, twice. The data is in memory: its 64 MB would be wasted.
const segment = 4 << 20

// Run serves until ctx ends. The data is thrown away with the cluster, so nothing is synced to disk.
func Run(ctx context.Context, args []string) error {
	flags := pflag.NewFlagSet("etcd", pflag.ContinueOnError)
	dataDir := flags.String("data-dir", "", "directory of the data")
	listen := flags.String("listen", "", "URL to serve clients on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	clients, err := url.Parse(*listen)
	if *dataDir == "" || *listen == "" || err != nil {
		return errors.New("etcd: --data-dir and --listen are required")
	}
	peers := &url.URL{Scheme: clients.Scheme, Host: clients.Hostname() + ":0"} // alone: nobody ever calls
	config := embed.NewConfig()
	config.Dir = *dataDir
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*clients}, []url.URL{*clients}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peers}, []url.URL{*peers}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	wal.SegmentSizeBytes = segment
	config.LogLevel = "warn"
	server, err := embed.StartEtcd(config)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer server.Close()
	select {
	case err := <-server.Err():
		return fmt.Errorf("etcd: %w", err)
	case <-ctx.Done():
		return nil
	}
}
