/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/tls/internal.h"

#include <openssl/asn1err.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <time.h>

#define NAME_TEXT_MAX 4096u /* bytes of a subject or issuer */

/* "C=JP, O=Sample, CN=shop.example".  OpenSSL's emailAddress is EVE's Email. */
static struct span name_copy(struct tls_flow *f, struct span text)
{
	static const char ours[] = "Email", theirs[] = "emailAddress=";
	struct buf out;

	buf_init(&out, NAME_TEXT_MAX);
	for (uint32_t i = 0; i < text.len && out.len < NAME_TEXT_MAX; i++) {
		bool starts = i == 0 || text.at[i - 1] == ' ';
		if (starts && text.len - i >= sizeof(theirs) - 1 &&
		    memcmp(text.at + i, theirs, sizeof(theirs) - 1) == 0) {
			buf_add_text(&out, ours);
			i += sizeof(theirs) - 2;
		}
		buf_add_byte(&out, text.at[i]);
	}
	struct span kept = tls_keep(f, buf_span(&out));
	buf_fini(&out);
	return kept;
}

static struct span name_text(struct tls_flow *f, const X509_NAME *name)
{
	const unsigned long style =
	    (ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN |
		ASN1_STRFLGS_DUMP_DER | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN);
	struct span text = span_of(NULL, 0);
	char *at = NULL;
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio)
		return text;
	if (X509_NAME_print_ex(bio, name, 0, style) >= 0) {
		long len = BIO_get_mem_data(bio, &at);
		if (len > 0)
			text = name_copy(f, span_of(at, len));
	}
	BIO_free(bio);
	return text;
}

static int64_t seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void show_name(struct tls_flow *f, const uint8_t *bytes, int len)
{
	struct app_tls *shown = f->shown;

	if (len <= 0 || shown->alt_name_count == APP_TLS_NAMES_MAX)
		return;
	struct span name = tls_keep(f, span_of(bytes, len));
	shown->alt_names[shown->alt_name_count++] = name;
	tls_show(f, TX_TLS_ALT_NAME, PACKET_TO_CLIENT, name);
}

static void show_address(struct tls_flow *f, const ASN1_OCTET_STRING *ip)
{
	char text[ADDR_TEXT_MAX];
	const uint8_t *bytes = ASN1_STRING_get0_data(ip);
	int len = ASN1_STRING_length(ip);

	if (len != 4 && len != 16)
		return;
	struct addr a = len == 4 ? addr_v4(bytes) : addr_v6(bytes);
	addr_format(&a, text);
	show_name(f, (const uint8_t *)text, (int)strlen(text));
}

static void show_alt_names(struct tls_flow *f, X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	f->shown->alt_names =
	    arena_alloc(&f->tx->arena, APP_TLS_NAMES_MAX * sizeof(struct span));
	for (int i = 0; f->shown->alt_names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);
		if (one->type == GEN_DNS || one->type == GEN_EMAIL ||
		    one->type == GEN_URI)
			show_name(f, ASN1_STRING_get0_data(one->d.ia5),
			    ASN1_STRING_length(one->d.ia5));
		else if (one->type == GEN_IPADD)
			show_address(f, one->d.iPAddress);
	}
	GENERAL_NAMES_free(names);
}

/* The serial number as its DER has it, leading zero and all. */
static struct span serial_text(struct tls_flow *f, const X509 *cert)
{
	uint8_t *der = NULL;
	struct span text = span_of(NULL, 0);
	int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &der);
	int head = len > 2 && der[1] & 0x80 ? 2 + (der[1] & 0x7f) : 2;

	if (len > head)
		text = tls_hex(f, der + head, (size_t)(len - head), true);
	OPENSSL_free(der);
	return text;
}

static void show_fingerprint(struct tls_flow *f, struct span der)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(der.at, der.len, sum, &len, EVP_sha1(), NULL) != 1)
		return;
	f->shown->fingerprint = tls_hex(f, sum, len, false);
	tls_show(f, TX_TLS_FINGERPRINT, PACKET_TO_CLIENT, f->shown->fingerprint);
}

