/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/tx.h"

/* Tour 8: Addresses become machines with names.
 *
 * Who is on the LAN: machines with names.
 *
 * Owns:    every struct asset of the gate; saved to asset_conf.store between runs.  The
 *          memory of one stays until asset_free(), so that a flow may keep its pointer;
 *          when the table is full it may come to mean another machine.
 * Borrows: packet and flow during the call.
 * Threads: one table; the worker that owns it.
 * Limits:  ASSET_MAX machines; beyond it the one not seen for longest goes, passers-by
 *          (forged addresses) before machines that talk.  ASSET_TELL_PER_MINUTE findings;
 *          the rest are told later.
 * Serves:  002-24, 002-25, 002-64 */
#define ASSET_MAX             4096u
#define ASSET_NAME_MAX        64u
#define ASSET_TELL_PER_MINUTE 60u

struct asset_conf {
	/* Addresses that are the company's; never other.  None given: the private ranges.
	 * Link-local ones, and IPv6 prefixes that the router advertises, always count. */
	const struct addr_net *home;
	unsigned homes;
	const char *store;   /* file that remembers machines, or NULL */
	const char *vendors; /* OUI table (ieee-data's oui.txt), or NULL */
};

struct asset {
	struct asset *next;
	uint8_t mac[6];
	struct addr ip4, ip6;      /* last seen */
	char name[ASSET_NAME_MAX]; /* best of DHCP, mDNS, NetBIOS, reverse; "" = none */
	const char *name_from;     /* "dhcp", "mdns", … */
	char vendor[ASSET_NAME_MAX];
	const char
	    *kind; /* "pc", "printer", "camera", "phone", "server", "router" or "" */
	int64_t first_us, last_us;
	bool told; /* its FINDING_ASSET was raised */
};

struct asset_table;

/* NULL, with the reason logged. */
struct asset_table *asset_new(const struct asset_conf *conf) __attribute__((malloc));
/* Between two packets: other addresses are the company's from now on. */
void asset_set_home(struct asset_table *t, const struct addr_net *home, unsigned homes);
void asset_free(struct asset_table *t);
/* Learns from ARP, DHCP, mDNS, NetBIOS and LAN-side frames; sets flow->asset_client/_server;
 * adds FINDING_ASSET for a machine never seen before (once its name and address are known,
 * or 5 s later) and for one that got another name or kind. */
void asset_note(struct asset_table *t, struct packet *pkt);
/* Machine with that address, or NULL. */
struct asset *asset_find(struct asset_table *t, const struct addr *ip);
/* Machines seen since then. */
unsigned asset_count(const struct asset_table *t, int64_t since_us);
bool asset_is_home(const struct asset_table *t, const struct addr *ip);
/* What a person calls it: its name, else "vendor 12:34:56", else the MAC.  `text` ≥ 128. */
void asset_label(const struct asset *a, char *text, size_t room);
/* Between packets: writes the store when something worth keeping has changed. */
void asset_idle(struct asset_table *t, int64_t now_us);
/* Writes the store; also called by asset_free().  0 or FAIL_IO, reported. */
int asset_save(struct asset_table *t);
