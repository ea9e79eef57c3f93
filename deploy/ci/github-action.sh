#!/usr/bin/env bash
# The step of action.yml. All inputs are variables; RUNNER_TEMP, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY are the runner's.
set -euo pipefail

# GitHub shows no job summary above 1 MiB.
longest_summary=1048576

refuse() {
  printf '::error title=Holdfast::%s\n' "$1"
  printf 'exit-code=2\n' >>"$GITHUB_OUTPUT"
  exit 2
}

if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 19) ? 0 : 1)'; then
  refuse 'needs Node 22.19 or newer; run actions/setup-node before this step'
fi
case $SARIF_FILE in
  '' | *[[:cntrl:]]*) refuse 'the input sarif-file is no path' ;;
esac

# A name without a version, or a range, could be other code tomorrow.
package=$PACKAGE
version='[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?'
if [[ $package =~ ^https://[^[:space:]]+\.tgz$ || $package =~ ^(@[a-z0-9._-]+/)?[a-z0-9][a-z0-9._-]*@$version$ ]]; then
  :
elif [[ $package == *.tgz && -f $package ]]; then
  package=$(realpath -- "$package")
else
  refuse 'the input package is neither a tarball (.tgz) that is there nor name@version'
fi

home=$(mktemp -d "$RUNNER_TEMP/holdfast.XXXXXX")
npm install --prefix "$home" --ignore-scripts --no-audit --no-fund --loglevel=error -- "$package" >&2
holdfast=$home/node_modules/.bin/holdfast

flags=("--fail-on=$LINT_FAIL_ON")
if [ -n "$LINT_CONFIG" ]; then flags+=("--config=$LINT_CONFIG"); fi
convert=("${flags[@]:1}")
if [ -n "$LINT_BASELINE" ]; then flags+=("--baseline=$LINT_BASELINE"); fi
paths=()
while IFS= read -r path; do
  if [ -n "$path" ]; then paths+=("$path"); fi
done <<<"${LINT_PATHS//$'\r'/}"

code=0
"$holdfast" lint --format=github "--report=json=$home/report.json" "${flags[@]}" -- ${paths[@]+"${paths[@]}"} || code=$?
printf 'exit-code=%s\n' "$code" >>"$GITHUB_OUTPUT"
if [ -f "$home/report.json" ]; then
  mkdir -p -- "$(dirname -- "$SARIF_FILE")"
  # Code scanning would show what is suppressed as open alerts.
  "$holdfast" convert ${convert[@]+"${convert[@]}"} --hide-suppressed --format=sarif -- "$home/report.json" >"$SARIF_FILE"
  printf 'sarif-file=%s\n' "$SARIF_FILE" >>"$GITHUB_OUTPUT"
  "$holdfast" convert ${convert[@]+"${convert[@]}"} --format=markdown -- "$home/report.json" >"$home/summary.md"
  if [ "$(wc -c <"$home/summary.md")" -le "$longest_summary" ]; then cat "$home/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
fi
exit "$code"
