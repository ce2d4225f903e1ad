/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/capture/capture.h"

#include "gate/capture/internal.h"
#include "lib/base/clock.h"
#include "tests/check.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

static const uint8_t pcap_head[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff,
	0xff, 0, 0, 1, 0, 0, 0 };
static const uint8_t frame_head[16] = { 1, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 60, 0, 0,
	0 };

/* Writes a file, opens it, and says what the last capture_next() gave. */
static int replay(
    const struct span *parts, unsigned n, struct buf *why, unsigned *frames)
{
	char path[] = "/tmp/capture_test_XXXXXX";
	int fd = mkstemp(path), got;
	struct packet pkt;

	*frames = 0;
	buf_clear(why);
	for (unsigned i = 0; i < n; i++)
		check(write(fd, parts[i].at, parts[i].len) == (ssize_t)parts[i].len);
	close(fd);
	struct capture *c = capture_open_file(path, why);
	unlink(path);
	if (!c)
		return FAIL_IO;
	while ((got = capture_next(c, &pkt, 0, why)) == CAPTURE_FRAME) {
		check_eq(pkt.number, ++*frames);
		check_eq(pkt.len, 3);
		check_eq(pkt.wire_len, 60);
		check_eq(pkt.time_us, 1000005);
		check(memcmp(pkt.bytes, "abc", 3) == 0);
		capture_verdict(c, &pkt, VERDICT_DROP);
	}
	capture_close(c);
	return got;
}

static void files_are_read_or_refused_with_a_reason(void)
{
	struct span head = span_of(pcap_head, 24), one = span_of(frame_head, 16);
	struct span whole[] = { head, one, span_text("abc"), one, span_text("abc") };
	struct span cut[] = { head, one, span_text("abc"), one, span_text("a") };
	struct span noise[] = { span_text("hello, this is no capture at all") };
	unsigned frames;
	struct buf why;

	buf_init(&why, 4096);
	check_eq(replay(whole, 5, &why, &frames), CAPTURE_END);
	check_eq(frames, 2);
	check_eq(replay(whole, 1, &why, &frames), CAPTURE_END);
	check_eq(replay(cut, 5, &why, &frames), FAIL_FORMAT);
	check_eq(frames, 1);
	check(strstr(buf_text(&why), "frame 2 cannot be read") != NULL);
	check_eq(replay(whole, 0, &why, &frames), FAIL_IO);
	check(strstr(buf_text(&why), "the file is empty") != NULL);
	check_eq(replay(noise, 1, &why, &frames), FAIL_IO);
	check(strstr(buf_text(&why), "cannot be read as a pcap") != NULL);
	buf_clear(&why);
	check(!capture_open_file("/nonexistent.pcap", &why));
	check_text(buf_text(&why), "/nonexistent.pcap: No such file or directory");
	buf_clear(&why);
	check(!capture_open_file("/tmp", &why));
	check(strstr(buf_text(&why), "is a folder") != NULL);
	buf_fini(&why);
}

static void ports_that_cannot_be_are_told(void)
{
	struct buf why;

	buf_init(&why, 4096);
	check(!capture_open_ports(
	    &(struct capture_ports){ .lan = "no-such-port" }, &why));
	check(strstr(buf_text(&why), "no-such-port: there is no such port") != NULL);
	buf_clear(&why);
	check(!capture_open_ports(
	    &(struct capture_ports){ .lan = "lo", .inline_pair = true }, &why));
	check(strstr(buf_text(&why), "inline needs two ports") != NULL);
	buf_fini(&why);
}

static void a_recording_comes_at_its_own_speed_and_with_todays_time(void)
{
	char path[] = "/tmp/capture_test_XXXXXX";
	int fd = mkstemp(path), got;
	uint8_t later[16];
	struct buf why;
	struct packet pkt;
	int64_t seen_us[2] = { 0 };
	unsigned frames = 0;

	memcpy(later, frame_head, sizeof(later));
	later[6] = 1; /* 65.536 ms behind the first */
	check(write(fd, pcap_head, 24) == 24 && write(fd, frame_head, 16) == 16 &&
	      write(fd, "abc", 3) == 3 && write(fd, later, 16) == 16 &&
	      write(fd, "abc", 3) == 3);
	close(fd);
	buf_init(&why, 4096);
	int64_t began_us = clock_now_us();
	struct capture *c = capture_open_paced(path, &why);
	unlink(path);
	check(c != NULL);
	for (int i = 0; c && i < 1000 && frames < 2; i++) {
		got = capture_next(c, &pkt, 10, &why);
		check(got == CAPTURE_FRAME || got == CAPTURE_NONE);
		if (got == CAPTURE_FRAME) {
			check(clock_now_us() >= pkt.time_us);
			seen_us[frames++] = pkt.time_us;
		}
	}
	check_eq(frames, 2);
	check(seen_us[0] >= began_us);
	check_eq(seen_us[1] - seen_us[0], 65536);
	check_eq(capture_next(c, &pkt, 1, &why), CAPTURE_NONE);
	capture_close(c);
	buf_fini(&why);
}

