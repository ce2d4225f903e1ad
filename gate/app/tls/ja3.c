/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/tls/internal.h"

#include <openssl/evp.h>

#define JA3_TEXT_MAX 8192u /* a hello with 1,000 ciphers is nobody's fingerprint */

void tls_ja3_init(struct tls_ja3 *j, uint16_t version)
{
	buf_init(&j->text, JA3_TEXT_MAX);
	buf_addf(&j->text, "%u", version);
	j->first = false;
}

void tls_ja3_list(struct tls_ja3 *j)
{
	buf_add_byte(&j->text, ',');
	j->first = true;
}

void tls_ja3_add(struct tls_ja3 *j, uint16_t number)
{
	bool grease = (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);

	if (grease)
		return;
	buf_addf(&j->text, j->first ? "%u" : "-%u", number);
	j->first = false;
}

static struct span md5_text(struct tls_flow *f, struct span s)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(s.at, s.len, sum, &len, EVP_md5(), NULL) != 1)
		return span_of(NULL, 0);
	char *text = arena_alloc(&f->tx->arena, len * 2 + 1u);
	for (unsigned i = 0; text && i < len; i++)
		snprintf(text + i * 2, 3, "%02x", sum[i]);
	return span_of(text, text ? len * 2 : 0);
}

void tls_ja3_show(struct tls_ja3 *j, struct tls_flow *f, enum packet_dir dir)
{
	if (!j->text.overflowed) {
		struct span string = tls_keep(f, buf_span(&j->text));
		struct span hash = md5_text(f, string);
		bool client = dir == PACKET_TO_SERVER;
		*(client ? &f->shown->ja3_string : &f->shown->ja3s_string) = string;
		*(client ? &f->shown->ja3_hash : &f->shown->ja3s_hash) = hash;
		tls_show(
		    f, client ? TX_TLS_JA3_STRING : TX_TLS_JA3S_STRING, dir, string);
		tls_show(f, client ? TX_TLS_JA3_HASH : TX_TLS_JA3S_HASH, dir, hash);
	}
	buf_fini(&j->text);
}
