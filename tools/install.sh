#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# install.sh run|check: installs what tools/packages.txt names and is missing.  Nothing that
# comes along as a service is started.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
say() { printf '%s\n' "$*" >&2; }

wanted() {
	awk -v all="$1" '/^\[/ {part = $0} /^[a-z0-9]/ && (part == "[build and run]" || all == "check") {print $1}' \
		"$here/packages.txt"
}

missing=()
for p in $(wanted "${1:-run}"); do
	# A program on the path is as good as its package (a machine may bring its own Node.js).
	case $p in nodejs) command -v node >/dev/null && continue ;; npm) command -v npm >/dev/null && continue ;; esac
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0
[ "$(id -u)" = 0 ] || { say "install: run with sudo; missing: ${missing[*]}"; exit 1; }

say "installing ${#missing[@]} packages from Debian: ${missing[*]}"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then # Debian's way to say: install, but start no service
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
	trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
apt-get -q update >"$log" 2>&1 || { tail -5 "$log" >&2; say "install: apt-get update failed; is the network there?"; exit 1; }
apt-get -qq -y --no-install-recommends install "${missing[@]}" >"$log" 2>&1 &
pid=$!
while kill -0 $pid 2>/dev/null; do
	if [ -t 2 ]; then printf '\r  %d of %d set up ' "$(grep -c '^Setting up' "$log")" "$(grep -c '^Unpacking' "$log")" >&2; fi
	sleep 1
done
if ! wait $pid; then
	tail -15 "$log" >&2
	say "install: apt-get failed; the whole log is $log"
	exit 1
fi
[ -t 2 ] && printf '\n' >&2
rm -f "$log"
