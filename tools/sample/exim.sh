#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# exim.sh DIR PORT [ADDRESS]: a real mail server (exim4) that takes every mail on
# ADDRESS:PORT (default 127.0.0.1) and puts it into the mailbox DIR/Maildir.  Nothing is
# relayed anywhere.  Runs in the foreground until it is ended; all its files are under DIR.
set -euo pipefail
dir=${1:?exim.sh DIR PORT [ADDRESS]} port=${2:?exim.sh DIR PORT [ADDRESS]} addr=${3:-127.0.0.1}
mkdir -p "$dir/spool" "$dir/log" "$dir/Maildir/new" "$dir/Maildir/cur" "$dir/Maildir/tmp"
dir=$(realpath "$dir")
user=$(id -un) group=$(id -gn)
if [ "$user" = root ]; then # exim refuses to deliver as root
	user=Debian-exim group=Debian-exim
	chown -R "$user:$group" "$dir"
fi
cat >"$dir/exim.conf" <<EOF
exim_path = /usr/sbin/exim4
spool_directory = $dir/spool
log_file_path = $dir/log/%s.log
pid_file_path = $dir/exim.pid
primary_hostname = mail.sample.example
local_interfaces = <; [$addr]:$port
daemon_smtp_ports = $port
smtp_accept_max = 50
message_size_limit = 50M
tls_advertise_hosts =
acl_smtp_rcpt = take
acl_smtp_data = take
never_users =
queue_run_max = 2
begin acl
take:
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  maildir_format
  directory = $dir/Maildir
  create_directory
  user = $user
  group = $group
  mode = 0600
  envelope_to_add
  return_path_add
EOF
chmod 0644 "$dir/exim.conf"
exec /usr/sbin/exim4 -C "$dir/exim.conf" -bdf -q5s
