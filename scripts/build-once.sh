# shellcheck shell=sh
# Sourced by the scripts here that print the path of a Go program, which is built once and kept in a cache.

# build_once <path in the cache> <what to do where Go is missing>
# Prints the path of the file. Where it is missing, the caller's function `build <folder>` makes it in there, under the same name; what that prints goes to stderr.
build_once() {
  binary=${CONTROL_PLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast}/$1
  if [ ! -x "$binary" ]; then
    if ! command -v go >/dev/null 2>&1; then
      printf '%s: Go is not installed, and the program has not been built yet.\n%s\n' "${1##*/}" "$2" >&2
      exit 1
    fi
    mkdir -p "${binary%/*}"
    # Test files that start together wait for one build; where flock is missing each builds, and the last rename wins.
    if command -v flock >/dev/null 2>&1; then
      exec 9>"${binary%/*}/lock"
      flock 9
    fi
    if [ ! -x "$binary" ]; then
      temporary=$(mktemp -d "$binary.XXXXXX")
      trap 'rm -rf "$temporary"' EXIT
      trap 'exit 130' INT
      trap 'exit 143' TERM
      build "$temporary" >&2 9>&-
      mv -f "$temporary/${1##*/}" "$binary"
    fi
  fi
  printf '%s\n' "$binary"
}
