/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/fill/sample.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

uint64_t sample_next(struct sample_draw *d)
{
	/* splitmix64 (public domain constants) */
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t sample_even(struct sample_draw *d, uint32_t n)
{
	return (uint32_t)((sample_next(d) >> 32) * n >> 32);
}

uint32_t sample_skewed(struct sample_draw *d, uint32_t n)
{
	/* The cube of an even draw: half of all fall into the first eighth. */
	double x = (double)(sample_next(d) >> 11) / 9007199254740992.0;

	return (uint32_t)(x * x * x * n);
}

static const char *const areas[] = { "MALWARE", "POLICY", "INFO", "SCAN", "EXPLOIT",
	"PHISHING", "WEB_SERVER", "HUNTING", "USER_AGENTS", "DNS" };
static const char *const things[] = { "Loader", "Stealer", "Backdoor", "Downloader",
	"Dropper", "Banker", "Miner", "Proxy", "Keylogger", "Scanner", "Webshell",
	"Toolbar", "Updater", "Tunnel" };
static const char *const deeds[] = { "CnC Checkin", "Activity (GET)", "Activity (POST)",
	"Domain in DNS Lookup", "Observed Request", "Outbound Connection",
	"Possible Exploit Attempt", "Suspicious User-Agent", "Payload Delivery",
	"Exfiltration Attempt" };
static const char *const categories[] = { "A Network Trojan was detected",
	"Malware Command and Control Activity Detected",
	"Potential Corporate Privacy Violation", "Web Application Attack",
	"Potentially Bad Traffic", "Misc activity",
	"Attempted Administrator Privilege Gain" };
static const char *const agents[] = {
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/126.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
	"Gecko) Version/17.5 Safari/605.1.15",
	"curl/8.5.0", "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", "Wget/1.21",
	"okhttp/4.12.0"
};
static const char *const machines[] = { "keiri-pc", "shacho-note", "uketsuke-pc",
	"koujou-pc", "fukugouki", "nas", "eigyo-note", "genba-tablet" };
static const char *const kinds[] = { "pc", "pc", "pc", "pc", "printer", "nas", "pc",
	"phone" };
static const char *const apps[][2] = { { "LINE", "chat" },
	{ "TeamViewer", "remote-control" }, { "YouTube", "video" },
	{ "Dropbox", "cloud" }, { "AnyDesk", "remote-control" },
	{ "BitTorrent", "p2p" }, { "Netflix", "video" }, { "Discord", "chat" } };
static const char *const topics[] = { "shopping", "video", "games", "gambling",
	"phishing", "malware" };

/* What all kinds have, up to the protocol. */
static void add_head(struct sample_draw *d, struct sample_draw *habit, const char *type,
    uint32_t gate, uint32_t machine, bool to_server, int64_t at_us, struct buf *out)
{
	char when[40], inside[20], outside[20];
	uint32_t far = sample_skewed(habit, 60000) + 3 * sample_skewed(d, 6);
	unsigned port = 49152 + sample_even(d, 16000);

	clock_format(at_us, when, sizeof(when));
	snprintf(inside, sizeof(inside), "192.168.%u.%u", gate % 250, 10 + machine * 7);
	snprintf(outside, sizeof(outside), "%s.%u",
	    far % 3 == 0   ? "198.51.100"
	    : far % 3 == 1 ? "203.0.113"
			   : "192.0.2",
	    far / 3 % 254 + 1);
	buf_addf(out,
	    "{\"timestamp\":\"%s\",\"flow_id\":%" PRIu64
	    ",\"in_iface\":\"%s\",\"event_type\":\"%s\",\"src_ip\":\"%s\",\"src_port\":%u,"
	    "\"dest_ip\":\"%s\",\"dest_port\":%u,\"proto\":\"TCP\",\"ip_v\":4,"
	    "\"pkt_src\":\"wire/pcap\",\"tx_id\":%u,",
	    when, sample_next(d) >> 11, to_server ? "lan0" : "wan0", type,
	    to_server ? inside : outside, to_server ? port : 80,
	    to_server ? outside : inside, to_server ? 80 : port, sample_even(d, 3));
}

static void add_tail(uint32_t gate, uint32_t machine, const char *cause, bool out_way,
    bool stopped, struct buf *out)
{
	buf_addf(out,
	    "\"otasuke\":{\"cause\":\"%s\",\"way\":\"%s\",\"stopped\":%s,\"machine\":{"
	    "\"mac\":\"00:00:5e:%02x:%02x:%02x\",\"name\":\"%s\",\"ip\":\"192.168.%u.%u\","
	    "\"vendor\":\"Sample Electronics Co.,Ltd.\",\"kind\":\"%s\"}}}\n",
	    cause, out_way ? "out" : "in", stopped ? "true" : "false", gate >> 8 & 0xff,
	    gate & 0xff, machine, machines[machine], gate % 250, 10 + machine * 7,
	    kinds[machine]);
}

static void add_rule(uint32_t rule, bool stopped, struct buf *out)
{
	unsigned year = 2014 + rule % 11, month = 1 + rule % 12, day = 1 + rule % 28;

	buf_addf(out,
	    "\"alert\":{\"action\":\"%s\",\"gid\":1,\"signature_id\":%u,\"rev\":%u,"
	    "\"signature\":\"SAMPLE %s %s.%u %s\",\"category\":\"%s\",\"severity\":%u,"
	    "\"metadata\":{\"affected_product\":[\"Windows_XP_Vista_7_8_10_Server_32_64_"
	    "Bit\"],\"attack_target\":[\"Client_Endpoint\"],\"confidence\":[\"%s\"],"
	    "\"created_at\":[\"%u_%02u_%02u\"],\"deployment\":[\"Perimeter\"],"
	    "\"signature_severity\":[\"%s\"],\"updated_at\":[\"%u_%02u_%02u\"]}},",
	    stopped ? "blocked" : "allowed", 9000000 + rule, rule % 9 + 1,
	    areas[rule % N(areas)], things[rule / 3 % N(things)], rule,
	    deeds[rule / 7 % N(deeds)], categories[rule % N(categories)], rule % 3 + 1,
	    rule % 2 ? "High" : "Medium", year, month, day,
	    rule % 3 ? "Major" : "Informational", year + (rule % 5 ? 1 : 0), month,
	    day);
}

static void add_http(struct sample_draw *d, struct sample_draw *habit, struct buf *out)
{
	uint32_t host = sample_skewed(habit, 5000) + sample_skewed(d, 4);

	buf_addf(out,
	    "\"http\":{\"hostname\":\"www%u.host-%u.example\",\"url\":\"/%s/%u/index.php?id="
	    "%08x\",\"http_user_agent\":\"%s\",\"http_method\":\"%s\",\"protocol\":\"HTTP/"
	    "1.1\",\"status\":%u,\"length\":%u},",
	    host % 4, host, things[host % N(things)], host % 97,
	    (unsigned)sample_next(d), agents[sample_skewed(d, N(agents))],
	    host % 3 ? "GET" : "POST", host % 5 ? 200u : 404u, sample_even(d, 60000));
}

static void add_flow(struct sample_draw *d, int64_t at_us, struct buf *out)
{
	char when[40];

	clock_format(at_us - sample_even(d, 900000), when, sizeof(when));
	buf_addf(out,
	    "\"flow\":{\"pkts_toserver\":%u,\"pkts_toclient\":%u,\"bytes_toserver\":%u,"
	    "\"bytes_toclient\":%u,\"start\":\"%s\"},",
	    3 + sample_even(d, 40), 2 + sample_even(d, 60), 300 + sample_even(d, 9000),
	    200 + sample_even(d, 90000), when);
}

/* `habit` draws what the same machine does again and again, `d` what is new each time. */
static void alert(struct sample_draw *d, struct sample_draw *habit, uint32_t gate,
    uint32_t machine, int64_t at_us, struct buf *out)
{
	static const char *const causes[] = { "PROBE", "EXPLOIT", "OTHER", "BACKDOOR" };
	uint32_t rule = sample_skewed(habit, 1500);
	const char *cause = causes[rule % 16 == 3 ? 3 : rule % 3];
	bool to_server = rule % 3 != 0, stopped = rule % 4 != 0;

	add_head(d, habit, "alert", gate, machine, to_server, at_us, out);
	buf_addf(out, "\"app_proto\":\"http\",\"direction\":\"%s\",",
	    to_server ? "to_server" : "to_client");
	add_rule(rule, stopped, out);
	add_http(d, habit, out);
	add_flow(d, at_us, out);
	add_tail(gate, machine, cause, to_server, stopped, out);
}

static void site(struct sample_draw *d, struct sample_draw *habit, uint32_t gate,
    uint32_t machine, int64_t at_us, struct buf *out)
{
	uint32_t topic = sample_skewed(habit, N(topics));
	uint32_t host = sample_skewed(habit, 3000) + sample_skewed(d, 4);
	bool dangerous = topic >= 4;

	add_head(d, habit, "site", gate, machine, true, at_us, out);
	buf_addf(out,
	    "\"app_proto\":\"tls\",\"direction\":\"to_server\",\"tls\":{\"sni\":\"%s-%u."
	    "example\",\"version\":\"TLS 1.3\"},\"site\":{\"host\":\"%s-%u.example\","
	    "\"category\":\"%s\",\"list\":\"sample\",\"seen_in\":\"sni\",\"dangerous\":%s},",
	    topics[topic], host, topics[topic], host, topics[topic], dangerous ? "true" : "false");
	add_tail(gate, machine, dangerous ? "DANGEROUS_SITE" : "OFF_BUSINESS_SITE",
	    true, dangerous, out);
}

static void app(struct sample_draw *d, struct sample_draw *habit, uint32_t gate,
    uint32_t machine, int64_t at_us, struct buf *out)
{
	uint32_t a = sample_skewed(habit, N(apps));
	bool remote = apps[a][1][0] == 'r';

	add_head(d, habit, "app", gate, machine, true, at_us, out);
	buf_addf(out, "\"app\":{\"name\":\"%s\",\"category\":\"%s\"},", apps[a][0],
	    apps[a][1]);
	add_tail(
	    gate, machine, remote ? "REMOTE_CONTROL" : "APPLICATION", true, false, out);
}

static void virus(struct sample_draw *d, struct sample_draw *habit, uint32_t gate,
    uint32_t machine, int64_t at_us, struct buf *out)
{
	uint32_t v = sample_skewed(habit, 400);

	add_head(d, habit, "virus", gate, machine, false, at_us, out);
	add_http(d, habit, out);
	buf_addf(out,
	    "\"fileinfo\":{\"filename\":\"/invoice-%u.zip\",\"gaps\":false,\"state\":"
	    "\"CLOSED\",\"sha256\":\"%016" PRIx64 "%016" PRIx64 "%016" PRIx64
	    "%016" PRIx64
	    "\",\"stored\":false,\"size\":%u,\"tx_id\":0},\"virus\":{\"name\":\"Sample."
	    "%s-%u\",\"engine\":\"clamav\",\"carrier\":\"http\",\"result\":\"infected\"},",
	    v, sample_next(d), sample_next(d), sample_next(d), sample_next(d),
	    sample_even(d, 900000), things[v % N(things)], v);
	add_tail(gate, machine, "VIRUS_WEB", false, true, out);
}

/* Nine of ten records are habits of the office, the tenth is anything. */
#define HABITS 12u

void sample_record(struct sample_draw *d, enum sample_mix mix, uint32_t gate,
    int64_t at_us, struct buf *out)
{
	struct sample_draw habit = { UINT64_C(1000003) * gate +
				     sample_skewed(d, HABITS) };
	uint32_t of_100, machine;

	if (sample_even(d, 10) == 0)
		habit.state = sample_next(d);
	of_100 = sample_even(&habit, 100);
	machine = sample_skewed(&habit, SAMPLE_MACHINES);
	if (mix == SAMPLE_ALERTS || of_100 < 45)
		alert(d, &habit, gate, machine, at_us, out);
	else if (of_100 < 75)
		site(d, &habit, gate, machine, at_us, out);
	else if (of_100 < 97)
		app(d, &habit, gate, machine, at_us, out);
	else
		virus(d, &habit, gate, machine, at_us, out);
}
