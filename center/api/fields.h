/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/handlers.h"

/* What the topics' route tables are written with. */

#define API_ID_MAX INT64_MAX

#define FIELDS(...) ((const struct api_field[]){ __VA_ARGS__, { .name = NULL } })
#define NOTHING     ((const struct api_field[]){ { .name = NULL } })

#define Q_COMPANY                                                 \
	{                                                         \
		"company", API_T_INT, .min = 1, .max = API_ID_MAX \
	}
#define Q_TEXT                              \
	{                                   \
		"q", API_T_TEXT, .max = 100 \
	}
#define Q_BEFORE                                \
	{                                       \
		"before", API_T_TEXT, .max = 64 \
	}
#define Q_LIMIT                                          \
	{                                                \
		"limit", API_T_INT, .min = 1, .max = 200 \
	}

/* lib/record/causes.tbl; route_test.c holds them together. */
#define API_CAUSES                                                                             \
	"EXPLOIT|BACKDOOR|VIRUS_WEB|VIRUS_MAIL|UNSCANNABLE|DANGEROUS_SITE|OFF_BUSINESS_"       \
	"SITE|REMOTE_CONTROL|APPLICATION|NEW_MACHINE|SCANNER|SILENT|FLAPPING|DEFINITIONS_OLD|" \
	"GATE_SLOW|ONE_WAY|ONE_MACHINE|NO_LOCAL|CLOCK|KEY_TWICE|RECORDS_LOST|PROBE|OTHER"
/* center/incident/correlation.tbl, without the empty one. */
#define API_OUTCOMES "harmless|solved|mistaken|accepted|unclear|duplicate|drill"

/* The last row of a table. */
#define API_ROUTES_END     \
	{                  \
		.fn = NULL \
	}
