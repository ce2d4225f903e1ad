/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/sensor/sensor.h"
#include "gate/proc/internal.h"
#include "lib/base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

#define WAIT_MS 200
#define KEEP_US 1000000

struct watch {
	struct sensor_words words;
	struct sensor_file *file;
	struct sensor_socket *socket;
	int64_t tick_us, beat_us, beat_every_us;
};

static int open_spool(const struct settings *s, struct watch *w)
{
	char dir[PATH_MAX];
	struct uplink_spool_conf conf = { .dir = dir,
		.max_bytes = (uint64_t)conf_int(s->conf, "spool.max") };

	settings_path(s, "spool.dir", "spool", dir, sizeof(dir));
	w->words.spool = uplink_spool_open(&conf);
	return w->words.spool ? 0 : FAIL_IO;
}

/* The socket before the rights go, the file after: it is opened anew for ever. */
static int begin(struct settings *s, const struct proc_user *user, struct watch *w)
{
	char memory[PATH_MAX];
	const char *file = conf_text(s->conf, "sensor.eve");
	const char *socket = conf_text(s->conf, "sensor.socket");

	if (socket) {
		w->socket = sensor_socket_open(
		    socket, conf_is(s->conf, "sensor.socket_type", "datagram"));
		if (!w->socket)
			return FAIL_IO;
	}
	if (proc_drop(PROC_SENSOR, user) < 0 || open_spool(s, w) < 0)
		return FAIL_IO;
	snprintf(
	    memory, sizeof(memory), "%s/sensor.place", conf_text(s->conf, "state.dir"));
	w->file = file ? sensor_file_open(file, memory) : NULL;
	w->words.home = s->pipeline.asset.home;
	w->words.homes = s->pipeline.asset.homes;
	w->words.heard_us = clock_now_us();
	w->beat_every_us = conf_int(s->conf, "heartbeat_s") * 1000000;
	return 0;
}

static void between(struct watch *w)
{
	int64_t now_us = clock_now_us();

	if (now_us < w->tick_us && w->tick_us - now_us < 2 * KEEP_US)
		return;
	w->tick_us = now_us + KEEP_US / 2;
	if (now_us >= w->beat_us || w->beat_us - now_us > 2 * w->beat_every_us) {
		sensor_beat(&w->words, now_us);
		w->beat_us = now_us + w->beat_every_us;
	}
	/* Only what the spool has is remembered as read; both tell what goes wrong. */
	if (uplink_spool_tick(w->words.spool, now_us) < 0 || !w->file)
		return;
	(void)!sensor_file_keep(w->file);
}

/* Carries the EVE of a Suricata into the spool; sees no frame. */
int proc_sensor(struct settings *s, const struct proc_user *user)
{
	struct watch w = { .tick_us = 0 };
	int fail = begin(s, user, &w);

	while (fail == 0 && !proc_stop) {
		int64_t now_us = clock_now_us();
		size_t n = w.file ? sensor_file_read(w.file, &w.words, now_us) : 0;
		if (w.socket)
			n += sensor_socket_read(
			    w.socket, &w.words, n ? 0 : WAIT_MS, now_us);
		else if (n == 0)
			nanosleep(
			    &(struct timespec){ .tv_nsec = WAIT_MS * 1000000L }, NULL);
		between(&w);
	}
	if (w.words.spool)
		uplink_spool_close(w.words.spool);
	if (fail == 0 && w.file)
		fail = sensor_file_keep(w.file);
	sensor_file_close(w.file);
	sensor_socket_close(w.socket);
	return fail < 0;
}
