#!/bin/bash
# run.sh COMMAND...: runs a command where Docker, kind and the node image are.
#
# Builds what is missing. Where no Docker daemon answers it starts one of its own (as root, on Debian), out of which nothing leaves this
# machine, and takes back at its end, however it ends, what it and the nodes have changed.
. "$(dirname "$0")/settings.sh"
KERNEL="vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes
  net.ipv4.ip_forward net.ipv6.conf.all.forwarding fs.inotify.max_user_instances" # each kubelet and Docker set some of these, for the whole machine
DOCKER=$LAB/docker

fence() { # fence -I | -D: no packet of a container leaves this machine
  local link
  for link in $(ip -o route show default | sed 's/.* dev \([^ ]*\).*/\1/' | sort -u); do iptables "$1" DOCKER-USER -o "$link" -j REJECT; done
  for link in $(ip -6 -o route show default | sed 's/.* dev \([^ ]*\).*/\1/' | sort -u); do ip6tables "$1" FORWARD -o "$link" -j REJECT; done
}

end() {
  set +e
  trap '' INT TERM HUP
  docker ps -aq --filter label=io.x-k8s.kind.cluster | xargs -r docker rm -fv > /dev/null || true
  kill "$DAEMON" 2> /dev/null && tail --pid="$DAEMON" -s 0.1 -f /dev/null || true
  fence -D
  sysctl -q -w "${BEFORE[@]}"
}

daemon() {
  [ "$(id -u)" = 0 ] || { echo "No Docker daemon answers, and only root may start one." >&2; exit 1; }
  if ! command -v dockerd debootstrap iptables > /dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends docker.io debootstrap iptables > /dev/null
  fi
  export DOCKER_HOST=unix://$DOCKER/socket
  mapfile -t BEFORE < <(sysctl $KERNEL | sed 's/ = /=/')
  mkdir -p "$DOCKER"
  setsid dockerd --data-root "$DOCKER/data" --exec-root "$DOCKER/exec" --pidfile "$DOCKER/pid" --host "$DOCKER_HOST" \
    --add-runtime "lab=$LAB_SCRIPTS/runc-lab" --default-runtime lab > "$DOCKER/log" 2>&1 < /dev/null &
  DAEMON=$!
  trap end EXIT
  trap 'exit 130' INT TERM HUP
  until docker version > /dev/null 2>&1; do
    kill -0 "$DAEMON" 2> /dev/null || { tail "$DOCKER/log" >&2; exit 1; }
    sleep 0.2
  done
  # Before the first container. (Until kube-proxy is up, packets to a Service would leave by the default route.)
  fence -I
  # A cluster of three nodes takes about 90 of them, and the kernel allows 128.
  (($(sysctl -n fs.inotify.max_user_instances) >= 1024)) || sysctl -q -w fs.inotify.max_user_instances=1024
}

docker version > /dev/null 2>&1 || daemon
if [ ! -e "$ARCHIVE" ]; then
  echo "Building $IMAGE: 15 minutes from nothing; what it does is in $LAB/build.log"
  { "$LAB_SCRIPTS/programs.sh" && "$LAB_SCRIPTS/image.sh"; } > "$LAB/build.log" 2>&1 || { tail -30 "$LAB/build.log" >&2; exit 1; }
fi
docker image inspect "$IMAGE" > /dev/null 2>&1 || docker load -qi "$ARCHIVE"
export PATH=$LAB/bin:$PATH KWORKLOAD_KIND_IMAGE=$IMAGE
"$@"
