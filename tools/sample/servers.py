#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small servers of the sample company that Debian has no package for.

servers.py vnc ADDR PORT      greets like a VNC server (RFC 6143, 7.1.1) and listens on
servers.py sink ADDR PORT     takes what comes and answers nothing (an attacker's server)
servers.py mdns NAME ADDR SERVICE PORT
                              says once by multicast DNS who it is and what it offers
                              (RFC 6762, 6763), then ends
"""
import socket
import struct
import sys
import threading


def serve(addr, port, talk):
    door = socket.create_server((addr, port))
    while True:
        peer, _ = door.accept()
        threading.Thread(target=talk, args=(peer,), daemon=True).start()


def vnc(peer):
    with peer:
        peer.settimeout(10)
        try:
            peer.sendall(b"RFB 003.008\n")
            peer.recv(12)
            peer.sendall(b"\x01\x01")
            peer.recv(1)
            peer.sendall(b"\x00\x00\x00\x00")
            while peer.recv(4096):
                pass
        except OSError:
            pass


def sink(peer):
    with peer:
        peer.settimeout(10)
        try:
            while peer.recv(4096):
                pass
        except OSError:
            pass


def name(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".")) + b"\0"


def mdns(host, addr, offer, port):
    host_name = name(f"{host}.local")
    service = name(f"{offer}.local")
    instance = name(f"{host}.{offer}.local")
    answers = [
        host_name + struct.pack("!HHIH", 1, 0x8001, 120, 4) + socket.inet_aton(addr),
        service + struct.pack("!HHIH", 12, 1, 120, len(instance)) + instance,
        instance + struct.pack("!HHIHHHH", 33, 0x8001, 120, 6 + len(host_name), 0, 0, port) + host_name,
    ]
    packet = struct.pack("!HHHHHH", 0, 0x8400, 0, len(answers), 0, 0) + b"".join(answers)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(addr))
        s.bind((addr, 5353))
        s.sendto(packet, ("224.0.0.251", 5353))


def main():
    kind, args = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if kind == "mdns" and len(args) == 4:
        mdns(args[0], args[1], args[2], int(args[3]))
    elif kind in ("vnc", "sink") and len(args) == 2:
        serve(args[0], int(args[1]), {"vnc": vnc, "sink": sink}[kind])
    else:
        sys.exit(__doc__)


main()
