#!/bin/sh
# Prints the path of the control plane that the cluster tests run on: one program that holds etcd, kube-apiserver,
# kube-controller-manager, kube-scheduler, kubectl and kwok, built from test/control-plane once and kept in a cache.
# With KUBEBUILDER_ASSETS set it prints that folder instead (etcd, kube-apiserver and kubectl, nothing more).
# Only the path goes to stdout; progress goes to stderr.
set -eu

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  for name in etcd kube-apiserver kubectl; do
    if [ ! -x "$KUBEBUILDER_ASSETS/$name" ]; then
      echo "control-plane: KUBEBUILDER_ASSETS is set, but $KUBEBUILDER_ASSETS/$name is not an executable" >&2
      exit 1
    fi
  done
  printf '%s\n' "$KUBEBUILDER_ASSETS"
  exit 0
fi

source=$(CDPATH='' cd -- "$(dirname -- "$0")/../test/control-plane" && pwd)
cd "$source"

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi
}
hash=$(cat go.mod go.sum ./*.go | sha256 | cut -c 1-16)
cache=${CONTROL_PLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast}/control-plane/$hash
binary=$cache/control-plane

if [ -x "$binary" ]; then
  printf '%s\n' "$binary"
  exit 0
fi

if ! command -v go >/dev/null 2>&1; then
  echo 'control-plane: Go is not installed, and the control plane has not been built yet.' >&2
  echo 'Install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.' >&2
  exit 1
fi

mkdir -p "$cache"
# Test files that start together wait for one build; where flock is missing each builds, and the last rename wins.
if command -v flock >/dev/null 2>&1; then
  exec 9>"$cache/lock"
  flock 9
  if [ -x "$binary" ]; then
    printf '%s\n' "$binary"
    exit 0
  fi
fi

temporary=$binary.$$
trap 'rm -f "$temporary"' EXIT INT TERM

# The server takes the version that it reports from the linker.
version=$(sed -n 's/^[[:space:]]*k8s\.io\/kubernetes v\([0-9.]*\).*/\1/p' go.mod)
major=${version%%.*}
minor=${version#*.}
minor=${minor%%.*}
package=k8s.io/component-base/version
echo "control-plane: building Kubernetes v$version (about five minutes the first time)" >&2
CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$temporary" \
  -ldflags "-s -w -X $package.gitVersion=v$version -X $package.gitMajor=$major -X $package.gitMinor=$minor" . >&2 9>&-
mv -f "$temporary" "$binary"
printf '%s\n' "$binary"
