/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * What a function returns when the world failed (disk, network, database, a file that a
 * person wrote).  0 is success.  Whoever notices first says it once through log_error() or
 * into the caller's text; callers add nothing and pass the code on.
 * Hostile traffic is not a failure: it is a finding (gate/finding.h).
 */
enum fail {
	FAIL_NONE = 0,
	FAIL_IO = -1,       /* the system call failed; errno was reported */
	FAIL_MEMORY = -2,   /* no memory, or a container's maximum was reached */
	FAIL_FORMAT = -3,   /* bytes are not what they should be */
	FAIL_LIMIT = -4,    /* a named limit was exceeded */
	FAIL_DENIED = -5,   /* not allowed: wrong key, revoked, foreign tenant */
	FAIL_MISSING = -6,  /* the thing asked for does not exist */
	FAIL_CONFLICT = -7, /* exists already, or somebody else was first */
	FAIL_BUSY = -8,     /* try again later */
	FAIL_PEER = -9,     /* the other side misbehaved or is away */
};

#define must_use __attribute__((warn_unused_result))
