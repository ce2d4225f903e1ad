/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/handlers.h"

/* What the two files of this folder share. */

/* The contact `id` in this scope as JSON, NULL when it is not there (*err says why). */
json_t *api_contacts_one(
    struct api_request *q, struct store_db *db, int64_t id, int *err);
