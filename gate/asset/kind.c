/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include <strings.h>

/* Guesses, so that a clerk can tell machines apart ("the printer"); nothing is decided by
 * them.  The first row that fits counts. */
struct hint {
	const char *text;
	const char *kind;
};

static const struct hint classes[] = {
	{ "MSFT", "pc" },
	{ "android-dhcp", "phone" },
	{ "JetDirect", "printer" },
	{ "Canon", "printer" },
	{ "EPSON", "printer" },
	{ "BROTHER", "printer" },
	{ "RICOH", "printer" },
	{ "KYOCERA", "printer" },
	{ "AXIS", "camera" },
};

static const struct hint names[] = {
	{ "iphone", "phone" },
	{ "ipad", "phone" },
	{ "android", "phone" },
	{ "galaxy", "phone" },
	{ "pixel", "phone" },
	{ "printer", "printer" },
	{ "camera", "camera" },
	{ "ipcam", "camera" },
	{ "netcam", "camera" },
	{ "server", "server" },
	{ "nas", "server" },
	{ "desktop", "pc" },
	{ "laptop", "pc" },
	{ "note", "pc" },
	{ "macbook", "pc" },
	{ "imac", "pc" },
	{ "-pc", "pc" },
	{ "pc-", "pc" },
};

static const struct hint vendors[] = {
	{ "canon", "printer" },
	{ "brother", "printer" },
	{ "epson", "printer" },
	{ "ricoh", "printer" },
	{ "kyocera", "printer" },
	{ "xerox", "printer" },
	{ "konica", "printer" },
	{ "fujifilm business", "printer" },
	{ "oki electric", "printer" },
	{ "axis communications", "camera" },
	{ "hikvision", "camera" },
	{ "dahua", "camera" },
	{ "vivotek", "camera" },
	{ "i-pro", "camera" },
	{ "synology", "server" },
	{ "qnap", "server" },
};

/* mDNS service types (RFC 6763); _ipp alone is also a PC that shares its printer. */
static const struct hint services[] = {
	{ "_pdl-datastream", "printer" },
	{ "_printer", "printer" },
	{ "_uscan", "printer" },
	{ "_rtsp", "camera" },
	{ "_axis-video", "camera" },
	{ "_apple-mobdev2", "phone" },
	{ "_adisk", "server" },
	{ "_nfs", "server" },
	{ "_workstation", "pc" },
	{ "_rfb", "pc" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool contains(const char *text, size_t len, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t at = 0; at + n <= len; at++)
		if (strncasecmp(text + at, needle, n) == 0)
			return true;
	return false;
}

static const char *find(
    const struct hint *hints, size_t count, const char *text, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (contains(text, len, hints[i].text))
			return hints[i].kind;
	return NULL;
}

const char *asset_kind_of_class(struct span c)
{
	return find(classes, COUNT(classes), (const char *)c.at, c.len);
}

const char *asset_kind_of_name(const char *name)
{
	return find(names, COUNT(names), name, strlen(name));
}

const char *asset_kind_of_vendor(const char *vendor)
{
	return find(vendors, COUNT(vendors), vendor, strlen(vendor));
}

const char *asset_kind_of_service(const char *service)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (strcasecmp(service, services[i].text) == 0)
			return services[i].kind;
	return NULL;
}

const char *asset_kind_text(const char *kind)
{
	static const char *const kinds[] = { "pc", "printer", "camera", "phone",
		"server", "router" };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return kinds[i];
	return "";
}

const char *asset_name_source(enum asset_name_rank rank)
{
	static const char *const sources[] = { "", "netbios", "mdns", "dhcp" };

	return sources[rank];
}
