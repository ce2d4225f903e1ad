/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The class of nDPI's protocol number, with its category for what is not listed by name;
 * static text, or NULL. */
const char *app_ndpi_class(uint16_t protocol, unsigned category);
/* Is a flow of that class worth a finding? */
bool app_ndpi_is_told(const char *app_class);
