/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/asset/asset.h"

#include "lib/base/fail.h"

#define ASSET_IPS 6u /* addresses that lead to one machine */

/* How well a guess is founded; only a better one replaces it. */
enum asset_kind_rank {
	ASSET_KIND_NONE,
	ASSET_KIND_CLASS,   /* DHCP vendor class */
	ASSET_KIND_SERVES,  /* answers somebody outside */
	ASSET_KIND_NAME,    /* its name sounds like it */
	ASSET_KIND_VENDOR,  /* its maker makes little else */
	ASSET_KIND_SERVICE, /* what it offers by mDNS */
	ASSET_KIND_ROUTER,  /* it forwards for others */
};

enum asset_name_rank {
	ASSET_NAME_NONE,
	ASSET_NAME_NETBIOS,
	ASSET_NAME_MDNS,
	ASSET_NAME_DHCP,
};

/* What one message says about its sender; what it does not say is zero. */
struct asset_clue {
	char name[ASSET_NAME_MAX];
	enum asset_name_rank name_rank;
	const char *kind; /* static text or NULL */
	enum asset_kind_rank kind_rank;
	uint8_t mac[6]; /* DHCP: whom the message is about */
	bool request;   /* DHCP: it was sent by that machine */
	struct addr ip; /* DHCP: the address given */
};

/* An intrusive ring; a ring alone points at itself. */
struct ring {
	struct ring *prev, *next;
};

struct machine;

/* One address that leads to a machine. */
struct asset_ip {
	struct asset_ip *next; /* in its bucket */
	struct machine *machine;
	struct addr ip;
	bool sure; /* from ARP or DHCP, not only seen as a source */
};

struct machine {
	struct asset asset; /* first: the pointer others hold */
	struct ring seen;   /* among passers-by or talkers, latest first */
	struct ring untold; /* waits for its finding, oldest first */
	struct asset_ip ips[ASSET_IPS];
	uint8_t next_ip;
	enum asset_name_rank name_rank;
	enum asset_kind_rank kind_rank;
	uint8_t frames; /* stops counting once it is no passer-by */
	uint8_t loose_ips;
	int64_t loose_since_us;
	int64_t told_us;
	bool router;
};

/* table.c: machines by MAC and by address. */
struct asset_map;
struct asset_map *asset_map_new(void) __attribute__((malloc));
void asset_map_free(struct asset_map *m);
struct machine *asset_map_find(struct asset_map *m, const uint8_t mac[6]);
/* Finds or makes it; `fresh` says which.  Counts as seen at `now_us`. */
struct machine *asset_map_touch(
    struct asset_map *m, const uint8_t mac[6], int64_t now_us, bool *fresh);
struct machine *asset_map_by_ip(struct asset_map *m, const struct addr *ip);
/* From now on `ip` leads to this machine and no other. */
void asset_map_bind(
    struct asset_map *m, struct machine *who, const struct addr *ip, bool sure);
/* Addresses that were only seen as a source lead nowhere again. */
void asset_map_unbind_loose(struct asset_map *m, struct machine *who);
/* All machines, in no order; NULL at the end. */
struct machine *asset_map_next(struct asset_map *m, struct machine *after);
/* The machine that has waited longest for its finding, or NULL. */
struct machine *asset_map_untold(struct asset_map *m);
void asset_map_wait(struct asset_map *m, struct machine *who);
void asset_map_told(struct machine *who);

/* Readers of hostile bytes: they fill `clue` with what they understood. */
void asset_dhcp(struct span udp, struct asset_clue *clue);
/* `mine`: addresses of the sender; a name for any other is somebody else's. */
void asset_mdns(struct span udp, const struct addr mine[3], struct asset_clue *clue);
void asset_netbios(struct span udp, struct asset_clue *clue);
/* Router Advertisement (RFC 4861): the first on-link prefix; bits 0 when there is none. */
struct addr_net asset_ra(struct span icmp);
/* A name fit to be shown: printable UTF-8, cut at a character. */
void asset_clean_name(struct span raw, char name[ASSET_NAME_MAX]);

/* The first name that is not empty is the one. */
void asset_clue_name(
    struct asset_clue *clue, struct span raw, enum asset_name_rank rank);

/* kind.c: static text, or NULL for no idea. */
const char *asset_kind_of_class(struct span dhcp_class);
const char *asset_kind_of_name(const char *name);
const char *asset_kind_of_vendor(const char *vendor);
const char *asset_kind_of_service(const char *service);
/* The static text for a kind read from a file; "" when unknown. */
const char *asset_kind_text(const char *kind);
const char *asset_name_source(enum asset_name_rank rank);

/* vendor.c */
struct asset_vendors;
struct asset_vendors *asset_vendors_load(const char *path) __attribute__((malloc));
void asset_vendors_free(struct asset_vendors *v);
const char *asset_vendors_find(const struct asset_vendors *v, const uint8_t mac[6]);

/* store.c */
int asset_store_load(struct asset_map *m, const char *path) must_use;
int asset_store_save(struct asset_map *m, const char *path) must_use;
void asset_mac_text(const uint8_t mac[6], char text[18]);
