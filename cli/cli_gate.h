/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/cli.h"

/* The part of `otasuke gate` that gives orders (cmd_gate_order.c). */
struct cli_gate_words {
	const char *reason, *minutes, *days;
};

bool cli_gate_is_order(const char *verb);
/* `words`: verb and what stands behind it, four at most, "" where there is none. */
int cli_gate_order(
    const char *const *words, int n, const struct cli_gate_words *w, const char *data);
