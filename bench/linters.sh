#!/bin/sh
# Prints the paths of the linters that Holdfast is measured beside, each built from its Go module once and kept in a cache.
# One that cannot be built is said on stderr, and left out.
set -u
. "$(dirname -- "$0")/../scripts/build-once.sh"

# build_linter <name> <package> <version>
build_linter() (
  package=$2
  version=$3
  build() {
    echo "$package: building $version"
    GOBIN=$1 GOFLAGS='' CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "$package@$version" || exit 1
  }
  build_once "linters/$version/$1" 'Install Go 1.26 or newer.'
)

build_linter kube-linter golang.stackrox.io/kube-linter/cmd/kube-linter v0.8.3 || echo 'NOT MEASURED: kube-linter cannot be built' >&2
build_linter kube-score github.com/zegl/kube-score/cmd/kube-score v1.20.0 || echo 'NOT MEASURED: kube-score cannot be built' >&2
