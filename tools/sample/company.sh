#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The sample company (見本): a made-up office in network namespaces, so that real packets run
# through a real gate and nothing leaves the machine.
#
#   lan1 経理 keiri-pc ─┐                                  ┌─ www.supplier.example  203.0.113.10
#   lan2 営業 eigyo-note ┤                                 ├─ games.example         203.0.113.30
#   lan3 工場 koujou-pc ─┼─ sw ── lan0 [gate] wan0 ── net ─┼─ attacker              203.0.113.66
#   srv  shanai-server ─┤                                  ├─ c2.example            198.51.100.7
#   mfp  fukugouki ─────┘                                  └─ bank-login.example    198.51.100.20
#
#   company.sh up            namespaces, cables, servers of "the Internet" and of the company
#   company.sh join HOST     one machine gets its address by DHCP (the gate must be running)
#   company.sh down          ends every process that `up` and `join` started, removes all
#   company.sh exec HOST CMD…   run something on lan1 lan2 lan3 srv mfp gate net
#   company.sh can           exit 0 when this machine allows network namespaces
#
# Environment: OTASUKE_NS (prefix, default ots), OTASUKE_SAMPLE_DIR (default
# /var/lib/otasuke-sample).  Needs root, iproute2, dnsmasq, nginx, exim4, udhcpc, python3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ns=${OTASUKE_NS:-ots}
dir=${OTASUKE_SAMPLE_DIR:-/var/lib/otasuke-sample}
link=${OTASUKE_LINK:-84} # 169.254.LINK.0/30 is the cable between gate and centre
run=$dir/run log=$dir/log web=$dir/web

# shellcheck source=tools/sample/group.sh
. "$here/group.sh"

in_ns() { local host=$1; shift; ip netns exec "$ns-$host" "$@"; }

# start NAME HOST CMD…: in the background, for `down` to end.
start() {
	local name=$1 host=$2
	shift 2
	group_start "$name" ip netns exec "$ns-$host" "$@"
}

# OTASUKE_NO_NS=1 says no, to see what happens on a machine that does not allow them.
can() {
	[ -z "${OTASUKE_NO_NS:-}" ] || return 1
	ip netns add "$ns-try" 2>/dev/null || return 1
	local ok=0
	ip -n "$ns-try" link add v0 type veth peer name v1 2>/dev/null || ok=1
	ip netns del "$ns-try"
	return $ok
}

add_ns() {
	ip netns add "$ns-$1"
	ip -n "$ns-$1" link set lo up
	in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null || true
}

# cable HOST MAC: HOST's eth0 to a port of the switch.  Offloads are off at both ends, so
# that frames look as they do on a wire.
cable() {
	local host=$1 mac=$2
	ip link add "$ns-t" type veth peer name "$ns-u"
	ip link set "$ns-t" netns "$ns-$host" name eth0 address "$mac"
	ip link set "$ns-u" netns "$ns-sw" name "p-$host"
	plain "$host" eth0
	plain sw "p-$host"
	ip -n "$ns-sw" link set "p-$host" master br0 up
	ip -n "$ns-$host" link set eth0 up
}

plain() {
	in_ns "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null 2>&1 || true
}

# join_ns A IF_A B IF_B: a cable between two namespaces.
join_ns() {
	ip link add "$ns-t" type veth peer name "$ns-u"
	ip link set "$ns-t" netns "$ns-$1" name "$2"
	ip link set "$ns-u" netns "$ns-$3" name "$4"
	plain "$1" "$2"
	plain "$3" "$4"
	ip -n "$ns-$1" link set "$2" up
	ip -n "$ns-$3" link set "$4" up
}

build_network() {
	local host
	for host in net gate sw srv mfp lan1 lan2 lan3 lan4; do add_ns "$host"; done
	ip -n "$ns-sw" link add br0 type bridge mcast_snooping 0
	ip -n "$ns-sw" link set br0 up
	# The makers' prefixes are real, the machines are not.
	cable srv 00:0b:5d:00:00:05  # Fujitsu
	cable mfp 00:1e:8f:00:00:14  # Canon
	cable lan1 00:00:4c:00:00:01 # NEC
	cable lan2 00:00:39:00:00:02 # Toshiba
	cable lan3 00:0b:5d:00:00:03 # Fujitsu
	cable lan4 dc:a6:32:00:00:04 # a Raspberry Pi nobody told the office about
	join_ns sw p-gate gate lan0
	ip -n "$ns-sw" link set p-gate master br0
	join_ns gate wan0 net eth0
	ip -n "$ns-net" link set eth0 address 00:a0:de:00:00:01 # Yamaha, the router

	ip -n "$ns-net" addr add 192.168.10.1/24 dev eth0
	local a
	for a in 203.0.113.10 203.0.113.25 203.0.113.30 203.0.113.40 203.0.113.66 \
		198.51.100.7 198.51.100.20; do
		ip -n "$ns-net" addr add "$a/32" dev lo
	done
	ip -n "$ns-srv" addr add 192.168.10.5/24 dev eth0
	ip -n "$ns-srv" route add default via 192.168.10.1
	ip -n "$ns-mfp" addr add 192.168.10.20/24 dev eth0
	ip -n "$ns-mfp" route add default via 192.168.10.1

	# The gate's way to the centre: a cable of its own, not through the company's line.
	ip link add "$ns-mg0" type veth peer name "$ns-mg1"
	ip link set "$ns-mg1" netns "$ns-gate" name mg0
	ip addr add 169.254.$link.1/30 dev "$ns-mg0"
	ip link set "$ns-mg0" up
	ip -n "$ns-gate" addr add 169.254.$link.2/30 dev mg0
	ip -n "$ns-gate" link set mg0 up
}