/* Why OpenSSL could not read it, from the place that it names. */
static void note_unreadable(struct tls_flow *f)
{
	static const struct {
		const char *field;
		enum app_event event;
	} fields[] = {
		{ "Field=version", APP_EVENT_TLS_CERTIFICATE_VERSION },
		{ "Field=serialNumber", APP_EVENT_TLS_CERTIFICATE_SERIAL },
		{ "Field=issuer", APP_EVENT_TLS_CERTIFICATE_ISSUER },
		{ "Field=subject", APP_EVENT_TLS_CERTIFICATE_SUBJECT },
		{ "Field=validity", APP_EVENT_TLS_CERTIFICATE_VALIDITY },
		{ "Field=extensions", APP_EVENT_TLS_CERTIFICATE_EXTENSIONS },
		{ "Field=signature", APP_EVENT_TLS_CERTIFICATE_ALGORITHM },
		{ "Type=X509_NAME", APP_EVENT_TLS_CERTIFICATE_NAME },
	};

	const char *data;
	int flags;

	app_event_note(f->tx, APP_EVENT_TLS_CERTIFICATE_INVALID);
	app_event_note(f->tx, APP_EVENT_TLS_CERTIFICATE_DER);
	for (unsigned long e;
	     (e = ERR_get_error_all(NULL, NULL, NULL, &data, &flags));) {
		if (ERR_GET_REASON(e) == ASN1_R_FIELD_MISSING)
			app_event_note(f->tx, APP_EVENT_TLS_CERTIFICATE_MISSING);
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (data && strstr(data, fields[i].field))
				app_event_note(f->tx, fields[i].event);
	}
}

/* What can be read and still makes no sense. */
static void note_odd(struct tls_flow *f, X509 *cert)
{
	const ASN1_TIME *from = X509_get0_notBefore(cert);
	const ASN1_TIME *until = X509_get0_notAfter(cert);
	long version = X509_get_version(cert);
	int days, seconds_apart;

	if (version < 0 || version > 2)
		app_event_note(f->tx, APP_EVENT_TLS_CERTIFICATE_VERSION);
	if (!ASN1_TIME_check(from) || !ASN1_TIME_check(until))
		app_event_note(f->tx, APP_EVENT_TLS_CERTIFICATE_DATE);
	else if (ASN1_TIME_diff(&days, &seconds_apart, from, until) == 1 &&
		 (days < 0 || seconds_apart < 0))
		app_event_note(f->tx, APP_EVENT_TLS_CERTIFICATE_VALIDITY);
}

/* The server's own certificate. */
static void show_leaf(struct tls_flow *f, struct span der)
{
	struct app_tls *shown = f->shown;
	const uint8_t *at = der.at;
	X509 *cert = d2i_X509(NULL, &at, (long)der.len);

	show_fingerprint(f, der);
	if (!cert) {
		note_unreadable(f);
		return;
	}
	note_odd(f, cert);
	shown->has_certificate = true;
	shown->subject = name_text(f, X509_get_subject_name(cert));
	shown->issuer = name_text(f, X509_get_issuer_name(cert));
	shown->serial = serial_text(f, cert);
	shown->not_before_s = seconds(X509_get0_notBefore(cert));
	shown->not_after_s = seconds(X509_get0_notAfter(cert));
	tls_show(f, TX_TLS_SUBJECT, PACKET_TO_CLIENT, shown->subject);
	tls_show(f, TX_TLS_ISSUER, PACKET_TO_CLIENT, shown->issuer);
	tls_show(f, TX_TLS_SERIAL, PACKET_TO_CLIENT, shown->serial);
	show_alt_names(f, cert);
	X509_free(cert);
	ERR_clear_error(); /* of an extension that could not be read */
}

void tls_certificates(struct tls_flow *f, struct span body)
{
	struct reader r = reader_of(body.at, body.len);
	struct reader list = reader_part(&r, reader_be24(&r));
	struct app_tls *shown = f->shown;

	if (f->certificates)
		return;
	f->certificates = true;
	shown->certs =
	    arena_alloc(&f->tx->arena, APP_TLS_CERTS_MAX * sizeof(struct span));
	while (shown->certs && reader_left(&list) &&
	       shown->cert_count < APP_TLS_CERTS_MAX) {
		struct reader one = reader_part(&list, reader_be24(&list));
		if (list.ran_short)
			break;
		struct span der = tls_keep(f, span_of(one.at, reader_left(&one)));
		if (!der.len)
			continue;
		shown->certs[shown->cert_count++] = der;
		tls_show(f, TX_TLS_CERTS, PACKET_TO_CLIENT, der);
	}
	if (r.ran_short || list.ran_short)
		app_event_note(f->tx, APP_EVENT_TLS_CERTIFICATE_LENGTH);
	if (shown->cert_count)
		show_leaf(f, shown->certs[0]);
	f->tx->progress[PACKET_TO_CLIENT] = TX_HEADERS;
}
