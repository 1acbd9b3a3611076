#!/bin/bash
# Builds the node image out of Debian's packages, kind's own files and the programs of programs.sh, with the real
# `kind build node-image`, and keeps it in the cache. Needs root, and a Docker daemon (run.sh starts one).
. "$(dirname "$0")/settings.sh"
NODE=$LAB/bin/node PODS=$LAB/bin/pods ROOT=$LAB/rootfs PLAIN=$LAB/debian BASE=$LAB/base ROOTS=$LAB/roots
FILES=$KIND_SOURCE/images/base/files
trap 'rm -rf "$BASE" "$ROOTS" "$LAB/server" "$LAB/server.tar.gz"' EXIT

# 1. A small Debian with what a node needs, and one without that for pods, from the mirror that this machine uses.
debian() { # debian ROOT [PACKAGES]
  local mirror
  [ ! -e "$1.done" ] || return 0
  rm -rf "$1"
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' | awk '$2 == "bookworm" && $3 == "main" {print $1; exit}')
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg ${2:+--include=$2} bookworm "$1" "$mirror"
  rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/usr/share/{doc,man,locale,info}/* "$1/etc/apt/sources.list"
  touch "$1.done"
}
packages=systemd,systemd-sysv,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,libseccomp2,pigz,e2fsprogs,bash,ca-certificates,curl,jq
packages+=,procps,socat,containerd,runc,containernetworking-plugins,busybox,netbase,iputils-ping
debian "$ROOT" $packages
debian "$PLAIN"

# 2. kind's base image: that Debian with the files that kind's module carries.
rm -rf "$BASE" "$ROOTS" && cp -a "$ROOT" "$BASE" && mkdir "$ROOTS"
(cd "$FILES" && find . -type f -print0) | while IFS= read -rd '' file; do
  case $file in ./usr/local/bin/* | ./kind/bin/*) mode=755 ;; *) mode=644 ;; esac
  install -D -m$mode "$FILES/$file" "$BASE/$file"
done
mkdir -p "$BASE/etc/kubernetes/manifests" "$BASE/opt/cni/bin"
ln -sf /usr/bin/containerd "$BASE/usr/local/bin/containerd"
install -m755 "$NODE/crictl" "$BASE/usr/local/bin/crictl"
for plugin in host-local loopback ptp portmap bridge; do mv "$BASE/usr/lib/cni/$plugin" "$BASE/opt/cni/bin/"; done
# containerd 1.6 knows neither `ctr images import --label`, which only marks the images as pinned, nor `ctr info`. Nothing is pulled.
cat > "$BASE/usr/local/bin/ctr" <<'X'
#!/bin/bash
[ "$1" = info ] && exec /usr/bin/ctr version
case " $* " in *" content fetch "*) echo "nothing is pulled here: $*" >&2; exit 1 ;; esac
for argument; do
  shift
  [[ $argument == --label=io.cri-containerd.pinned=* ]] || set -- "$@" "$argument"
done
exec /usr/bin/ctr "$@"
X
chmod 755 "$BASE/usr/local/bin/ctr"
# Where the capability CAP_SYS_RESOURCE is missing nothing may lower its oom_score_adj; kind does the same in a user namespace.
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$BASE/etc/containerd/config.toml"
chroot "$BASE" /bin/bash -e <<'X'
cd /lib/systemd/system
rm -f sysinit.target.wants/systemd-tmpfiles-setup.service multi-user.target.wants/* /etc/systemd/system/*.wants/* \
  local-fs.target.wants/* sockets.target.wants/*udev* sockets.target.wants/*initctl* basic.target.wants/* \
  containerd.service # Debian's own must not join kind's
echo ReadKMsg=no >> /etc/systemd/journald.conf
ln -sf /lib/systemd/systemd /sbin/init
systemctl enable kubelet.service containerd.service undo-mount-hacks.service
systemctl mask systemd-binfmt.service
rm -f /etc/machine-id /etc/hostname; : > /etc/machine-id; : > /etc/resolv.conf
ctr oci spec | jq '.hooks.createContainer[.hooks.createContainer | length] |= . + {"path": "/kind/bin/mount-product-files.sh"} | del(.process.rlimits)' \
  > /etc/containerd/cri-base.json
test -s /etc/containerd/cri-base.json
X
tar -C "$BASE" -c . | docker import - kindlab/raw > /dev/null
# `docker import` knows no stop signal, so a build without a step adds what it lacks.
printf '%s\n' 'FROM kindlab/raw' 'ENV container=docker PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  'STOPSIGNAL SIGRTMIN+3' 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]' | DOCKER_BUILDKIT=0 docker build -q -t kindlab/base -

# 3. The images of the system's pods, each under the name that kubeadm or kind looks for.
with_libraries() { # with_libraries ROOT FILE...: copies files of the Debian together with the libraries that they need
  local root=$1 file needed; shift
  for file; do
    for needed in "$file" $(chroot "$ROOT" ldd "$file" 2> /dev/null | grep -oE '/[^ ]+' | grep -v :); do
      mkdir -p "$root/$(dirname "$needed")" && cp -L "$ROOT/$needed" "$root/$needed"
    done
  done
}
shell() { # shell ROOT: busybox and its links
  local applet
  mkdir -p "$1/bin" "$1/etc"
  with_libraries "$1" /bin/busybox
  for applet in $(chroot "$ROOT" /bin/busybox --list); do [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"; done
}
firewall() { # firewall ROOT: iptables and its modules
  local link
  with_libraries "$1" /usr/sbin/xtables-nft-multi $(cd "$ROOT" && printf '/%s ' usr/lib/x86_64-linux-gnu/xtables/*.so)
  mkdir -p "$1/run" && cp "$ROOT/etc/protocols" "$1/etc/"
  for link in {iptables,ip6tables}{,-save,-restore}; do ln -sf xtables-nft-multi "$1/usr/sbin/$link"; done
}
image() { # image NAME PROGRAM PATH CHANGE...: an image of the files in ROOTS/PROGRAM, if there are any, and that program
  local name=$1 root=$ROOTS/$2 change changes=(--change "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
  mkdir -p "$root/tmp" && chmod 1777 "$root/tmp"
  [ -z "$3" ] || install -D "$PODS/$2" "$root/$3"
  shift 3
  for change; do changes+=(--change "$change"); done
  tar -C "$root" --owner=0 --group=0 -c . | docker import "${changes[@]}" - "$name" > /dev/null
  IMAGES+=("$name")
}
named() { grep -rhoE "\"[^\"/]+/kindest/$1:[^\"]+\"" "$KIND_SOURCE/pkg/build/nodeimage" | head -1 | tr -d '"'; }

IMAGES=()
declare -A KUBEADM
for name in $("$NODE/kubeadm" config images list --kubernetes-version "v$KUBERNETES" 2> /dev/null); do
  program=$(basename "${name%:*}") KUBEADM[$(basename "${name%:*}")]=$name
  case $program in
    kube-proxy) shell "$ROOTS/$program"; firewall "$ROOTS/$program"; image "$name" "$program" /usr/local/bin/kube-proxy ;;
    kube-* | etcd) image "$name" "$program" "/usr/local/bin/$program" ;;
    coredns) image "$name" coredns /coredns 'ENTRYPOINT ["/coredns"]' ;;
  esac
done
image "$(sed -n 's/^ *sandbox_image = "\(.*\)"/\1/p' "$FILES/etc/containerd/config.toml")" pause /pause 'ENTRYPOINT ["/pause"]' 'USER 65535:65535'
shell "$ROOTS/labnet"; firewall "$ROOTS/labnet"
KINDNET=$(named kindnetd)
image "$KINDNET" labnet /bin/kindnetd 'CMD ["/bin/kindnetd"]'
image "$(named local-path-provisioner)" local-path-provisioner /usr/bin/local-path-provisioner
shell "$ROOTS/busybox"
image "$(named local-path-helper)" busybox ''
with_libraries "$ROOTS/busybox" /usr/bin/printenv  # Debian's busybox has all but this
# What the example suites use.
image busybox:1.35.0 busybox ''
image busybox:1.35 busybox ''
cp -a "$PLAIN" "$ROOTS/debian"
image debian:12 debian ''

# 4. The node image. kind loads four archives of a server's tarball, and pulls by name what it then lacks: so one carries all the others.
BINARIES=$LAB/server/kubernetes/server/bin
rm -rf "$LAB/server" && mkdir -p "$BINARIES" && echo "v$KUBERNETES" > "$LAB/server/kubernetes/version"
cp "$NODE"/kube{adm,let,ctl} "$BINARIES/"
for program in kube-controller-manager kube-scheduler kube-proxy; do docker save -o "$BINARIES/$program.tar" "${KUBEADM[$program]}"; done
docker save -o "$BINARIES/all.tar" $(printf '%s\n' "${IMAGES[@]}" | grep -vE 'kube-(controller-manager|scheduler|proxy):')
# kind reads of an archive the first of `manifest.json` (only its first entry) and `repositories` (all of it), and compares names in
# full, while `docker save` leaves out the default registry.
mkdir "$LAB/server/all" && tar -C "$LAB/server/all" -xf "$BINARIES/all.tar" && rm "$BINARIES/all.tar"
(cd "$LAB/server/all" && sed -i "s#\"kindest/#\"${KINDNET%%/*}/kindest/#g" manifest.json repositories \
  && tar -cf "$BINARIES/kube-apiserver.tar" repositories $(ls | grep -vx repositories))
tar -C "$LAB/server" -c kubernetes | gzip -1 > "$LAB/server.tar.gz"
"$LAB/bin/kind" build node-image --type file --base-image kindlab/base --image "$IMAGE" "$LAB/server.tar.gz"
docker save -o "$ARCHIVE.partial" "$IMAGE"
rm -f "$LAB"/node-*.tar
mv "$ARCHIVE.partial" "$ARCHIVE"
