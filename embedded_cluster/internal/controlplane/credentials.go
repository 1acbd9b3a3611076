// Package controlplane says how the components of the control plane are to be run: their credentials, their arguments,
// and the objects that a new cluster starts with. It starts nothing.
package controlplane

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"pytest-kworkload/embedded_cluster/internal/controlplane/pki"
	"pytest-kworkload/embedded_cluster/internal/spec"
)

// Identities of the components, with the user name and the group that Kubernetes' own RBAC roles are bound to.
const (
	Admin             = "admin"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Provisioner       = "storage-provisioner"
	ServiceProxy      = "service-proxy"
)

// KubeAPIServer is the one component that needs no identity.
const KubeAPIServer = "kube-apiserver"

type identity struct{ user, group string }

var identities = map[string]identity{
	Admin:             {"kubernetes-admin", "system:masters"},
	ControllerManager: {"system:kube-controller-manager", ""},
	Scheduler:         {"system:kube-scheduler", ""},
	Provisioner:       {"system:kworkload:storage-provisioner", "system:masters"},
	ServiceProxy:      {"system:kube-proxy", ""}, // may read what it needs, as kube-proxy may
}

// Credentials are all keys and tokens of one cluster.
type Credentials struct {
	authority *pki.Authority
	frontCA   *pki.Authority
	tokens    map[string]string // by identity
}

// NewCredentials makes new random ones.
func NewCredentials() (*Credentials, error) {
	authority, err := pki.NewAuthority("kworkload-ca")
	if err != nil {
		return nil, err
	}
	frontCA, err := pki.NewAuthority("kworkload-front-proxy-ca")
	if err != nil {
		return nil, err
	}
	c := &Credentials{authority: authority, frontCA: frontCA, tokens: map[string]string{}}
	for name := range identities {
		c.tokens[name] = pki.Token()
	}
	return c, nil
}

// Token is the bearer token of an identity.
func (c *Credentials) Token(name string) string { return c.tokens[name] }

// CA is the certificate of the authority that signs what the API server serves with.
func (c *Credentials) CA() []byte { return c.authority.Certificate }

// Write puts the files that the components read below directory, none readable by others.
func (c *Credentials) Write(directory string) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	apiServer, err := c.authority.Server("kube-apiserver",
		[]string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
		[]net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(spec.ControlPlaneIP), net.ParseIP(spec.ServiceIP)})
	if err != nil {
		return err
	}
	kubeletClient, err := c.authority.Client("kube-apiserver-kubelet-client", "system:masters")
	if err != nil {
		return err
	}
	frontProxy, err := c.frontCA.Client("front-proxy-client")
	if err != nil {
		return err
	}
	serviceAccounts, err := c.authority.Client("service-accounts") // only its key is used
	if err != nil {
		return err
	}
	loopback, err := c.authority.Server("loopback", []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"loopback.crt": loopback.Certificate, "loopback.key": loopback.Key,
		"ca.crt": c.authority.Certificate, "ca.key": c.authority.Key,
		"apiserver.crt": apiServer.Certificate, "apiserver.key": apiServer.Key,
		"apiserver-kubelet-client.crt": kubeletClient.Certificate, "apiserver-kubelet-client.key": kubeletClient.Key,
		"front-proxy-ca.crt":     c.frontCA.Certificate,
		"front-proxy-client.crt": frontProxy.Certificate, "front-proxy-client.key": frontProxy.Key,
		"sa.key": serviceAccounts.Key, "tokens.csv": c.tokenFile(),
	}
	for _, name := range []string{ControllerManager, Scheduler, Provisioner, ServiceProxy} {
		files[name+".kubeconfig"] = []byte(c.Kubeconfig(name, InternalServer()))
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(directory, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (c *Credentials) tokenFile() []byte {
	var lines strings.Builder
	for name, id := range identities {
		group := id.group
		fmt.Fprintf(&lines, "%s,%s,%s,%q\n", c.tokens[name], id.user, id.user, group)
	}
	return []byte(lines.String())
}

// Node makes what one node's kubelet needs. A node is known by a certificate, for it may join later, when the API server has
// read the file of tokens.
func (c *Credentials) Node(name string, address net.IP) (spec.Credentials, error) {
	user := "system:node:" + name
	serving, err := c.authority.Server(user, []string{name}, []net.IP{address})
	if err != nil {
		return spec.Credentials{}, err
	}
	client, err := c.authority.Client(user, "system:nodes")
	credential := fmt.Sprintf("client-certificate-data: %s\n    client-key-data: %s", encoded(client.Certificate), encoded(client.Key))
	return spec.Credentials{
		Kubeconfig: c.kubeconfig(name, InternalServer(), credential), CA: string(c.authority.Certificate),
		Certificate: string(serving.Certificate), Key: string(serving.Key),
	}, err
}

// InternalServer is the API server's address inside the cluster's network namespace.
func InternalServer() string {
	return fmt.Sprintf("https://%s:%d", spec.ControlPlaneIP, spec.APIServerPort)
}

// Kubeconfig is a whole kubeconfig file for an identity, with nothing in it that lies elsewhere.
func (c *Credentials) Kubeconfig(name, server string) string {
	return c.kubeconfig(name, server, "token: "+c.tokens[name])
}

func encoded(pem []byte) string { return base64.StdEncoding.EncodeToString(pem) }

func (c *Credentials) kubeconfig(name, server, credential string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: kworkload
contexts:
- name: kworkload
  context: {cluster: kworkload, user: %[1]s}
clusters:
- name: kworkload
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[1]s
  user:
    %[4]s
`, name, server, encoded(c.authority.Certificate), credential)
}
