# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh and company.sh: programs in process groups of their own that can be ended
# later, and only they: a pid file holds the process and when it started, because numbers are
# used again.  Needs $run and $log.

group_age() { awk '{print $22}' "/proc/$1/stat" 2>/dev/null; }

# group_start NAME CMD…
group_start() {
	local name=$1 pid
	shift
	setsid "$@" >>"$log/$name" 2>&1 </dev/null &
	pid=$!
	echo "$pid $(group_age $pid)" >"$run/$name.pid"
}

# group_runs NAME: true while the process that was started is there.
group_runs() {
	local pid age
	[ -f "$run/$1.pid" ] && read -r pid age <"$run/$1.pid" && [ -n "$age" ] && [ "$(group_age "$pid")" = "$age" ]
}

# group_end NAME: asks, waits three seconds, insists.
group_end() {
	local pid age
	if group_runs "$1"; then
		read -r pid age <"$run/$1.pid"
		kill -- "-$pid" 2>/dev/null || true
		for _ in $(seq 30); do kill -0 -- "-$pid" 2>/dev/null || break; sleep 0.1; done
		kill -9 -- "-$pid" 2>/dev/null || true
	fi
	rm -f "$run/$1.pid"
}

group_end_all() {
	local f
	for f in "$run"/*.pid; do
		[ -e "$f" ] || continue
		f=${f##*/}
		group_end "${f%.pid}"
	done
}
