#!/bin/sh
# The first process of namespaces of their own (mounts, processes, network): makes them fit for a node, then runs a command.
# When it ends, the kernel ends everything in them and lets go of every mount and network device. What Kubernetes would write
# to places that the machine shares goes elsewhere here, so that there is nothing to put back.
#   namespaces.sh <name of what it mounts> <bridge> <node address>/<bits> <settings> <folder for copies of them> <command> …
set -eu
name=$1
bridge=$2
address=$3
settings=$4
copies=$5
shift 5

mount --make-rprivate /
for place in /run /var/log; do
  mount -t tmpfs -o mode=755 "$name" "$place"
done
# The kubelet and the network plugins make folders of their own here, whatever their configuration says.
mkdir -p /run/var-lib/upper /run/var-lib/work
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/var-lib/upper,workdir=/run/var-lib/work "$name" /var/lib

# The kubelet sets these for the whole machine; here it sets copies.
for setting in $settings; do
  [ -e "/proc/sys/$setting" ] || continue
  copy=$copies/$(echo "$setting" | tr / .)
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done
mount --make-rshared /

ip link set lo up
ip link add "$bridge" type bridge
ip address add "$address" dev "$bridge"
ip link set "$bridge" up
# A ClusterIP needs some route before it is translated.
ip route add default dev "$bridge"

# In the background, since this shell has to wait for every orphan of the namespace.
exec 3<&0
"$@" <&3 3<&- &
exec 3<&-
child=$!
trap 'kill -TERM $child 2>/dev/null || true' INT TERM HUP
code=0
wait $child || code=$?
# A signal to this shell ends the first wait.
if kill -0 $child 2>/dev/null; then
  code=0
  wait $child || code=$?
fi
exit $code
