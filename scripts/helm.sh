#!/bin/sh
# Prints the path of the Helm that renders and tests the chart, built from its Go module once and kept in a cache.
# With HELM set it prints that program instead. Only the path goes to stdout; progress goes to stderr.
set -eu

version=v4.3.1

if [ -n "${HELM:-}" ]; then
  if [ ! -x "$HELM" ]; then
    echo "helm: HELM is set, but $HELM is not an executable" >&2
    exit 1
  fi
  printf '%s\n' "$HELM"
  exit 0
fi

cache=${CONTROL_PLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast}/helm/$version
binary=$cache/helm

if [ -x "$binary" ]; then
  printf '%s\n' "$binary"
  exit 0
fi

if ! command -v go >/dev/null 2>&1; then
  echo 'helm: Go is not installed, and Helm has not been built yet.' >&2
  echo 'Install Go 1.26 or newer, or set HELM to a program of version 4.' >&2
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

temporary=$cache/build.$$
trap 'rm -rf "$temporary"' EXIT INT TERM
mkdir "$temporary"

echo "helm: building Helm $version (about two minutes the first time)" >&2
GOBIN=$temporary GOFLAGS='' CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "helm.sh/helm/v4/cmd/helm@$version" >&2 9>&-
mv -f "$temporary/helm" "$binary"
printf '%s\n' "$binary"
