#!/bin/sh
# Prints the path of the program in bench/peers, built from its Go modules once and kept in a cache.
set -u
. "$(dirname -- "$0")/../scripts/build-once.sh"

cd "$(dirname -- "$0")/peers" || exit 1
hash=$(cat go.mod go.sum ./*.go | sha256sum | cut -c 1-16)
build() {
  echo "peers: building the engine of Gatekeeper (some minutes the first time)"
  CGO_ENABLED=0 go build -buildvcs=false -ldflags '-s -w' -o "$1/peers" . || exit 1
}
build_once "peers/$hash/peers" 'Install Go 1.26 or newer.'
