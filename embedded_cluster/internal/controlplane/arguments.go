package controlplane

import (
	"fmt"
	"path/filepath"

	"pytest-kworkload/embedded_cluster/internal/spec"
)

// clientRate is high enough that no test waits for a component's own rate limit.
var clientRate = []string{"--kube-api-qps=500", "--kube-api-burst=1000"}

type certificates string

func (c certificates) file(name string) string { return filepath.Join(string(c), name) }

// client are the arguments of a component that is a client of the API server. It serves too, but only so that it can be
// asked whether it is healthy, which everybody on its loopback may.
func (c certificates) client(identity string) []string {
	return []string{
		"--kubeconfig=" + c.file(identity+".kubeconfig"),
		"--bind-address=127.0.0.1", "--tls-cert-file=" + c.file("loopback.crt"), "--tls-private-key-file=" + c.file("loopback.key"),
	}
}

// Health is where a client of the API server says that it has started, and how. The controllers are listed once all of them
// are made; until then their manager ends if the API server does.
func Health(component string) (url, saying string) {
	if component == ControllerManager {
		return "https://127.0.0.1:10257/healthz?verbose", "-controller ok"
	}
	return "https://127.0.0.1:10259/readyz", "ok"
}

// Etcd returns the arguments of our etcd.
func Etcd(layout spec.Layout) []string {
	return []string{"etcd", "--data-dir=" + layout.Etcd(), "--listen=" + spec.EtcdEndpoint}
}

// APIServer returns the arguments of kube-apiserver; extra ones come last and so win.
func APIServer(layout spec.Layout, extra []string) []string {
	pki := certificates(layout.Certificates())
	return append([]string{
		KubeAPIServer,
		"--etcd-servers=" + spec.EtcdEndpoint,
		"--bind-address=0.0.0.0", fmt.Sprintf("--secure-port=%d", spec.APIServerPort),
		"--advertise-address=" + spec.ControlPlaneIP,
		"--tls-cert-file=" + pki.file("apiserver.crt"), "--tls-private-key-file=" + pki.file("apiserver.key"),
		"--client-ca-file=" + pki.file("ca.crt"),
		"--token-auth-file=" + pki.file("tokens.csv"),
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + pki.file("sa.key"), "--service-account-signing-key-file=" + pki.file("sa.key"),
		"--service-cluster-ip-range=" + spec.ServiceCIDR,
		"--kubelet-certificate-authority=" + pki.file("ca.crt"),
		"--kubelet-client-certificate=" + pki.file("apiserver-kubelet-client.crt"),
		"--kubelet-client-key=" + pki.file("apiserver-kubelet-client.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--requestheader-client-ca-file=" + pki.file("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + pki.file("front-proxy-client.crt"),
		"--proxy-client-key-file=" + pki.file("front-proxy-client.key"),
		"--enable-aggregator-routing=true", // no ClusterIPs in the API server's namespace
		"--allow-privileged=true",
		"--storage-media-type=application/vnd.kubernetes.protobuf",
	}, extra...)
}

// ControllerManagerArguments returns the arguments of kube-controller-manager.
func ControllerManagerArguments(layout spec.Layout, extra []string) []string {
	pki := certificates(layout.Certificates())
	arguments := append([]string{
		"kube-controller-manager",
		"--leader-elect=false", "--use-service-account-credentials=true",
		"--service-account-private-key-file=" + pki.file("sa.key"), "--root-ca-file=" + pki.file("ca.crt"),
		"--cluster-signing-cert-file=" + pki.file("ca.crt"), "--cluster-signing-key-file=" + pki.file("ca.key"),
		"--allocate-node-cidrs=false", // a node knows its range from its index
		"--service-cluster-ip-range=" + spec.ServiceCIDR,
		"--node-monitor-period=" + spec.NodeMonitorPeriod, "--node-monitor-grace-period=" + spec.NodeMonitorGracePeriod,
		"--pvclaimbinder-sync-period=" + spec.ClaimBinderSync,
	}, pki.client(ControllerManager)...)
	return append(append(arguments, clientRate...), extra...)
}

// SchedulerArguments returns the arguments of kube-scheduler.
func SchedulerArguments(layout spec.Layout, extra []string) []string {
	pki := certificates(layout.Certificates())
	arguments := append([]string{
		"kube-scheduler",
		"--leader-elect=false",
	}, pki.client(Scheduler)...)
	return append(append(arguments, clientRate...), extra...)
}

// ServiceProxyArguments returns the arguments of the service proxy.
func ServiceProxyArguments(layout spec.Layout) []string {
	return []string{"service-proxy", "--kubeconfig=" + certificates(layout.Certificates()).file(ServiceProxy+".kubeconfig")}
}

// ProvisionerArguments returns the arguments of the storage provisioner.
func ProvisionerArguments(layout spec.Layout) []string {
	return []string{
		"storage-provisioner", "--kubeconfig=" + certificates(layout.Certificates()).file(Provisioner+".kubeconfig"), "--dir=" + layout.Directory,
	}
}
