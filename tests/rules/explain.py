#!/usr/bin/env python3
"""The trace, the tree and the order are one: explain.py GATE ROOT.

`otasuke-gate explain` must print, for each packet, one line per folder of gate/meson.build
that packets travel through, in that order, the folder's name as its first word."""
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

gate, root = sys.argv[1:]
NOT_A_STAGE = {"uplink", "renew", "proc"}  # behind the packet's way
order = re.findall(r"^subdir\('([^']+)'\)",
                   (pathlib.Path(root) / "gate/meson.build").read_text(), re.M)
wanted = [name for name in order if name not in NOT_A_STAGE]

ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 32, 1, 0, 64, 17, 0, b"\xc0\0\2\1", b"\xc6\x33\x64\2")
frame = bytes(12) + b"\x08\0" + ip + struct.pack(">HHHH", 1000, 2000, 12, 0) + b"abcd"
capture = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
for second in (1, 2):
    capture += struct.pack("<IIII", second, 0, len(frame), len(frame)) + frame
with tempfile.NamedTemporaryFile(suffix=".pcap") as f:
    f.write(capture)
    f.flush()
    out = subprocess.run([gate, "explain", f.name], capture_output=True, text=True)
words = [line.split()[0] for line in out.stdout.splitlines() if line]
if out.returncode or words != wanted * 2:
    sys.exit(f"printed {words}\nwanted {wanted} twice\n{out.stderr}")
print(" > ".join(wanted))
