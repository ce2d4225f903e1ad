/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/parse/parse.h"

/* Small pieces of reading rule text. */

/* Both ends without white space; changes `s`. */
char *detect_parse_trim(char *s);
/* Cuts the next part off `*rest` at `sep`, trimmed; NULL when nothing is left. */
char *detect_parse_part(char **rest, char sep);
/* Decimal or 0x…; false when it is anything else or above `most`. */
bool detect_parse_u64(const char *s, uint64_t most, uint64_t *v);
bool detect_parse_i32(const char *s, int32_t *v);
/* `5` `!5` `<5` `<=5` `>5` `>=5` `5-9` `5<>9` as keywords with numbers take them. */
bool detect_parse_test(char *s, uint64_t most, struct number_test *t);
/* Without its quotes and with \" \\ \; \: undone; false when a quote is missing. */
bool detect_parse_quoted(char **s);
uint64_t detect_parse_hash(const void *bytes, size_t len);
uint64_t detect_parse_hash_text(const char *s);
/* A copy in the arena, NULL without memory. */
char *detect_parse_keep(struct arena *a, const char *s);
char *detect_parse_keep_len(struct arena *a, const char *s, size_t len);

void **detect_parse_intern(
    struct arena *keep, struct intern *in, const void *key, uint32_t key_len);
void detect_parse_intern_fini(struct intern *in);
/* Grows an array of `size`-byte things so that index `count` exists; false: no memory. */
bool detect_parse_grow(void *array_ptr, uint32_t *room, uint32_t count, size_t size);
