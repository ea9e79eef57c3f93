#!/bin/sh
# Prints the path of the Helm that renders and tests the chart, built from its Go module once and kept in a cache.
# With HELM set it prints that program instead. Only the path goes to stdout; progress goes to stderr.
set -eu
. "$(dirname -- "$0")/build-once.sh"

version=v4.3.1

if [ -n "${HELM:-}" ]; then
  if [ ! -x "$HELM" ]; then
    echo "helm: HELM is set, but $HELM is not an executable" >&2
    exit 1
  fi
  printf '%s\n' "$HELM"
  exit 0
fi

build() {
  echo "helm: building Helm $version (about two minutes the first time)"
  GOBIN=$1 GOFLAGS='' CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "helm.sh/helm/v4/cmd/helm@$version"
}
build_once "helm/$version/helm" 'Install Go 1.26 or newer, or set HELM to a program of version 4.'
