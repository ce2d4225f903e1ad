#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# run.sh start   centre, mail catcher, scanner, sample company and gate; returns when the
#                gate speaks to the centre
# run.sh day [STEP]  plays the sample day (see day)
# run.sh links   the portal's address and fresh one-time logins
# run.sh mail    the notices that were sent
# run.sh watch   says each new incident until it is interrupted
# run.sh stop    ends everything that start began; the data stays
#
# OTASUKE_SAMPLE_DIR (/var/lib/otasuke-sample), OTASUKE_NS (ots), OTASUKE_PORT (8480: portal;
# 100 more is the gate door, 200 more the mail catcher), OTASUKE_BUILD (b).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${OTASUKE_BUILD:-$root/b}
export OTASUKE_SAMPLE_DIR=${OTASUKE_SAMPLE_DIR:-/var/lib/otasuke-sample} OTASUKE_NS=${OTASUKE_NS:-ots}
dir=$OTASUKE_SAMPLE_DIR run=$dir/run log=$dir/log
port=${OTASUKE_PORT:-8480}
door=$((port + 100)) smtp=$((port + 200))
# Two sample companies side by side have different cables between gate and centre.
export OTASUKE_LINK=$((port / 100 % 250))
link=$OTASUKE_LINK
portal=http://127.0.0.1:$port
centre=$build/center/otasuke-center gate=$build/gate/otasuke-gate
otasuke() { "$build/cli/otasuke" "$@"; }

say() { printf '  %s\n' "$*"; }
die() { printf 'sample: %s\n' "$*" >&2; exit 1; }

# shellcheck source=tools/sample/group.sh
. "$here/group.sh"

# until_true SECONDS WHAT CMD…
until_true() {
	local n=$(($1 * 5)) what=$2
	shift 2
	while ! "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || { tail -n 5 "$log"/* 2>/dev/null | tail -n 60 >&2 || true; die "$what did not start; the logs are in $log"; }
		sleep 0.2
	done
}

centre_conf() {
	cat >"$dir/centre.conf" <<-EOF
		# Made by tools/sample/run.sh for the sample company (見本).
		data.dir = $dir/centre
		portal.listen = 127.0.0.1:$port
		portal.dir = $root/portal/dist
		portal.url = $portal
		gate.listen = 0.0.0.0:$door
		gate.names = 169.254.$link.1,127.0.0.1
		smtp.url = smtp://127.0.0.1:$smtp
		smtp.from = mimamori@chamber.example
		notify.caution_delay_s = 5
		demo.maildir = $dir/mail/Maildir
	EOF
}

gate_conf() { # gate_conf MODE CENTRE
	cat >"$dir/gate.conf" <<-EOF
		# Made by tools/sample/run.sh for the sample company (見本).
		mode = protect
		user = nobody
		state.dir = $dir/gate
		home_net = 192.168.10.0/24
		rules = $root/rules/otasuke.rules
		sites = $root/rules/sites/sample-dangerous.sites
		sites = $root/rules/sites/sample-off-business.sites
		clamd.socket = $dir/clamd/clamd.sock
		eve.path = $dir/gate/eve.json
		centre.url = $2
		centre.dir = $dir/gate/uplink
		capture.mode = $1
	EOF
	if [ "$1" = inline ]; then
		printf 'capture.lan = lan0\ncapture.wan = wan0\n' >>"$dir/gate.conf"
	else # what would be stopped is told as stopped, as if the gate stood in between
		printf 'capture.file = %s\n' "$dir/gate/day.pcap" >>"$dir/gate.conf"
		sed -i 's/^mode = protect/mode = ips/' "$dir/gate.conf"
	fi
}

# people: a chamber, a company, its gate, and somebody for each role; only the first time.
people() {
	local d=(--data "$dir/centre")
	[ -f "$dir/people" ] && return
	otasuke chamber set "${d[@]}" --name "見本商工会議所" --desk "見本 相談窓口" --phone 06-0000-0000 --mail desk@chamber.example >/dev/null
	company=$(otasuke company add "${d[@]}" --name "見本ねじ製作所" --mail president@sample.example --sample)
	gate_id=$(otasuke gate add "${d[@]}" --company "$company" --site "本社" --name "本社の見守り装置")
	otasuke user add "${d[@]}" --role member --company "$company" --mail keiri@sample.example --name "見本 経理" >/dev/null
	otasuke user add "${d[@]}" --role operator --mail operator@chamber.example --name "見本 見守り担当" >/dev/null
	otasuke gate code "${d[@]}" "$gate_id" >"$dir/code" 2>/dev/null
	touch "$dir/people"
}

