/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What becomes of a packet. */
enum verdict {
	VERDICT_PASS,
	VERDICT_DROP,
	VERDICT_REJECT, /* drop, and capture resets both sides */
};
