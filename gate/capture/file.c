/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/capture/internal.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/stat.h>

struct file_capture {
	struct capture base;
	pcap_t *pcap;
	char *path;
	off_t size; /* 0: unknown (a pipe) */
};

static struct file_capture *of(struct capture *c)
{
	return (struct file_capture *)c;
}

static int cannot_read(struct file_capture *f, struct buf *why)
{
	buf_addf(why, "%s: frame %llu cannot be read: %s; the frames before it were",
	    f->path, (unsigned long long)f->base.counts.frames + 1,
	    pcap_geterr(f->pcap));
	return FAIL_FORMAT;
}

static int next(struct capture *c, struct packet *pkt, int wait_ms, struct buf *why)
{
	struct file_capture *f = of(c);
	struct pcap_pkthdr *head;
	const uint8_t *bytes;

	(void)wait_ms;
	int got = pcap_next_ex(f->pcap, &head, &bytes);
	if (got == PCAP_ERROR_BREAK)
		return CAPTURE_END;
	if (got != 1)
		return cannot_read(f, why);
	pkt->bytes = bytes;
	pkt->len = head->caplen;
	pkt->wire_len = head->len < head->caplen ? head->caplen : head->len;
	pkt->linktype = pcap_datalink(f->pcap);
	pkt->time_us = (int64_t)head->ts.tv_sec * 1000000 + head->ts.tv_usec;
	return CAPTURE_FRAME;
}

static int percent(struct capture *c)
{
	struct file_capture *f = of(c);
	FILE *stream = pcap_file(f->pcap);
	off_t at = f->size && stream ? ftello(stream) : -1;

	return at < 0 ? -1 : (int)(at * 100 / f->size);
}

static void close_file(struct capture *c)
{
	struct file_capture *f = of(c);

	if (f->pcap)
		pcap_close(f->pcap);
	free(f->path);
	free(f);
}

static const struct capture_kind file_kind = {
	.next = next,
	.percent = percent,
	.close = close_file,
};

/* Says what a person would look for first: missing, a folder, empty; else what libpcap says. */
static void explain(const char *path, const char *libpcap, struct buf *why)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) < 0)
		buf_addf(why, "%s: %s", path, strerror(errno));
	else if (strcmp(path, "-") != 0 && S_ISDIR(st.st_mode))
		buf_addf(why, "%s: is a folder; name the capture files in it", path);
	else if (strcmp(path, "-") != 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		buf_addf(
		    why, "%s: the file is empty, not even a capture's header", path);
	else
		buf_addf(why, "%s: cannot be read as a pcap or pcapng file: %s", path,
		    libpcap);
}

struct capture *capture_open_file(const char *path, struct buf *why)
{
	char libpcap[PCAP_ERRBUF_SIZE] = "";
	struct file_capture *f = calloc(1, sizeof(*f));
	struct stat st;

	if (!f)
		return NULL;
	f->base.kind = &file_kind;
	f->path = strdup(path);
	f->pcap = pcap_open_offline(path, libpcap);
	if (!f->pcap || !f->path) {
		explain(path, libpcap, why);
		close_file(&f->base);
		return NULL;
	}
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		f->size = st.st_size;
	return &f->base;
}
