/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/renew/renew.h"
#include "gate/settings.h"

/* inspect does what the centre ordered (gate/renew), between two packets.
 *
 * Borrows: settings and worker, until proc_obey_close().
 * Threads: the one that carries packets.
 * Serves:  fleet: containment, exceptions, settings */
struct proc_obey;

struct proc_obey *proc_obey_open(struct settings *s, struct worker *w)
    __attribute__((malloc));
void proc_obey_close(struct proc_obey *o);
/* Is there something new? */
bool proc_obey_changed(struct proc_obey *o);
/* Does what holds now.  True: settings changed, the rules are to be built anew. */
bool proc_obey_look(struct proc_obey *o);
/* The bundle's rules could not be used: what ran before runs on. */
void proc_obey_unfit(struct proc_obey *o, const char *why);
bool proc_obey_has_bundle(const struct proc_obey *o);
/* Tells how it stands. */
void proc_obey_answer(struct proc_obey *o, const struct engine_report *rules);
