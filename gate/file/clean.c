/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

#include <stdlib.h>
#include <sys/random.h>

struct file_clean *file_clean_new(void)
{
	struct file_clean *c = calloc(1, sizeof(*c));

	if (c && getrandom(&c->seed, sizeof(c->seed), 0) != (ssize_t)sizeof(c->seed))
		c->seed = (uintptr_t)c;
	return c;
}

/* One place per hash; a newer file takes it. */
static unsigned place(const struct file_clean *c, const uint8_t sha256[32])
{
	uint64_t word;

	memcpy(&word, sha256, sizeof(word));
	return (unsigned)(((word ^ c->seed) * 0x9e3779b97f4a7c15u) >> 32) %
	       FILE_CLEAN_MAX;
}

bool file_clean_has(
    const struct file_clean *c, const uint8_t sha256[32], int64_t now_ms)
{
	unsigned i = place(c, sha256);

	return c->rows[i].until_ms > now_ms &&
	       memcmp(c->rows[i].sha256, sha256, 32) == 0;
}

void file_clean_note(struct file_clean *c, const uint8_t sha256[32], int64_t now_ms)
{
	unsigned i = place(c, sha256);

	memcpy(c->rows[i].sha256, sha256, 32);
	c->rows[i].until_ms = now_ms + FILE_CLEAN_MS;
}
