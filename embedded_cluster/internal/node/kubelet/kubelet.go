// Package kubelet wires the real kubelet: real volume plugins, probes, image manager and remote runtime client. Only the
// parts that want a machine of their own are replaced: cgroups by a stub, cAdvisor by true facts of this machine.
package kubelet

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"
	oteltrace "go.opentelemetry.io/otel/trace/noop"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/server"
	"k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/csi"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/hostpath"
	"k8s.io/kubernetes/pkg/volume/image"
	"k8s.io/kubernetes/pkg/volume/local"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/kubernetes/pkg/volume/util/subpath"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

const (
	clientQPS   = 500 // a test cluster must not wait for its own rate limits
	clientBurst = 1000
)

// features that make container exits visible at once, let the kubelet run without root of the machine, and have it ask
// the runtime what containers use: cAdvisor would look for their cgroups.
var features = map[string]bool{"EventedPLEG": true, "KubeletInUserNamespace": true, "PodAndContainerStatsFromCRI": true}

// Run is the kubelet of one node. It returns only on failure or when ctx ends.
func Run(ctx context.Context, args []string) error {
	flags := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	path := flags.String("config", spec.KubeletConfig, "our configuration file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := read(*path)
	if err != nil {
		return err
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(features); err != nil {
		return err
	}
	configuration, err := configure(config)
	if err != nil {
		return err
	}
	dependencies, err := assemble(ctx, config, configuration)
	if err != nil {
		return err
	}
	kubeletServer := &options.KubeletServer{KubeletFlags: *identify(config), KubeletConfiguration: *configuration}
	if err := app.RunKubelet(ctx, kubeletServer, dependencies); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func read(path string) (spec.Kubelet, error) {
	var config spec.Kubelet
	content, err := os.ReadFile(path)
	if err != nil {
		return config, err
	}
	if err := json.Unmarshal(content, &config); err != nil {
		return config, fmt.Errorf("%s: %w", path, err)
	}
	if config.NodeName == "" || config.NodeIP == "" {
		return config, errors.New(path + ": node_name and node_ip are required")
	}
	return config, nil
}

func identify(config spec.Kubelet) *options.KubeletFlags {
	flags := options.NewKubeletFlags()
	flags.RootDirectory = spec.KubeletRoot
	flags.HostnameOverride = config.NodeName
	flags.NodeIP = config.NodeIP
	flags.KubeConfig = spec.Kubeconfig
	return flags
}

func configure(config spec.Kubelet) (*kubeletconfig.KubeletConfiguration, error) {
	c, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, err
	}
	c.ContainerRuntimeEndpoint = "unix://" + spec.RuntimeSocket
	c.PodLogsDir = spec.PodLogs
	c.StaticPodPath = ""
	c.ClusterDNS = config.ClusterDNS
	c.ClusterDomain = "cluster.local"
	c.ResolverConfig = ""

	// Who may ask this kubelet for logs and exec is decided by the API server, as on a real node.
	c.Address, c.Port, c.ReadOnlyPort, c.HealthzPort = config.NodeIP, spec.KubeletPort, 0, 0
	c.Authentication.Anonymous.Enabled = false
	c.Authentication.Webhook.Enabled = true
	c.Authentication.X509.ClientCAFile = spec.NodeCA
	c.Authorization.Mode = kubeletconfig.KubeletAuthorizationModeWebhook
	c.TLSCertFile, c.TLSPrivateKeyFile = spec.NodeCertificate, spec.NodeKey

	// The node must not touch the machine's cgroups, disks or firewall.
	c.CgroupsPerQOS, c.CgroupRoot, c.EnforceNodeAllocatable = false, "", nil
	c.LocalStorageCapacityIsolation = false
	c.EvictionHard = map[string]string{}
	c.MakeIPTablesUtilChains = false
	c.FailSwapOn = false
	c.ImageGCHighThresholdPercent = 100 // off: images are the machine's own tools
	c.EnableControllerAttachDetach = false

	c.KubeAPIQPS, c.KubeAPIBurst = clientQPS, clientBurst
	c.EventRecordQPS = 0
	c.RegistryPullQPS, c.SerializeImagePulls = 0, false
	// A log has at most five files of 10 MiB, and what is written between two looks at it (the shortest that it allows).
	c.ContainerLogMonitorInterval = metav1.Duration{Duration: 3 * time.Second}
	c.NodeLeaseDurationSeconds = spec.NodeLeaseSeconds
	if c.NodeStatusUpdateFrequency.Duration, err = time.ParseDuration(spec.NodeStatusUpdate); err != nil {
		return nil, err
	}
	c.NodeStatusReportFrequency = metav1.Duration{Duration: 10 * time.Second}
	c.SyncFrequency = metav1.Duration{Duration: 10 * time.Second}
	return c, nil
}

func assemble(ctx context.Context, config spec.Kubelet, configuration *kubeletconfig.KubeletConfiguration) (*kubelet.Dependencies, error) {
	client, heartbeats, err := clients()
	if err != nil {
		return nil, err
	}
	machine, err := newMachine(config.NodeName, config.BootID)
	if err != nil {
		return nil, err
	}
	mounter := newMounter()
	dependencies := &kubelet.Dependencies{
		KubeClient: client, HeartbeatClient: heartbeats, EventClient: client.CoreV1(),
		CAdvisorInterface:         machine,
		ContainerManager:          cm.NewStubContainerManager(),
		VolumePlugins:             volumePlugins(),
		OSInterface:               container.RealOS{},
		OOMAdjuster:               oom.NewFakeOOMAdjuster(),
		Mounter:                   mounter,
		Subpather:                 subpath.New(mounter),
		HostUtil:                  hostutil.NewHostUtil(),
		TracerProvider:            oteltrace.NewTracerProvider(),
		PodStartupLatencyTracker:  util.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: util.NewNodeStartupLatencyTracker(klog.FromContext(ctx)),
		TLSOptions: &server.TLSOptions{
			CertFile: spec.NodeCertificate, KeyFile: spec.NodeKey, ClientCAFile: spec.NodeCA, MinVersion: tls.VersionTLS12,
		},
	}
	auth, reloadCA, err := app.BuildAuth(types.NodeName(config.NodeName), client, *configuration)
	if err != nil {
		return nil, err
	}
	go reloadCA(ctx.Done())
	dependencies.Auth = auth
	if err := kubelet.PreInitRuntimeService(ctx, configuration, dependencies); err != nil {
		return nil, err
	}
	dependencies.RemoteRuntimeService = promptRuntime{dependencies.RemoteRuntimeService}
	return dependencies, nil
}

func clients() (client, heartbeats *kubernetes.Clientset, err error) {
	config, err := clientcmd.BuildConfigFromFlags("", spec.Kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.QPS, config.Burst = clientQPS, clientBurst
	if client, err = kubernetes.NewForConfig(config); err != nil {
		return nil, nil, err
	}
	lease := rest.CopyConfig(config)
	lease.QPS = -1 // a heartbeat never waits behind other requests
	lease.Timeout = spec.NodeLeaseSeconds * time.Second
	heartbeats, err = kubernetes.NewForConfig(lease)
	return client, heartbeats, err
}

func volumePlugins() []volume.VolumePlugin {
	var plugins []volume.VolumePlugin
	for _, probe := range [][]volume.VolumePlugin{
		emptydir.ProbeVolumePlugins(), hostpath.ProbeVolumePlugins(volume.VolumeConfig{}), local.ProbeVolumePlugins(),
		configmap.ProbeVolumePlugins(), secret.ProbeVolumePlugins(), downwardapi.ProbeVolumePlugins(),
		withinIDs(projected.ProbeVolumePlugins()), csi.ProbeVolumePlugins(), image.ProbeVolumePlugins(),
	} {
		plugins = append(plugins, probe...)
	}
	return plugins
}