gate_joined() { # GET /gates has no shell client; the command line asks the store
	otasuke gate list --data "$dir/centre" | grep -q " enrolled  *20"
}

start_network() {
	if ! "$here/company.sh" can; then
		say "この機械では仮想の回線を作れないため、録画した一日を流します。"
		say "namespaces are not allowed here: a recording of the day is replayed instead."
		touch "$dir/recorded"
		return
	fi
	rm -f "$dir/recorded"
	"$here/company.sh" up
}

start_gate() {
	local mode=inline url=https://169.254.$link.1:$door in=("$here/company.sh" exec gate)
	if [ -f "$dir/recorded" ]; then mode=file url=https://127.0.0.1:$door in=(env); fi
	mkdir -p "$dir/gate"
	if [ ! -f "$dir/gate/uplink/cert.pem" ]; then
		"${in[@]}" "$build/cli/otasuke" enrol --centre "$url" --code "$(cat "$dir/code")" --dir "$dir/gate/uplink" >>"$log/enrol" 2>&1 ||
			{ cat "$log/enrol" >&2; die "the gate could not join the centre"; }
	fi
	gate_conf "$mode" "$url"
	if [ -f "$dir/recorded" ]; then
		return # the recording begins with the day
	fi
	group_start gate "${in[@]}" "$gate" run --config "$dir/gate.conf"
	until_true 30 "the gate" gate_joined
	local host
	for host in srv lan1 lan2 lan3 mfp; do
		"$here/company.sh" join "$host" || say "the machine $host got no address (see $log/dhcp-$host)"
	done
}

start_all() {
	[ "$(id -u)" = 0 ] || die "needs root: sudo ./quickstart"
	if group_runs centre; then
		say "もう動いています / already running"
		return
	fi
	stop_all
	mkdir -p "$run" "$log" "$dir/centre" "$dir/gate"
	chmod 755 "$dir"
	say "お知らせの受け箱（本物のメールサーバ） / mail catcher (a real mail server)"
	group_start mail "$here/exim.sh" "$dir/mail" "$smtp"
	say "ウイルス検査 / virus scanner (clamd)"
	mkdir -p "$dir/clamd"
	group_start clamd "$here/clamd.sh" "$dir/clamd"
	say "見守りセンター / centre"
	centre_conf
	group_start centre "$centre" run --config "$dir/centre.conf"
	until_true 20 "the centre" curl -sf "$portal/healthz"
	people
	until_true 60 "clamd" test -S "$dir/clamd/clamd.sock"
	say "見本の会社 / sample company"
	start_network
	say "見守り装置 / gate"
	start_gate
}

stop_all() {
	[ "$(id -u)" = 0 ] || die "needs root: sudo ./quickstart stop"
	group_end gate # first: its last records still reach the centre
	group_end_all
	"$here/company.sh" down
}

play() {
	if [ -f "$dir/recorded" ]; then
		group_runs gate && die "the recorded day plays already; it can be played again after stop"
		gzip -dc "$root/tests/data/sample-day.pcap.gz" >"$dir/gate/day.pcap"
		group_start gate "$gate" run --config "$dir/gate.conf"
		until_true 30 "the gate" gate_joined
		say "録画した一日が流れています（約30秒） / the recorded day is playing (about 30 s)"
	else
		"$here/day" "${1:-all}"
	fi
}

links() {
	local d=(--data "$dir/centre" --portal "$portal")
	cat <<-EOF

		画面 / portal:          $portal
		会社の人 / member:      $(otasuke user once "${d[@]}" --mail keiri@sample.example)
		見守る人 / operator:    $(otasuke user once "${d[@]}" --mail operator@chamber.example)
		届いたお知らせ / mails: $portal/demo/mail   （または / or: sudo b/cli/otasuke demo mail）
		（一回かぎり、15分以内。もう一度出すには: sudo ./quickstart links）
		(each link works once, for 15 minutes; sudo ./quickstart links prints new ones)
		駆け付け・公開の画面はまだありません / there are no partner and public pages yet
	EOF
}

mails() {
	local f
	for f in $(find "$dir/mail/Maildir" -type f 2>/dev/null | sort); do
		python3 - "$f" <<-'EOF'
			import email, email.policy, sys
			m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
			print("─" * 60, f"To: {m['To']}", f"Subject: {m['Subject']}", "", m.get_body(("plain",)).get_content(), sep="\n")
		EOF
	done
}

watch() {
	while sleep 5; do group_runs centre || die "the centre ended; see $log/centre"; done
}

case ${1:-} in
start) start_all ;;
stop) stop_all; echo "止めました / stopped" ;;
day) shift; play "$@" ;;
links) links ;;
mail) mails ;;
watch) watch ;;
*) sed -n '4,15s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