page() { # page HOST TITLE: a web page of the sample Internet
	mkdir -p "$web/$1"
	printf '<!doctype html><meta charset="utf-8"><title>%s（見本）</title><h1>%s（見本）</h1>\n' \
		"$2" "$2" >"$web/$1/index.html"
}

make_pages() {
	page www.supplier.example "取引先のページ"
	page games.example "ゲームのページ"
	page bank-login.example "にせの銀行のページ"
	page c2.example "見本の攻撃者"
	page shanai "社内の案内"
	mkdir -p "$web/download.example"
	head -c 20000 /dev/urandom >"$web/download.example/catalogue.bin"
	# The harmless test file of the antivirus makers, put together here so that no scanner
	# complains about this script.
	printf '%s%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-' 'ANTIVIRUS-TEST-FILE!$H+H*' \
		>"$web/download.example/setup.exe"
}

nginx_conf() { # nginx_conf NAME: head of a configuration whose files stay in our folder
	mkdir -p "$dir/nginx-$1"
	cat <<-EOF
		daemon off; worker_processes 1; pid $run/nginx-$1.nginxpid; error_log $log/nginx-$1.err;
		user root;
		events { worker_connections 256; }
		http {
		access_log off; default_type text/html; types { text/html html; application/octet-stream exe bin; }
		client_body_temp_path $dir/nginx-$1/b; proxy_temp_path $dir/nginx-$1/p;
		fastcgi_temp_path $dir/nginx-$1/f; uwsgi_temp_path $dir/nginx-$1/u; scgi_temp_path $dir/nginx-$1/s;
	EOF
}

start_servers() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
		-subj "/CN=sample.example" -keyout "$dir/tls.key" -out "$dir/tls.crt" 2>/dev/null
	{
		nginx_conf net
		local h
		for h in www.supplier.example download.example games.example bank-login.example c2.example; do
			echo "server { listen 80; listen 443 ssl; server_name $h; root $web/$h;" \
				"ssl_certificate $dir/tls.crt; ssl_certificate_key $dir/tls.key; }"
		done
		echo "}"
	} >"$dir/nginx-net.conf"
	{
		nginx_conf srv
		echo "server { listen 80 default_server; root $web/shanai; }"
		echo "}"
	} >"$dir/nginx-srv.conf"
	start nginx-net net nginx -c "$dir/nginx-net.conf" -e "$log/nginx-net.err"
	start nginx-srv srv nginx -c "$dir/nginx-srv.conf" -e "$log/nginx-srv.err"
	start dnsmasq net dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
		--user=root --pid-file="$run/dnsmasq.dnspid" --dhcp-leasefile="$run/leases" \
		--interface=eth0 --bind-interfaces --dhcp-authoritative \
		--dhcp-range=192.168.10.100,192.168.10.150,1h --dhcp-option=option:router,192.168.10.1 \
		--dhcp-option=option:dns-server,192.168.10.1 \
		--address=/www.supplier.example/203.0.113.10 --address=/download.example/203.0.113.10 \
		--address=/games.example/203.0.113.30 --address=/bank-login.example/198.51.100.20 \
		--address=/c2.example/198.51.100.7 --address=/shanai-server.sample/192.168.10.5
	start vnc net python3 "$here/servers.py" vnc 203.0.113.40 5900
	start c2 net python3 "$here/servers.py" sink 198.51.100.7 8000
	start mail-srv srv "$here/exim.sh" "$dir/mail-srv" 25 192.168.10.5
}

join() { # a machine asks the router for an address, as Windows or a phone would
	local host=$1 name
	case $host in
	lan1) name=keiri-pc ;;
	lan2) name=eigyo-note ;;
	lan3) name=koujou-pc ;;
	lan4) name=shiranai-kiki ;;
	mfp)
		in_ns mfp python3 "$here/servers.py" mdns fukugouki 192.168.10.20 _ipp._tcp 631
		return
		;;
	srv)
		in_ns srv python3 "$here/servers.py" mdns shanai-server 192.168.10.5 _http._tcp 80
		return
		;;
	*) echo "company.sh: no machine is called $host (lan1 lan2 lan3 lan4 srv mfp)" >&2; return 2 ;;
	esac
	in_ns "$host" busybox udhcpc -i eth0 -q -n -t 5 -T 1 -F "$name" -x "hostname:$name" \
		-s "$here/dhcp-script" >"$log/dhcp-$host" 2>&1
}

case ${1:-} in
up)
	mkdir -p "$run" "$log" "$web"
	make_pages
	build_network
	start_servers
	;;
join) join "$2" ;;
exec) exec ip netns exec "$ns-$2" "${@:3}" ;;
can) can ;;
down)
	group_end_all
	for n in $(ip netns list 2>/dev/null | awk '{print $1}' | grep -E "^$ns-(net|gate|sw|srv|mfp|lan[1-4])$"); do
		ip netns pids "$n" 2>/dev/null | xargs -r kill 2>/dev/null || true
		ip netns del "$n"
	done
	ip link del "$ns-mg0" 2>/dev/null || true
	;;
*) sed -n '3,25s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
