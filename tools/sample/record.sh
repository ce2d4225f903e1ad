#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# record.sh FILE.pcap: builds the sample company with a plain kernel bridge in the gate's
# place, plays the whole sample day with nobody to stop it, and writes what crossed the wire.
# tests/data/sample-day.pcap.gz was made like this.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "${1:?record.sh FILE.pcap}")
export OTASUKE_NS=otr OTASUKE_SAMPLE_DIR
OTASUKE_SAMPLE_DIR=$(mktemp -d)
chmod 755 "$OTASUKE_SAMPLE_DIR"
trap '"$here/company.sh" down; rm -rf "$OTASUKE_SAMPLE_DIR"' EXIT
"$here/company.sh" up
gate() { "$here/company.sh" exec gate "$@"; }
gate ip link add br0 type bridge mcast_snooping 0
gate ip link set br0 up
gate ip link set lan0 master br0
gate ip link set wan0 master br0
gate tcpdump -q -i lan0 -U -w "$out" &
sleep 2
for host in srv lan1 lan2 lan3 mfp; do "$here/company.sh" join $host; done
OTASUKE_DAY_PAUSE=0.3 "$here/day" all
sleep 1
kill %1
wait %1 || true
