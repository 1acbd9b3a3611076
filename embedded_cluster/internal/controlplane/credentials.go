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

	"pytest-kworkload/embedded_cluster/internal/pki"
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
	tokens    map[string]string // by identity, nodes by their name
	nodes     []string
}

// NewCredentials makes new random ones.
func NewCredentials(nodes []string) (*Credentials, error) {
	authority, err := pki.NewAuthority("kworkload-ca")
	if err != nil {
		return nil, err
	}
	frontCA, err := pki.NewAuthority("kworkload-front-proxy-ca")
	if err != nil {
		return nil, err
	}
	c := &Credentials{authority: authority, frontCA: frontCA, tokens: map[string]string{}, nodes: nodes}
	for name := range identities {
		c.tokens[name] = pki.Token()
	}
	for _, node := range nodes {
		c.tokens[node] = pki.Token()
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
	files := map[string][]byte{
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
	for _, node := range c.nodes {
		fmt.Fprintf(&lines, "%s,system:node:%s,%s,system:nodes\n", c.tokens[node], node, node)
	}
	return []byte(lines.String())
}

// Node makes what one node's kubelet needs.
func (c *Credentials) Node(name string, address net.IP) (spec.Credentials, error) {
	serving, err := c.authority.Server("system:node:"+name, []string{name}, []net.IP{address})
	return spec.Credentials{
		Kubeconfig: c.Kubeconfig(name, InternalServer()), CA: string(c.authority.Certificate),
		Certificate: string(serving.Certificate), Key: string(serving.Key),
	}, err
}

// InternalServer is the API server's address inside the cluster's network namespace.
func InternalServer() string {
	return fmt.Sprintf("https://%s:%d", spec.ControlPlaneIP, spec.APIServerPort)
}

// Kubeconfig is a whole kubeconfig file for an identity, with nothing in it that lies elsewhere.
func (c *Credentials) Kubeconfig(name, server string) string {
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
    token: %[4]s
`, name, server, base64.StdEncoding.EncodeToString(c.authority.Certificate), c.tokens[name])
}
