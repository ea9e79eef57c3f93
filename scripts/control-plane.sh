#!/bin/sh
# Prints the path of a program that the cluster tests run on, built from its Go module once and kept in a cache.
#   control-plane.sh        etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kwok: what `npm run e2e` needs
#   control-plane.sh node   kubelet and kube-proxy: what `npm run proof` needs besides
# With KUBEBUILDER_ASSETS set the first prints that folder instead (etcd, kube-apiserver and kubectl, nothing more).
# Only the path goes to stdout; progress goes to stderr.
set -eu
. "$(dirname -- "$0")/build-once.sh"

modules=$(CDPATH='' cd -- "$(dirname -- "$0")/../test/control-plane" && pwd)
case ${1:-control-plane} in
control-plane)
  name=control-plane
  source=$modules
  instead=', or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl'
  ;;
node)
  name=node
  source=$modules/node
  instead=
  ;;
*)
  echo "usage: ${0##*/} [node]" >&2
  exit 2
  ;;
esac

if [ "$name" = control-plane ] && [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  for asset in etcd kube-apiserver kubectl; do
    if [ ! -x "$KUBEBUILDER_ASSETS/$asset" ]; then
      echo "$name: KUBEBUILDER_ASSETS is set, but $KUBEBUILDER_ASSETS/$asset is not an executable" >&2
      exit 1
    fi
  done
  printf '%s\n' "$KUBEBUILDER_ASSETS"
  exit 0
fi

cd "$source"

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi
}
hash=$(cat go.mod go.sum ./*.go | sha256 | cut -c 1-16)

build() {
  # The server takes the version that it reports from the linker.
  version=$(sed -n 's/^[[:space:]]*k8s\.io\/kubernetes v\([0-9.]*\).*/\1/p' go.mod)
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  package=k8s.io/component-base/version
  echo "$name: building Kubernetes v$version (about five minutes the first time)"
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$1/$name" \
    -ldflags "-s -w -X $package.gitVersion=v$version -X $package.gitMajor=$major -X $package.gitMinor=$minor" .
}
build_once "$name/$hash/$name" "Install Go 1.26 or newer$instead."