static const uint8_t tagged[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 7, 8,
	0, 0x45, 0, 0, 43, 1, 2, 0x40, 0, 63, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100,
	2, /* IPv4 */
	0x30, 0x39, 0, 80, 0, 0, 0, 10, 0, 0, 0, 20, 0x50, 0x18, 1, 0, 0, 0, 0,
	0, /* TCP */
	'a', 'b', 'c' };

static struct packet tagged_packet(void)
{
	return (struct packet){ .bytes = tagged,
		.len = sizeof(tagged),
		.ip = span_of(tagged + 18, sizeof(tagged) - 18),
		.l4 = span_of(tagged + 38, sizeof(tagged) - 38),
		.payload = span_of(tagged + 58, 3),
		.ip_proto = IPPROTO_TCP,
		.src = addr_v4(tagged + 30),
		.dst = addr_v4(tagged + 34),
		.src_port = 12345,
		.dst_port = 80,
		.tcp_seq = 10,
		.tcp_ack = 20,
		.tcp_flags = PACKET_TCP_ACK | PACKET_TCP_PSH };
}

static unsigned sum_of(const uint8_t *at, size_t len, unsigned sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += (unsigned)at[i] << 8 | at[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void check_sums(const uint8_t *ip)
{
	check_eq(sum_of(ip, 20, 0), 0xffff);
	check_eq(sum_of(ip + 20, 20, sum_of(ip + 12, 8, IPPROTO_TCP + 20)), 0xffff);
}

static void the_sender_gets_a_reset_as_from_the_other_side(void)
{
	struct packet pkt = tagged_packet();
	uint8_t f[CAPTURE_RESET_MAX];

	check_eq(capture_reset(&pkt, true, f), 18 + 40);
	check(memcmp(f, tagged + 6, 6) == 0 && memcmp(f + 6, tagged, 6) == 0);
	check(memcmp(f + 12, tagged + 12, 6) == 0); /* the tag stays */
	check(
	    memcmp(f + 30, tagged + 34, 4) == 0 && memcmp(f + 34, tagged + 30, 4) == 0);
	check_eq(f[38] << 8 | f[39], 80);
	check_eq(f[45], 20);     /* seq: what the sender expects */
	check_eq(f[49], 10 + 3); /* ack: all that it sent */
	check_eq(f[51], PACKET_TCP_RST | PACKET_TCP_ACK);
	check_sums(f + 18);
}

static void the_receiver_gets_a_reset_that_fits_its_window(void)
{
	struct packet pkt = tagged_packet();
	uint8_t f[CAPTURE_RESET_MAX];

	check_eq(capture_reset(&pkt, false, f), 18 + 40);
	check(memcmp(f, tagged, 12) == 0 && memcmp(f + 30, tagged + 30, 8) == 0);
	check_eq(f[45], 10); /* seq: the dropped segment's */
	check_sums(f + 18);
}

static void nothing_else_is_reset(void)
{
	struct packet pkt = tagged_packet();
	uint8_t f[CAPTURE_RESET_MAX];

	pkt.tcp_flags |= PACKET_TCP_RST;
	check_eq(capture_reset(&pkt, true, f), 0);
	pkt = tagged_packet();
	pkt.ip_proto = IPPROTO_UDP;
	check_eq(capture_reset(&pkt, true, f), 0);
	pkt = tagged_packet();
	pkt.ip_rebuilt = true;
	check_eq(capture_reset(&pkt, true, f), 0);
}

CHECK_MAIN(files_are_read_or_refused_with_a_reason, ports_that_cannot_be_are_told,
    a_recording_comes_at_its_own_speed_and_with_todays_time,
    the_sender_gets_a_reset_as_from_the_other_side,
    the_receiver_gets_a_reset_that_fits_its_window, nothing_else_is_reset)
