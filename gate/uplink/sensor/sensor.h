/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/uplink/uplink.h"
#include "lib/base/addr.h"
#include "lib/base/buf.h"

#include <stdio.h>
#include <sys/types.h>

/* A Suricata stands there instead of our own inspection: its EVE goes into the spool as what
 * a gate would have said.
 *
 * Owns:    the file or socket that it reads, and the file that remembers how far it came.
 * Borrows: the spool; the home networks.
 * Threads: one.
 * Limits:  SENSOR_LINE_MAX bytes a line, SENSOR_CLIENTS_MAX senders at a socket; longer
 *          lines and those that are no JSON are counted ("refused").
 * Serves:  002-09: a chamber may begin with the sensors it has. */
#define SENSOR_LINE_MAX    (1u << 20)
#define SENSOR_CLIENTS_MAX 8u
#define SENSOR_KINDS_MAX   32u
#define SENSOR_QUIET_US    (INT64_C(10) * 60 * 1000000)

/* line.c: what is made of a line. */
struct sensor_words {
	struct uplink_spool *spool;
	const struct addr_net *home;
	unsigned homes;
	int64_t heard_us; /* the last line that could be read */
	uint64_t refused;
	int64_t uptime_s, packets, bytes, lost, rules,
	    rules_refused; /* its last stats */

	struct sensor_counted {
		char kind[25];
		int64_t events;
	} counted[SENSOR_KINDS_MAX];

	unsigned kinds;
};

void sensor_line(struct sensor_words *w, struct span line, int64_t now_us);
/* The sign of life, with what was only counted; none while the sensor itself says nothing
 * for SENSOR_QUIET_US, so that the centre sees that. */
void sensor_beat(struct sensor_words *w, int64_t now_us);

/* Bytes that become lines; the half line at the end waits. */
struct sensor_cutter {
	struct buf rest;
	bool skipping; /* in the middle of a line that is too long */
};

void sensor_cut(
    struct sensor_cutter *c, struct sensor_words *w, struct span bytes, int64_t now_us);

/* file.c: a file that Suricata writes: turned by renaming or by truncating, remembered by
 * inode and place. */
struct sensor_file;
struct sensor_file *sensor_file_open(const char *path, const char *memory)
    __attribute__((malloc));
void sensor_file_close(struct sensor_file *f);
/* Reads what is there, at most about a megabyte; how many bytes, 0: nothing new. */
size_t sensor_file_read(struct sensor_file *f, struct sensor_words *w, int64_t now_us);
/* Remembers how far it came, on the disk.  Call when the spool has it. */
int sensor_file_keep(struct sensor_file *f) must_use;

/* socket.c: `filetype: unix_stream` and `unix_dgram`: Suricata connects to us. */
struct sensor_socket;
struct sensor_socket *sensor_socket_open(const char *path, bool datagram)
    __attribute__((malloc));
/* Who may connect: the socket's own user and group. */
void sensor_socket_close(struct sensor_socket *s);
/* Waits for lines, at most `wait_ms`; how many bytes. */
size_t sensor_socket_read(
    struct sensor_socket *s, struct sensor_words *w, unsigned wait_ms, int64_t now_us);
