package processruntime

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/images"
)

func TestCapabilities(t *testing.T) {
	names := func(set uint64) (names []string) {
		for index, name := range capabilityNames {
			if set&(1<<index) != 0 {
				names = append(names, name)
			}
		}
		return names
	}
	without := func(dropped ...string) (rest []string) {
		for _, name := range names(bits(usual)) {
			if !slices.Contains(dropped, name) {
				rest = append(rest, name)
			}
		}
		return rest
	}
	for name, test := range map[string]struct {
		add, drop []string
		want      []string
	}{
		"nothing said":      {nil, nil, without()},
		"one less":          {nil, []string{"NET_RAW"}, without("NET_RAW")},
		"the long name":     {nil, []string{"CAP_NET_RAW", "cap_chown"}, without("NET_RAW", "CHOWN")},
		"none":              {nil, []string{"ALL"}, nil},
		"only one":          {[]string{"NET_ADMIN"}, []string{"all"}, []string{"NET_ADMIN"}},
		"all":               {[]string{"ALL"}, nil, capabilityNames},
		"all but one":       {[]string{"ALL"}, []string{"SYS_ADMIN"}, slices.DeleteFunc(slices.Clone(capabilityNames), func(n string) bool { return n == "SYS_ADMIN" })},
		"added and dropped": {[]string{"KILL"}, []string{"KILL"}, without("KILL")},
		"unknown":           {[]string{"FLY"}, nil, without()},
	} {
		t.Run(name, func(t *testing.T) {
			got := names(capabilities(&cri.Capability{AddCapabilities: test.add, DropCapabilities: test.drop}))
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
	if got := capabilities(nil); got != bits(usual) {
		t.Errorf("no capabilities given: %x", got)
	}
}

func TestCapabilityNamesHaveTheKernelsNumbers(t *testing.T) {
	for name, number := range map[string]int{
		"CHOWN": unix.CAP_CHOWN, "NET_ADMIN": unix.CAP_NET_ADMIN, "SYS_ADMIN": unix.CAP_SYS_ADMIN, "MKNOD": unix.CAP_MKNOD,
		"SYSLOG": unix.CAP_SYSLOG, "CHECKPOINT_RESTORE": unix.CAP_CHECKPOINT_RESTORE,
	} {
		if slices.Index(capabilityNames, name) != number {
			t.Errorf("%s is %d, want %d", name, slices.Index(capabilityNames, name), number)
		}
	}
	if len(capabilityNames) != unix.CAP_LAST_CAP+1 {
		t.Errorf("%d names for %d capabilities", len(capabilityNames), unix.CAP_LAST_CAP+1)
	}
}

func TestArguments(t *testing.T) {
	image := images.Image{Entrypoint: []string{"/entry"}, Command: []string{"serve", "-v"}}
	for name, test := range map[string]struct {
		command, args, want []string
	}{
		"the image's":            {nil, nil, []string{"/entry", "serve", "-v"}},
		"args replace command":   {nil, []string{"check"}, []string{"/entry", "check"}},
		"command replaces both":  {[]string{"sh"}, nil, []string{"sh"}},
		"command and args":       {[]string{"sh", "-c"}, []string{"true"}, []string{"sh", "-c", "true"}},
		"an image without these": {[]string{"sleep"}, []string{"1"}, []string{"sleep", "1"}},
	} {
		if got := arguments(image, &cri.ContainerConfig{Command: test.command, Args: test.args}); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	if image.Entrypoint[0] != "/entry" || len(image.Entrypoint) != 1 {
		t.Error("the image was changed")
	}
}

func TestResolv(t *testing.T) {
	for want, config := range map[string]*cri.DNSConfig{
		"": nil,
		"nameserver 10.96.0.10\nsearch a.svc svc\noptions ndots:5 edns0\n": {
			Servers: []string{"10.96.0.10"}, Searches: []string{"a.svc", "svc"}, Options: []string{"ndots:5", "edns0"},
		},
		"nameserver 1.1.1.1\nnameserver 2.2.2.2\n": {Servers: []string{"1.1.1.1", "2.2.2.2"}},
	} {
		if got := resolv(config); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPropagation(t *testing.T) {
	for asked, want := range map[cri.MountPropagation]uint{
		cri.MountPropagation_PROPAGATION_PRIVATE:           0,
		cri.MountPropagation_PROPAGATION_HOST_TO_CONTAINER: unix.MS_SLAVE,
		cri.MountPropagation_PROPAGATION_BIDIRECTIONAL:     unix.MS_SHARED,
	} {
		if got := propagation(asked); got != want {
			t.Errorf("%s: %x, want %x", asked, got, want)
		}
	}
}

// server is a runtime that can start nothing.
func server(t *testing.T) *Server {
	t.Helper()
	resolver, err := images.NewResolver(nil, images.Loaded{})
	if err != nil {
		t.Fatal(err)
	}
	return &Server{
		config: Config{NodeName: "node-0", Images: resolver}, store: store(t.TempDir()),
		network:   &podNetwork{addresses: newPool(netip.MustParsePrefix("10.244.0.0/24"))},
		sandboxes: map[string]*sandbox{}, containers: map[string]*container{}, pulled: map[string]images.Image{},
		listeners: map[chan *cri.ContainerEventResponse]struct{}{},
	}
}

func TestSpec(t *testing.T) {
	s := server(t)
	user := int64(1000)
	p := &sandbox{config: &cri.PodSandboxConfig{Hostname: "web-0", DnsConfig: &cri.DNSConfig{Servers: []string{"10.96.0.10"}}}}
	c := &container{
		containerRecord: containerRecord{ID: "c"},
		image:           images.Image{Command: []string{"sh"}, Env: []string{"PATH=/bin", "FROM=image"}, WorkingDir: "/srv"},
		config: &cri.ContainerConfig{
			Envs: []*cri.KeyValue{{Key: "FROM", Value: []byte("pod")}, {Key: "data-1", Value: []byte("a=b")}},
			Mounts: []*cri.Mount{
				{ContainerPath: "/a/b/c", HostPath: "/3"}, {ContainerPath: "/a", HostPath: "/1", Readonly: true},
				{ContainerPath: "/z", HostPath: "/2"}, {ContainerPath: "/a/b", HostPath: "/4"},
			},
			Linux: &cri.LinuxContainerConfig{SecurityContext: &cri.LinuxContainerSecurityContext{
				RunAsUser: &cri.Int64Value{Value: user}, SupplementalGroups: []int64{7}, ReadonlyRootfs: true, NoNewPrivs: true,
				MaskedPaths: []string{"/proc/kcore"}, ReadonlyPaths: []string{"/proc/sys"},
			}},
		},
	}
	spec := s.spec(p, c)
	var order []string
	for _, mount := range spec.Mounts {
		order = append(order, mount.Destination)
	}
	if want := []string{"/a", "/z", "/a/b", "/a/b/c"}; !slices.Equal(order, want) {
		t.Errorf("mounts in the order %v, want %v", order, want)
	}
	if want := []string{"PATH=/bin", "FROM=image", "HOSTNAME=web-0", "FROM=pod", "data-1=a=b"}; !slices.Equal(spec.Env, want) {
		t.Errorf("environment %q, want %q", spec.Env, want)
	}
	if spec.Hostname != "web-0" || spec.Cwd != "/srv" || spec.Resolv != "nameserver 10.96.0.10\n" || !spec.ReadOnly || !spec.Mounts[0].ReadOnly {
		t.Errorf("%+v", spec)
	}
	if !slices.Equal(spec.Masked, []string{"/proc/kcore"}) || !slices.Equal(spec.Locked, []string{"/proc/sys"}) {
		t.Errorf("masked %v, read-only %v", spec.Masked, spec.Locked)
	}
	if who := spec.Identity; *who.UID != user || who.GID != nil || !reflect.DeepEqual(who.Groups, []int64{7}) || !who.NoNewPrivs {
		t.Errorf("%+v", who)
	}
	p.config.Linux = &cri.LinuxPodSandboxConfig{SecurityContext: &cri.LinuxSandboxSecurityContext{
		NamespaceOptions: &cri.NamespaceOption{Network: cri.NamespaceMode_NODE},
	}}
	if got := s.spec(p, c).Hostname; got != "node-0" {
		t.Errorf("on the node's network: hostname %q", got)
	}
}

func TestDescribeJoinsThePodsNamespaces(t *testing.T) {
	s := server(t)
	p := &sandbox{pid: 10, config: &cri.PodSandboxConfig{}}
	s.containers["target"] = &container{pid: 20, config: &cri.ContainerConfig{}}
	for mode, test := range map[cri.NamespaceMode]struct {
		pid    int
		create uintptr
	}{
		cri.NamespaceMode_CONTAINER: {0, unix.CLONE_NEWNS | unix.CLONE_NEWPID},
		cri.NamespaceMode_POD:       {10, unix.CLONE_NEWNS},
		cri.NamespaceMode_TARGET:    {20, unix.CLONE_NEWNS},
		cri.NamespaceMode_NODE:      {0, unix.CLONE_NEWNS},
	} {
		c := &container{config: &cri.ContainerConfig{Linux: &cri.LinuxContainerConfig{SecurityContext: &cri.LinuxContainerSecurityContext{
			NamespaceOptions: &cri.NamespaceOption{Pid: mode, TargetId: "target"},
		}}}}
		what, err := s.describe(p, c)
		if err != nil || what.create != test.create || what.join["pid"] != test.pid || what.join["net"] != 10 || what.join["ipc"] != 10 || what.join["uts"] != 10 {
			t.Errorf("%s: %+v, %v", mode, what, err)
		}
	}
	p.pid = 0
	if _, err := s.describe(p, &container{config: &cri.ContainerConfig{}}); err == nil || !strings.Contains(err.Error(), "running sandbox") {
		t.Errorf("in an ended pod: %v", err)
	}
}

func TestStopSignal(t *testing.T) {
	for name, test := range map[string]struct {
		pod   cri.Signal
		image string
		want  syscall.Signal
	}{
		"nobody says":         {cri.Signal_SIGNAL_RUNTIME_DEFAULT, "", unix.SIGTERM},
		"the image":           {cri.Signal_SIGNAL_RUNTIME_DEFAULT, "SIGQUIT", unix.SIGQUIT},
		"the pod":             {cri.Signal_SIGNAL_SIGUSR1, "", unix.SIGUSR1},
		"the pod over it":     {cri.Signal_SIGNAL_SIGINT, "SIGQUIT", unix.SIGINT},
		"an unknown one":      {cri.Signal_SIGNAL_RUNTIME_DEFAULT, "SIGNOTHING", unix.SIGTERM},
		"a real-time signal":  {cri.Signal_SIGNAL_SIGRTMINPLUS3, "", syscall.Signal(37)},
		"the last of them":    {cri.Signal_SIGNAL_SIGRTMAX, "", syscall.Signal(64)},
		"counted from behind": {cri.Signal_SIGNAL_SIGRTMAXMINUS1, "", syscall.Signal(63)},
	} {
		c := &container{config: &cri.ContainerConfig{StopSignal: test.pod}, image: images.Image{StopSignal: test.image}}
		if got := stopSignal(c); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestRefuseWhatASingleIDCannotGive(t *testing.T) {
	s := server(t)
	zero, other := &cri.Int64Value{}, &cri.Int64Value{Value: 1000}
	contexts := map[string]*cri.LinuxContainerSecurityContext{
		"":                       {RunAsUser: zero, RunAsGroup: zero, SupplementalGroups: []int64{0}},
		"runAsUser 1000":         {RunAsUser: other},
		"runAsGroup 1000":        {RunAsUser: zero, RunAsGroup: other},
		"supplementalGroups 200": {SupplementalGroups: []int64{200}},
	}
	for want, context := range contexts {
		config := &cri.ContainerConfig{Linux: &cri.LinuxContainerConfig{SecurityContext: context}}
		s.config.SingleID = false
		if err := s.refuse(config, images.Image{}); err != nil {
			t.Errorf("all ids are there: %v", err)
		}
		s.config.SingleID = true
		err := s.refuse(config, images.Image{})
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want+" cannot be had") {
			t.Errorf("%q: %v", want, err)
		}
	}
}
