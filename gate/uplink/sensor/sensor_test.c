/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"
#include "gate/uplink/sensor/sensor.h"
#include "lib/record/record.h"

#include "tests/check.h"
#include "tests/tempdir.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NOW_US (INT64_C(1795226400) * 1000000)
#define ALERT                                                                           \
	"{\"timestamp\":\"2026-11-20T09:15:01.1+0900\",\"event_type\":\"alert\","       \
	"\"src_ip\":\"192.168.1.2\",\"dest_ip\":\"203.0.113.5\",\"alert\":{\"action\":" \
	"\"allowed\",\"signature_id\":1,\"signature\":\"made up\",\"category\":"        \
	"\"A Network Trojan was detected\",\"severity\":1}}\n"

static char dir[64], path[100], memory[100], turned[100], spool_dir[100];
static struct sensor_words words;

static void begin(void)
{
	static const struct uplink_spool_conf preset = { .max_bytes = 0 };
	struct uplink_spool_conf conf = preset;

	tempdir_make(dir);
	snprintf(path, sizeof(path), "%s/eve.json", dir);
	snprintf(turned, sizeof(turned), "%s/eve.json.1", dir);
	snprintf(memory, sizeof(memory), "%s/place", dir);
	snprintf(spool_dir, sizeof(spool_dir), "%s/spool", dir);
	conf.dir = spool_dir;
	words = (struct sensor_words){ .spool = uplink_spool_open(&conf) };
}

/* Ends the spool; the records that are in it, their text in `all`. */
static unsigned spooled(struct buf *all)
{
	struct uplink_segment s;
	struct buf packed, lines;
	unsigned n = 0;

	uplink_spool_close(words.spool);
	struct uplink_reader *r = uplink_reader_open(spool_dir);
	buf_init(&packed, UPLINK_READY_MAX);
	buf_init(&lines, 8u << 20);
	while (uplink_reader_next(r, &s, &packed) == 0) {
		n += s.records;
		check_eq(record_batch_unpack(buf_span(&packed), &lines), 0);
		if (all)
			buf_add(all, lines.at, lines.len);
		check_eq(uplink_reader_done(r, &s), 0);
	}
	buf_fini(&packed);
	buf_fini(&lines);
	uplink_reader_close(r);
	tempdir_remove(dir);
	return n;
}

static void append(const char *to, const char *text)
{
	FILE *out = fopen(to, "ae");

	fputs(text, out);
	fclose(out);
}

static size_t read_all(struct sensor_file *f)
{
	size_t n, total = 0;

	while ((n = sensor_file_read(f, &words, NOW_US)) > 0)
		total += n;
	return total;
}

static void a_half_line_waits(void)
{
	char half[] = ALERT;

	begin();
	struct sensor_file *f = sensor_file_open(path, memory);
	check_eq(read_all(f), 0); /* not there yet */
	half[40] = 0;
	append(path, half);
	read_all(f);
	check_eq(sensor_file_keep(f), 0);
	sensor_file_close(f); /* restarted in the middle of the line */
	f = sensor_file_open(path, memory);
	read_all(f);
	append(path, ALERT + 40);
	append(path, "\n{broken\n");
	read_all(f);
	sensor_file_close(f);
	check_eq(words.refused, 1);
	check_eq(spooled(NULL), 1);
}

static void a_renamed_file_is_read_to_its_end(void)
{
	begin();
	struct sensor_file *f = sensor_file_open(path, memory);
	append(path, ALERT);
	read_all(f);
	append(path, ALERT);
	check_eq(rename(path, turned), 0);
	append(path, ALERT);
	read_all(f);
	check_eq(sensor_file_keep(f), 0);
	/* And so while we are not there. */
	append(path, ALERT);
	sensor_file_close(f);
	check_eq(rename(path, turned), 0);
	append(path, ALERT);
	f = sensor_file_open(path, memory);
	read_all(f);
	sensor_file_close(f);
	check_eq(spooled(NULL), 5);
	check_eq(words.refused, 0);
}

static void an_emptied_file_begins_anew(void)
{
	begin();
	struct sensor_file *f = sensor_file_open(path, memory);
	append(path, ALERT ALERT);
	read_all(f);
	check_eq(truncate(path, 0), 0);
	append(path, "{\"event_type\":\"flow\"}\n" ALERT);
	read_all(f);
	/* Emptied and longer than before when we look again. */
	check_eq(truncate(path, 0), 0);
	append(path, "{\"event_type\":\"dns\"}\n" ALERT ALERT ALERT);
	read_all(f);
	sensor_file_close(f);
	check_eq(words.kinds, 2);
	check_eq(spooled(NULL), 6);
}

static void a_long_line_costs_only_itself(void)
{
	struct sensor_cutter c = { .skipping = false };
	char *x = malloc(70000);

	begin();
	memset(x, 'x', 70000);
	for (unsigned i = 0; i < 40; i++)
		sensor_cut(&c, &words, span_of(x, 70000), NOW_US);
	sensor_cut(&c, &words, span_text("\n" ALERT), NOW_US);
	check_eq(words.refused, 1);
	free(x);
	buf_fini(&c.rest);
	check_eq(spooled(NULL), 1);
}

static void what_is_sent_says_what_a_gate_would(void)
{
	struct buf all;

	begin();
	buf_init(&all, 1u << 20);
	sensor_line(&words,
	    span_text("{\"event_type\":\"stats\",\"stats\":{\"uptime\":7}}"), NOW_US);
	sensor_line(&words, span_text("{\"event_type\":\"tls\"}"), NOW_US);
	sensor_line(&words, span_of(ALERT, sizeof(ALERT) - 2), NOW_US);
	sensor_beat(&words, NOW_US);
	check_eq(spooled(&all), 2);
	check(strstr(buf_text(&all), "\"otasuke\":{\"sensor\":\"suricata\",\"cause\":"
				     "\"BACKDOOR\",\"way\":\"out\",\"stopped\":false,"
				     "\"machine\":{\"ip\":\"192.168.1.2\"}}}") != NULL);
	check(strstr(buf_text(&all), "\"counted\":{\"tls\":1}") != NULL);
	check(strstr(buf_text(&all), "\"uptime_s\":7") != NULL);
	check_eq(words.kinds, 0);
	buf_fini(&all);
}

/* A Suricata that died must not look alive because we are. */
static void a_quiet_sensor_has_no_heartbeat(void)
{
	begin();
	words.heard_us = NOW_US;
	sensor_beat(&words, NOW_US + SENSOR_QUIET_US + 1);
	check_eq(spooled(NULL), 0);
}

static void say(const char *to, int type, const char *text)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", to);
	check_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	check_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void sockets_of_both_kinds(void)
{
	begin();
	struct sensor_socket *s = sensor_socket_open(path, false);
	say(path, SOCK_STREAM, ALERT ALERT "{\"event");
	for (unsigned i = 0; i < 5; i++)
		sensor_socket_read(s, &words, 20, NOW_US);
	check_eq(words.refused, 1);
	sensor_socket_close(s);
	s = sensor_socket_open(path, true);
	say(path, SOCK_DGRAM, ALERT);
	sensor_socket_read(s, &words, 20, NOW_US);
	sensor_socket_close(s);
	append(path, "not ours");
	check(sensor_socket_open(path, true) == NULL);
	check_eq(spooled(NULL), 3);
}

CHECK_MAIN(a_half_line_waits, a_renamed_file_is_read_to_its_end,
    an_emptied_file_begins_anew, a_long_line_costs_only_itself,
    what_is_sent_says_what_a_gate_would, a_quiet_sensor_has_no_heartbeat,
    sockets_of_both_kinds)
