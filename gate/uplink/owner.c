/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>

#define OWNER_FILE "owner"
#define OWNER_MAX  4096u

int uplink_owner_name(
    const char *cert_pem, const char *ca_pem, char name[UPLINK_OWNER_ROOM])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];
	char gate[128];
	struct buf der;

	buf_init(&der, 64u << 10);
	int fail = uplink_pem_der(span_text(ca_pem), &der);
	if (!fail)
		fail = uplink_pem_name(span_text(cert_pem), gate, sizeof(gate));
	if (!fail) {
		SHA256(der.at, der.len, sum);
		for (unsigned i = 0; i < 16; i++)
			snprintf(name + 2 * (size_t)i, 3, "%02x", sum[i]);
		snprintf(name + 32, UPLINK_OWNER_ROOM - 32, " %s", gate);
		for (char *at = name; *at; at++)
			if (*at == '\n')
				*at = ' ';
	}
	buf_fini(&der);
	return fail;
}

/* The name; then a line for each part that the owner before had open. */
int uplink_owner_read(int dir, struct uplink_owner *o)
{
	struct buf file;
	char *save = NULL;

	*o = (struct uplink_owner){ .n_cuts = 0 };
	buf_init(&file, OWNER_MAX);
	int fail = uplink_file_read(dir, OWNER_FILE, &file);
	char *text = fail ? NULL : (char *)(uintptr_t)buf_text(&file);
	char *line = text ? strtok_r(text, "\n", &save) : NULL;
	if (line)
		snprintf(o->name, sizeof(o->name), "%s", line);
	while (line && (line = strtok_r(NULL, "\n", &save)) &&
	       o->n_cuts < UPLINK_CUTS_MAX) {
		struct uplink_cut *c = &o->cuts[o->n_cuts];
		o->n_cuts +=
		    sscanf(line, "%16" SCNx64 " %10" SCNu32, &c->boot, &c->first) == 2;
	}
	buf_fini(&file);
	return fail;
}

int uplink_owner_write(int dir, const struct uplink_owner *o)
{
	struct buf file;

	buf_init(&file, OWNER_MAX);
	buf_addf(&file, "%s\n", o->name);
	for (unsigned i = 0; i < o->n_cuts; i++)
		buf_addf(&file, "%016" PRIx64 " %" PRIu32 "\n", o->cuts[i].boot,
		    o->cuts[i].first);
	int fail = uplink_file_write(dir, OWNER_FILE, buf_span(&file), false);
	buf_fini(&file);
	return fail;
}

bool uplink_owner_cut(const struct uplink_owner *o, const struct uplink_segment *s)
{
	for (unsigned i = 0; i < o->n_cuts; i++)
		if (o->cuts[i].boot == s->boot && o->cuts[i].first == s->first)
			return true;
	return false;
}
