/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/store.h"
#include "tests/check.h"

static const char alert[] =
    "{\"timestamp\":\"2026-11-21T10:31:07.120934+0900\",\"flow_id\":1284720934123,"
    "\"in_iface\":\"lan0\",\"event_type\":\"alert\",\"src_ip\":\"192.168.10.23\","
    "\"src_port\":49822,\"dest_ip\":\"198.51.100.7\",\"dest_port\":80,\"proto\":\"TCP\","
    "\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"app_proto\":\"http\",\"direction\":\"to_server\","
    "\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_id\":2013214,\"rev\":12,"
    "\"signature\":\"ET MALWARE Gh0st Remote Access Trojan Encrypted Session To CnC "
    "Server\",\"category\":\"Malware Command and Control Activity Detected\","
    "\"severity\":1},\"otasuke\":{\"cause\":\"BACKDOOR\",\"way\":\"out\",\"stopped\":true,"
    "\"classtype\":\"command-and-control\",\"machine\":{\"mac\":\"00:00:5e:00:53:17\","
    "\"name\":\"koujou-pc\",\"ip\":\"192.168.10.23\",\"kind\":\"pc\"}}}";

static void there_and_back(struct span text)
{
	struct buf packed, back;

	buf_init(&packed, 2u << 20);
	buf_init(&back, 2u << 20);
	check_eq(store_pack_with(NULL, text, &packed), 0);
	check_eq(store_unpack_text(buf_span(&packed), &back), 0);
	check_eq(back.len, text.len);
	check(text.len == 0 || memcmp(back.at, text.at, text.len) == 0);
	buf_fini(&packed);
	buf_fini(&back);
}

static void any_text_comes_back(void)
{
	static char large[1u << 20];

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 7919 >> 3);
	there_and_back(span_text(""));
	there_and_back(span_text("{}"));
	there_and_back(span_text(alert));
	there_and_back(span_of(large, sizeof(large)));
}

/* The goal: at most 250 bytes an event stored; the row around it is about 60. */
static void a_record_becomes_small(void)
{
	struct buf packed;

	buf_init(&packed, 1u << 20);
	check_eq(store_pack_with(NULL, span_text(alert), &packed), 0);
	check(packed.len < 230);
	printf("# %zu bytes of record, %zu packed\n", strlen(alert), packed.len);
	buf_fini(&packed);
}

static void other_bytes_are_refused(void)
{
	struct buf packed, back;

	buf_init(&packed, 1u << 20);
	buf_init(&back, 1u << 20);
	check_eq(store_pack_with(NULL, span_text(alert), &packed), 0);
	for (size_t len = 0; len < packed.len; len++)
		check(store_unpack_text(span_of(packed.at, len), &back) < 0);
	packed.at[0] = 99;
	check_eq(store_unpack_text(buf_span(&packed), &back), FAIL_FORMAT);
	buf_fini(&packed);
	buf_fini(&back);
}

CHECK_MAIN(any_text_comes_back, a_record_becomes_small, other_bytes_are_refused)
