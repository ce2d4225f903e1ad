#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# clamd.sh DIR: a real clamd (Debian's clamav-daemon) in the foreground, with two signatures
# of its own in DIR/db instead of the downloaded databases, listening on DIR/clamd.sock.
# For tests and for the sample company (見本); it needs no network and about 20 MB.
# Ends with 77 when clamd is not installed.
set -eu
dir=$1
clamd=$(command -v clamd || command -v /usr/sbin/clamd) || exit 77

hex() {
	od -An -v -tx1 | tr -d ' \n'
}

mkdir -p "$dir/db"
# The test file of EICAR, put together here so that no scanner stumbles over this tree, and
# one of ours.  NAME:TARGET(any):OFFSET(any):HEX
{
	printf 'Eicar-Test-Signature:0:*:'
	printf '%s%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD' \
		'-ANTIVIRUS-TEST-FILE!$H+H*' | hex
	printf '\nOtasuke.Sample.TestVirus:0:*:'
	printf '%s%s' 'OTASUKE-SAMPLE-' 'VIRUS-NOT-A-REAL-ONE' | hex
	printf '\n'
} >"$dir/db/sample.ndb"

cat >"$dir/clamd.conf" <<END
Foreground yes
LocalSocket $dir/clamd.sock
LocalSocketMode 666
FixStaleSocket yes
DatabaseDirectory $dir/db
TemporaryDirectory $dir
LogFile $dir/clamd.log
PidFile $dir/clamd.pid
MaxThreads 4
SelfCheck 86400
AlertEncrypted yes
ExtendedDetectionInfo yes
Bytecode no
END
exec "$clamd" -c "$dir/clamd.conf"
