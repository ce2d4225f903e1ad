/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/ingest/ingest.h"

/* What the files of this folder share. */

#define INGEST_SUM_ROOM 65u /* SHA-256 as hex */

void ingest_sum(struct span bytes, char sum[INGEST_SUM_ROOM]);
