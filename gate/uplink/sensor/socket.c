/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/sensor/sensor.h"

#include "lib/base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PIECE_BYTES 262144u /* a datagram is one event */
#define PIECES_MAX  64u

struct sensor_socket {
	char path[108];
	int fd;
	bool datagram;

	struct client {
		int fd; /* −1: free */
		struct sensor_cutter cutter;
	} clients[SENSOR_CLIENTS_MAX];

	uint8_t piece[PIECE_BYTES];
};

/* One that an earlier life left is in the way; anything else is somebody's. */
static bool clear_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT;
	return S_ISSOCK(st.st_mode) && unlink(path) == 0;
}

static int listen_at(const char *path, bool datagram)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = -1;

	if (strlen(path) >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path));
	if (!clear_path(path)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX,
	    (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t was = umask(0117); /* 0660: who writes here is believed */
	bool good = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		    (datagram || listen(fd, SENSOR_CLIENTS_MAX) == 0);
	umask(was);
	if (good)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

struct sensor_socket *sensor_socket_open(const char *path, bool datagram)
{
	struct sensor_socket *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->datagram = datagram;
	for (unsigned i = 0; i < SENSOR_CLIENTS_MAX; i++)
		s->clients[i].fd = -1;
	s->fd = listen_at(path, datagram);
	if (s->fd < 0) {
		log_error("G102", "cannot listen at %s: %s", path, strerror(errno));
		free(s);
		return NULL;
	}
	snprintf(s->path, sizeof(s->path), "%s", path);
	return s;
}

static void leave(struct client *c, struct sensor_words *w)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->cutter.rest.max) {
		w->refused += c->cutter.rest.len > 0;
		buf_fini(&c->cutter.rest);
	}
	c->cutter = (struct sensor_cutter){ .skipping = false };
}

void sensor_socket_close(struct sensor_socket *s)
{
	struct sensor_words nobody = { .refused = 0 };

	if (!s)
		return;
	for (unsigned i = 0; i < SENSOR_CLIENTS_MAX; i++)
		leave(&s->clients[i], &nobody);
	close(s->fd);
	unlink(s->path);
	free(s);
}

static void come_in(struct sensor_socket *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (unsigned i = 0; fd >= 0 && i < SENSOR_CLIENTS_MAX; i++)
		if (s->clients[i].fd < 0) {
			s->clients[i].fd = fd;
			return;
		}
	if (fd >= 0)
		close(fd);
}

static size_t read_client(
    struct sensor_socket *s, struct client *c, struct sensor_words *w, int64_t now_us)
{
	size_t total = 0;

	for (unsigned i = 0; i < PIECES_MAX; i++) {
		ssize_t n = read(c->fd, s->piece, sizeof(s->piece));
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			leave(c, w);
		if (n <= 0)
			break;
		total += (size_t)n;
		sensor_cut(&c->cutter, w, span_of(s->piece, (size_t)n), now_us);
	}
	return total;
}

/* Every datagram is a line, with or without its end. */
static size_t read_datagrams(
    struct sensor_socket *s, struct sensor_words *w, int64_t now_us)
{
	size_t total = 0;

	for (unsigned i = 0; i < PIECES_MAX * 16; i++) {
		ssize_t n =
		    recv(s->fd, s->piece, sizeof(s->piece), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0)
			break;
		total += (size_t)n;
		if ((size_t)n > sizeof(s->piece)) {
			w->refused++;
			continue;
		}
		while (n > 0 && s->piece[n - 1] == '\n')
			n--;
		if (n > 0)
			sensor_line(w, span_of(s->piece, (size_t)n), now_us);
	}
	return total;
}

size_t sensor_socket_read(
    struct sensor_socket *s, struct sensor_words *w, unsigned wait_ms, int64_t now_us)
{
	struct pollfd p[1 + SENSOR_CLIENTS_MAX];
	size_t total = 0;

	p[0] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
	for (unsigned i = 0; i < SENSOR_CLIENTS_MAX; i++)
		p[1 + i] = (struct pollfd){ .fd = s->clients[i].fd, .events = POLLIN };
	if (poll(p, s->datagram ? 1 : 1 + SENSOR_CLIENTS_MAX, (int)wait_ms) <= 0)
		return 0;
	if (s->datagram)
		return read_datagrams(s, w, now_us);
	for (unsigned i = 0; i < SENSOR_CLIENTS_MAX; i++)
		if (p[1 + i].fd >= 0 && p[1 + i].revents)
			total += read_client(s, &s->clients[i], w, now_us);
	if (p[0].revents)
		come_in(s);
	return total;
}
