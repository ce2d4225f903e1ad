/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

/* "TCP", "UDP", "IPv6-ICMP" or the number, as EVE writes it; `text` ≥ 8. */
const char *event_proto_name(uint8_t proto, char *text);
