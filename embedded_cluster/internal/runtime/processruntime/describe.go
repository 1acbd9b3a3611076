package processruntime

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/images"
	"pytest-kworkload/embedded_cluster/internal/runtime/process"
)

// describe turns what the kubelet asks for into a process to start. It wants s.mu held.
func (s *Server) describe(p *sandbox, c *container) (launch, error) {
	if p == nil || p.pid == 0 {
		return launch{}, notFound("running sandbox", c.Sandbox)
	}
	what := launch{
		args: []string{"become"}, create: unix.CLONE_NEWNS,
		join: map[string]int{"net": p.pid, "uts": p.pid, "ipc": p.pid},
		spec: s.spec(p, c),
	}
	switch options := c.config.GetLinux().GetSecurityContext().GetNamespaceOptions(); options.GetPid() {
	case cri.NamespaceMode_POD:
		what.join["pid"] = p.pid
	case cri.NamespaceMode_TARGET:
		target := s.containers[options.GetTargetId()]
		if target == nil || target.pid == 0 {
			return launch{}, notFound("running target container", options.GetTargetId())
		}
		what.join["pid"] = target.pid
	case cri.NamespaceMode_NODE:
	default:
		what.create |= unix.CLONE_NEWPID
	}
	return what, nil
}

// ownPIDs is true if the container's processes end with its first one.
func ownPIDs(config *cri.ContainerConfig) bool {
	return config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetPid() == cri.NamespaceMode_CONTAINER
}

func (s *Server) spec(p *sandbox, c *container) *process.Spec {
	context := c.config.GetLinux().GetSecurityContext()
	hostname := p.config.GetHostname()
	if p.hostNetwork() {
		hostname = s.config.NodeName
	}
	spec := &process.Spec{
		Root: s.store.root(c.ID), Hostname: hostname, Resolv: resolv(p.config.GetDnsConfig()),
		Image: c.image.Root, Scratch: s.store.scratch(c.ID), Volumes: c.image.Volumes,
		Args: arguments(c.image, c.config), StandIn: c.image.Idle,
		Env: append(append([]string{}, c.image.Env...), "HOSTNAME="+hostname), Cwd: c.config.GetWorkingDir(),
		Masked: context.GetMaskedPaths(), Locked: context.GetReadonlyPaths(),
		ReadOnly: context.GetReadonlyRootfs(), OOMScore: c.config.GetLinux().GetResources().GetOomScoreAdj(),
		Identity: process.Identity{
			User: c.image.User, UID: optional(context.GetRunAsUser()), GID: optional(context.GetRunAsGroup()),
			Groups:       context.GetSupplementalGroups(),
			StrictGroups: context.GetSupplementalGroupsPolicy() == cri.SupplementalGroupsPolicy_Strict,
			SingleID:     s.config.SingleID, Capabilities: capabilities(context.GetCapabilities()),
			Privileged: context.GetPrivileged(), NoNewPrivs: context.GetNoNewPrivs(),
		},
	}
	if name := context.GetRunAsUsername(); name != "" {
		spec.Identity.User = name
	}
	if spec.Cwd == "" {
		spec.Cwd = c.image.WorkingDir
	}
	for _, variable := range c.config.GetEnvs() {
		spec.Env = append(spec.Env, variable.GetKey()+"="+string(variable.GetValue()))
	}
	for _, mount := range c.config.GetMounts() {
		spec.Mounts = append(spec.Mounts, s.mount(mount))
	}
	// Outer mounts first, or an inner one would be hidden.
	slices.SortStableFunc(spec.Mounts, func(a, b process.Mount) int {
		return strings.Count(a.Destination, "/") - strings.Count(b.Destination, "/")
	})
	return spec
}

// arguments: the pod's command replaces the image's entrypoint and command, its args only the command.
func arguments(image images.Image, config *cri.ContainerConfig) []string {
	entrypoint, command := config.GetCommand(), config.GetArgs()
	if len(entrypoint) == 0 {
		entrypoint = image.Entrypoint
		if len(command) == 0 {
			command = image.Command
		}
	}
	return append(append([]string{}, entrypoint...), command...)
}

func optional(value *cri.Int64Value) *int64 {
	if value == nil {
		return nil
	}
	number := value.GetValue()
	return &number
}

func resolv(config *cri.DNSConfig) string {
	var text strings.Builder
	for _, server := range config.GetServers() {
		text.WriteString("nameserver " + server + "\n")
	}
	if searches := config.GetSearches(); len(searches) > 0 {
		text.WriteString("search " + strings.Join(searches, " ") + "\n")
	}
	if options := config.GetOptions(); len(options) > 0 {
		text.WriteString("options " + strings.Join(options, " ") + "\n")
	}
	return text.String()
}

// capabilityNames are in the kernel's order: the index is the number.
var capabilityNames = strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
	LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
	SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE
	AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`)

// usual is what other runtimes give to a container that asks for nothing.
var usual = strings.Fields(`CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP
	NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE`)

// capabilities is the set as bits. ALL is taken first, so that `drop: ALL, add: X` means X.
func capabilities(wanted *cri.Capability) uint64 {
	set := bits(usual)
	if slices.ContainsFunc(wanted.GetAddCapabilities(), isAll) {
		set = bits(capabilityNames)
	}
	if slices.ContainsFunc(wanted.GetDropCapabilities(), isAll) {
		set = 0
	}
	set |= bits(wanted.GetAddCapabilities())
	return set &^ bits(wanted.GetDropCapabilities())
}

func isAll(name string) bool { return strings.EqualFold(name, "ALL") }

func bits(names []string) uint64 {
	var set uint64
	for _, name := range names {
		if index := slices.Index(capabilityNames, strings.TrimPrefix(strings.ToUpper(name), "CAP_")); index >= 0 {
			set |= 1 << index
		}
	}
	return set
}
