# Where everything is kept, and which versions are built. For the other scripts; not run by itself.
set -euo pipefail
LAB_SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB=${XDG_CACHE_HOME:-$HOME/.cache}/kworkload-kind
KUBERNETES=1.34.4 KIND=v0.33.0 ETCD=v3.6.5 COREDNS=v1.12.1 PROVISIONER=v0.0.30
KIND_SOURCE=$(go env GOMODCACHE)/sigs.k8s.io/kind@$KIND  # its module carries the files of its base image
# What goes into the image is what these scripts and programs say: another key, another image.
KEY=$(cd "$LAB_SCRIPTS" && cat settings.sh programs.sh image.sh */main.go | sha256sum | cut -c1-12)
IMAGE=kindest/node:v$KUBERNETES-$KEY
ARCHIVE=$LAB/node-$KEY.tar
export CGO_ENABLED=0 GOFLAGS="-mod=mod -trimpath -buildvcs=false"
mkdir -p "$LAB/bin"
