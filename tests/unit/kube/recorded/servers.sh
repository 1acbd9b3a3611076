#!/bin/bash
# Builds kube-apiserver of one version, and etcd, out of the Go module proxy: servers.sh 1.32.13 DIRECTORY. Eight minutes on two cores.
set -euo pipefail
version=$1 target=$(mkdir -p "$2" && cd "$2" && pwd)
export CGO_ENABLED=0 GOFLAGS="-mod=mod -trimpath -buildvcs=false"
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT

mkdir "$source/etcd" "$source/kubernetes"
cd "$source/etcd"
printf 'module servers\ngo 1.24.0\nrequire go.etcd.io/etcd/server/v3 v3.6.5\n' > go.mod
go build -o "$target/etcd" go.etcd.io/etcd/server/v3

cd "$source/kubernetes"
go mod download "k8s.io/kubernetes@v$version"
upstream=$(go env GOMODCACHE)/k8s.io/kubernetes@v$version/go.mod
{
  printf 'module servers\n%s\nrequire k8s.io/kubernetes v%s\n' "$(grep '^go ' "$upstream")" "$version"
  sed -n "s#^\t*\(replace \)\?\(k8s.io/[a-z-]*\) => ./staging/.*#replace \2 => \2 v0.${version#1.}#p" "$upstream"
} > go.mod
told=
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  told+=" -X $package.gitVersion=v$version -X $package.gitMajor=1 -X $package.gitMinor=$(cut -d. -f2 <<< "$version")"
done
# providerless: the clouds that older versions had built in are modules that are not to be had any more, and no part of the API.
go build -tags providerless -ldflags "-s -w $told" -o "$target/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver
