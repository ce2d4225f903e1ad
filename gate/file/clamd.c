/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

#include "lib/base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* clamd(8): a command that begins with z ends with NUL, and so does its reply. */
#define CLAMD_REPLY_MAX     1024u
#define CLAMD_FIRST_WAIT_MS 1000u
#define CLAMD_PROBE_MS      5000
#define CLAMD_RETRY_MS      500
#define CLAMD_RETRY_MAX_MS  15000

int64_t file_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void goes_down(struct file_clamd *c, const char *what, int error)
{
	int64_t wait_ms = CLAMD_RETRY_MS;

	snprintf(c->reason, sizeof(c->reason), "%s%s%s", what, error ? ": " : "",
	    error ? strerror(error) : "");
	if (c->state == CLAMD_UP)
		log_warn("G131",
		    "the virus scanner at %s went down (%s): files pass unscanned until it "
		    "answers again; see systemctl status clamav-daemon",
		    c->path, c->reason);
	c->state = CLAMD_DOWN;
	for (unsigned i = 0; i < c->failures && wait_ms < CLAMD_RETRY_MAX_MS; i++)
		wait_ms *= 2;
	c->failures++;
	c->retry_ms = file_now_ms() + wait_ms;
}

static void comes_up(struct file_clamd *c)
{
	if (c->state != CLAMD_UP)
		log_info("G132", "the virus scanner at %s answers", c->path);
	c->state = CLAMD_UP;
	c->failures = 0;
	c->retry_ms = 0;
	snprintf(c->reason, sizeof(c->reason), "answers");
}

/* A connection, or −1 with the errno.  A full queue at clamd counts as waiting. */
static int connect_to(const struct file_clamd *c, uint32_t wait_ms)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval wait = { wait_ms / 1000, (suseconds_t)(wait_ms % 1000) * 1000 };

	if (strlen(c->path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to.sun_path, c->path, strlen(c->path));
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -1;
	if (setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
	    connect(s, (struct sockaddr *)&to, sizeof(to)) == 0)
		return s;
	int error = errno;
	close(s);
	errno = error;
	return -1;
}

static bool send_all(int s, const void *bytes, size_t len)
{
	return send(s, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* The command, the descriptor and the one byte of no meaning that carries it, in one message:
 * clamd wakes up once. */
static bool send_fildes(int s, int fd)
{
	static char command[] = "zFILDES\0"; /* and the array's own NUL */

	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec bytes = { command, sizeof(command) };
	struct msghdr m = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(int));
	return sendmsg(s, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(command);
}

/* Reads up to the NUL.  Bytes read; 0 when clamd hung up early; −1 with errno, ETIMEDOUT
 * when `end_ms` came first. */
static ssize_t receive(int s, int64_t end_ms, char *reply, size_t room)
{
	size_t len = 0;

	while (len < room) {
		struct pollfd p = { .fd = s, .events = POLLIN };
		int64_t left_ms = end_ms - file_now_ms();
		int ready = left_ms <= 0 ? 0 : poll(&p, 1, (int)left_ms);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0) {
			errno = ready ? errno : ETIMEDOUT;
			return -1;
		}
		ssize_t n = recv(s, reply + len, room - len, 0);
		if (n <= 0)
			return n;
		len += (size_t)n;
		if (memchr(reply + len - n, 0, (size_t)n))
			return (ssize_t)len;
	}
	return (ssize_t)len;
}

enum file_scan file_clamd_scan(
    struct file_clamd *c, int fd, uint32_t wait_ms, char *text, size_t room)
{
	char reply[CLAMD_REPLY_MAX];
	int64_t end_ms = file_now_ms() + wait_ms;
	ssize_t n = -1;

	snprintf(text, room, "%s", c->path ? c->reason : "no scanner");
	if (c->state != CLAMD_UP)
		return c->path ? FILE_SCAN_FAILED : FILE_NOT_SCANNED;
	int s = connect_to(c, wait_ms);
	if (s >= 0 && send_fildes(s, fd))
		n = receive(s, end_ms, reply, sizeof(reply));
	int error = errno;
	if (s >= 0)
		close(s);
	if (n > 0) {
		comes_up(c);
		c->probe_ms = file_now_ms() + CLAMD_PROBE_MS;
		return file_clamd_reply(span_of(reply, (size_t)n), text, room);
	}
	goes_down(c,
	    s < 0   ? "cannot connect"
	    : n < 0 ? "no answer"
		    : "hung up",
	    n < 0 ? error : 0);
	snprintf(text, room, "%s", c->reason);
	return FILE_SCAN_FAILED;
}

/* "ClamAV 1.4.3/27823/Fri Nov 21 08:15:32 2025" (clamd(8), VERSION): when the signatures that
 * it has loaded were made, by the clock of this machine; 0: it has none. */
int64_t file_clamd_made_us(const char *reply)
{
	const char *number = strchr(reply, '/');
	const char *date = number ? strchr(number + 1, '/') : NULL;
	struct tm tm = { .tm_isdst = -1 };

	if (!date || !strptime(date + 1, "%a %b %d %H:%M:%S %Y", &tm))
		return 0;
	time_t made = mktime(&tm);
	return made > 0 ? (int64_t)made * 1000000 : 0;
}

/* The question goes out on one call and is answered on a later one: the packet path never waits
 * for it. */
static void probe_send(struct file_clamd *c, int64_t now_ms)
{
	static const char command[] = "zVERSION";

	c->probe_ms = now_ms + CLAMD_PROBE_MS;
	c->ping = connect_to(c, 1);
	if (c->ping >= 0 && send_all(c->ping, command, sizeof(command))) {
		c->ping_end_ms = now_ms + c->wait_ms;
		return;
	}
	int error = errno;
	if (c->ping >= 0)
		close(c->ping);
	c->ping = -1;
	goes_down(c, "cannot connect", error);
}

static void probe_receive(struct file_clamd *c, int64_t now_ms)
{
	char reply[CLAMD_REPLY_MAX];
	ssize_t n = recv(c->ping, reply, sizeof(reply) - 1, MSG_DONTWAIT);
	int error = n < 0 ? errno : 0;

	if (n < 0 && (error == EAGAIN || error == EINTR) && now_ms < c->ping_end_ms)
		return;
	close(c->ping);
	c->ping = -1;
	if (n >= 6 && memcmp(reply, "ClamAV", 6) == 0) {
		reply[n] = '\0';
		c->made_us = file_clamd_made_us(reply);
		comes_up(c);
	} else {
		goes_down(c,
		    n < 0    ? "no answer"
		    : n == 0 ? "hung up"
			     : "not clamd",
		    error == EAGAIN ? ETIMEDOUT : error);
	}
}

void file_clamd_probe(struct file_clamd *c)
{
	int64_t now_ms;

	if (!c->path)
		return;
	now_ms = file_now_ms();
	if (c->ping >= 0)
		probe_receive(c, now_ms);
	else if (now_ms >= (c->state == CLAMD_DOWN ? c->retry_ms : c->probe_ms))
		probe_send(c, now_ms);
}

void file_clamd_init(struct file_clamd *c, const char *path, uint32_t wait_ms)
{
	*c = (struct file_clamd){ .path = path, .wait_ms = wait_ms, .ping = -1 };
	if (!path)
		return;
	c->state = CLAMD_DOWN;
	probe_send(c, file_now_ms());
	struct pollfd p = { .fd = c->ping, .events = POLLIN };
	if (c->ping >= 0 && poll(&p, 1, CLAMD_FIRST_WAIT_MS) > 0)
		probe_receive(c, file_now_ms());
	else if (c->ping >= 0)
		snprintf(c->reason, sizeof(c->reason), "no answer yet");
	if (c->state == CLAMD_DOWN)
		log_warn("G130",
		    "the virus scanner at %s is not there (%s): files pass unscanned until "
		    "it answers; see systemctl status clamav-daemon",
		    path, c->reason);
}

void file_clamd_fini(struct file_clamd *c)
{
	if (c->ping >= 0)
		close(c->ping);
	c->ping = -1;
}

static bool begins(struct span s, const char *text)
{
	return s.len >= strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

/* True, and the ending taken off. */
static bool cut_end(struct span *s, const char *ending)
{
	size_t len = strlen(ending);

	if (s->len < len || memcmp(s->at + s->len - len, ending, len) != 0)
		return false;
	s->len -= (uint32_t)len;
	return true;
}

/* ExtendedDetectionInfo adds "(MD5:size)"; signatures of one's own end in ".UNOFFICIAL". */
static struct span plain_name(struct span name)
{
	if (name.len && name.at[name.len - 1] == ')')
		for (uint32_t i = name.len; i-- > 0;)
			if (name.at[i] == '(') {
				name.len = i;
				break;
			}
	cut_end(&name, ".UNOFFICIAL");
	return name;
}

static void copy_printable(struct span s, char *text, size_t room)
{
	size_t n = s.len < room - 1 ? s.len : room - 1;

	for (size_t i = 0; i < n; i++)
		text[i] = s.at[i] >= 0x20 && s.at[i] < 0x7f ? (char)s.at[i] : '?';
	text[n] = 0;
}

/* "fd[10]: OK", "fd[10]: Name FOUND", "fd[10]: reason ERROR" (clamd(8)). */
enum file_scan file_clamd_reply(struct span reply, char *text, size_t room)
{
	const uint8_t *end = reply.len ? memchr(reply.at, 0, reply.len) : NULL;

	if (end)
		reply.len = (uint32_t)(end - reply.at);
	while (reply.len &&
	       (reply.at[reply.len - 1] == '\n' || reply.at[reply.len - 1] == ' '))
		reply.len--;
	const uint8_t *colon = reply.len ? memmem(reply.at, reply.len, ": ", 2) : NULL;
	if (colon)
		reply = span_of(colon + 2, reply.len - (size_t)(colon + 2 - reply.at));
	text[0] = 0;
	if (colon && span_is(reply, "OK"))
		return FILE_CLEAN;
	if (!colon || !cut_end(&reply, " FOUND") || plain_name(reply).len == 0) {
		cut_end(&reply, " ERROR");
		copy_printable(reply, text, room);
		return FILE_SCAN_FAILED;
	}
	struct span name = plain_name(reply);
	copy_printable(name, text, room);
	/* Not a virus: clamd says that it could not look inside. */
	if (begins(name, "Heuristics.Encrypted.") ||
	    begins(name, "Heuristics.Limits.Exceeded"))
		return FILE_UNSCANNABLE;
	return FILE_INFECTED;
}
