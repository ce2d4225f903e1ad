/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/ndpi/internal.h"

#include <ndpi/ndpi_api.h>
#include <string.h>

/* Those whose class is not that of nDPI's category. */
static const struct {
	uint16_t protocol;
	const char *app_class;
} by_name[] = {
	{ NDPI_PROTOCOL_TEAMVIEWER, "remote-control" },
	{ NDPI_PROTOCOL_ANYDESK, "remote-control" },
	{ NDPI_PROTOCOL_RDP, "remote-control" },
	{ NDPI_PROTOCOL_VNC, "remote-control" },
	{ NDPI_PROTOCOL_CITRIX, "remote-control" },
	{ NDPI_PROTOCOL_SSH, "remote-shell" },
	{ NDPI_PROTOCOL_TELNET, "remote-shell" },
	{ NDPI_PROTOCOL_BITTORRENT, "p2p" },
	{ NDPI_PROTOCOL_EDONKEY, "p2p" },
	{ NDPI_PROTOCOL_GNUTELLA, "p2p" },
	{ NDPI_PROTOCOL_DIRECTCONNECT, "p2p" },
	{ NDPI_PROTOCOL_APPLEJUICE, "p2p" },
	{ NDPI_PROTOCOL_FASTTRACK, "p2p" },
	{ NDPI_PROTOCOL_OPENFT, "p2p" },
	{ NDPI_PROTOCOL_SOPCAST, "p2p" },
	{ NDPI_PROTOCOL_THUNDER, "p2p" },
	{ NDPI_PROTOCOL_AIMINI, "p2p" },
	{ NDPI_PROTOCOL_STEALTHNET, "p2p" },
	{ NDPI_PROTOCOL_PPSTREAM, "p2p" },
	{ NDPI_PROTOCOL_TVUPLAYER, "p2p" },
	{ NDPI_PROTOCOL_TOR, "tor" },
	{ NDPI_PROTOCOL_MINING, "mining" },
	{ NDPI_PROTOCOL_OPENVPN, "vpn" },
	{ NDPI_PROTOCOL_WIREGUARD, "vpn" },
	{ NDPI_PROTOCOL_PPTP, "vpn" },
	{ NDPI_PROTOCOL_CISCOVPN, "vpn" },
	{ NDPI_PROTOCOL_TINC, "vpn" },
	{ NDPI_PROTOCOL_HOTSPOT_SHIELD, "vpn" },
	{ NDPI_PROTOCOL_FORTICLIENT, "vpn" },
	{ NDPI_PROTOCOL_ICLOUD_PRIVATE_RELAY, "vpn" },
	{ NDPI_PROTOCOL_DROPBOX, "cloud-storage" },
	{ NDPI_PROTOCOL_GOOGLE_DRIVE, "cloud-storage" },
	{ NDPI_PROTOCOL_MS_ONE_DRIVE, "cloud-storage" },
	{ NDPI_PROTOCOL_APPLE_ICLOUD, "cloud-storage" },
};

static const struct {
	ndpi_protocol_category_t category;
	const char *app_class;
} by_category[] = {
	{ NDPI_PROTOCOL_CATEGORY_VPN, "vpn" },
	{ NDPI_PROTOCOL_CATEGORY_SOCIAL_NETWORK, "social" },
	{ NDPI_PROTOCOL_CATEGORY_GAME, "game" },
	{ NDPI_PROTOCOL_CATEGORY_CHAT, "chat" },
	{ NDPI_PROTOCOL_CATEGORY_VOIP, "voip" },
	{ NDPI_PROTOCOL_CATEGORY_STREAMING, "video" },
	{ NDPI_PROTOCOL_CATEGORY_VIDEO, "video" },
	{ NDPI_PROTOCOL_CATEGORY_MUSIC, "music" },
	{ NDPI_PROTOCOL_CATEGORY_SHOPPING, "shopping" },
	{ NDPI_PROTOCOL_CATEGORY_FILE_SHARING, "cloud-storage" },
};

const char *app_ndpi_class(uint16_t protocol, unsigned category)
{
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++)
		if (by_name[i].protocol == protocol)
			return by_name[i].app_class;
	for (size_t i = 0; i < sizeof(by_category) / sizeof(by_category[0]); i++)
		if ((unsigned)by_category[i].category == category)
			return by_category[i].app_class;
	return NULL;
}

bool app_ndpi_is_told(const char *app_class)
{
	static const char *const told[] = { "remote-control", "p2p", "vpn", "tor",
		"mining" };

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(told[i], app_class) == 0)
			return true;
	return false;
}
