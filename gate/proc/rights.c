/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/proc/internal.h"
#include "lib/base/log.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int said(const char *id, const char *what)
{
	log_error(id, "%s: %s", what, strerror(errno));
	return FAIL_DENIED;
}

int proc_user_find(const struct settings *s, struct proc_user *u)
{
	const char *name = conf_text(s->conf, "user");

	*u = (struct proc_user){
		.change = geteuid() == 0, .uid = getuid(), .gid = getgid()
	};
	if (!u->change)
		return 0;
	struct passwd *pw = getpwnam(name);
	if (!pw && !conf_given(s->conf, "user")) {
		log_warn("G030",
		    "there is no user %s; nobody inspects instead. "
		    "adduser --system --group %s makes one",
		    name, name);
		pw = getpwnam("nobody");
	}
	if (!pw || pw->pw_uid == 0) {
		log_error(
		    "G031", "user = %s: there is no such user, or it is root", name);
		return FAIL_MISSING;
	}
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	return 0;
}

/* Makes `path` and what is above it. */
static int make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return FAIL_LIMIT;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, i == len ? 0750 : 0755) < 0 && errno != EEXIST)
			return said("G032", part);
	}
	return 0;
}

static int give(const char *path, const struct proc_user *u)
{
	if (make_folder(path) < 0)
		return FAIL_IO;
	if (u->change && chown(path, u->uid, u->gid) < 0)
		return said("G032", path);
	return 0;
}

/* Certificate and key were written by whoever enrolled the gate. */
static int give_files(const char *dir, const struct proc_user *u)
{
	static const char *const names[] = { "cert.pem", "key.pem", "ca.pem",
		"pins.json" };
	char path[PATH_MAX + 16];

	for (size_t i = 0; u->change && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (lchown(path, u->uid, u->gid) < 0 && errno != ENOENT)
			return said("G032", path);
	}
	return 0;
}

static int orders_path(const struct settings *s, char *path, size_t room)
{
	int len = snprintf(path, room, "%s/orders", conf_text(s->conf, "state.dir"));

	return len < 0 || (size_t)len >= room ? FAIL_LIMIT : 0;
}

int proc_folders(const struct settings *s, const struct proc_user *u)
{
	char path[PATH_MAX];

	if (give(conf_text(s->conf, "state.dir"), u) < 0)
		return FAIL_IO;
	if (!conf_given(s->conf, "centre.url"))
		return 0;
	settings_path(s, "spool.dir", "spool", path, sizeof(path));
	if (give(path, u) < 0)
		return FAIL_IO;
	if (orders_path(s, path, sizeof(path)) < 0 || give(path, u) < 0)
		return FAIL_IO;
	settings_path(s, "centre.dir", "centre", path, sizeof(path));
	return give(path, u) < 0 ? FAIL_IO : give_files(path, u);
}

/* No role needs these; a stranger who got in would. */
static const int forbidden[] = { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns),
	SCMP_SYS(unshare), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff),
	SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(userfaultfd), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
	SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(clock_settime),
	SCMP_SYS(settimeofday), SCMP_SYS(sethostname), SCMP_SYS(personality),
	SCMP_SYS(io_uring_setup) };

static int forbid_calls(enum proc_role role)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int fail = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; fail == 0 && i < sizeof(forbidden) / sizeof(forbidden[0]);
	     i++)
		/* A Suricata connects to the sensor's socket. */
		if (role != PROC_SENSOR || (forbidden[i] != SCMP_SYS(accept) &&
					       forbidden[i] != SCMP_SYS(accept4)))
			fail = seccomp_rule_add(
			    ctx, SCMP_ACT_ERRNO(EPERM), forbidden[i], 0);
	/* Inspect speaks to clamd and to nobody else; uplink never to the wire itself. */
	if (fail == 0 && (role == PROC_INSPECT || role == PROC_SENSOR))
		fail = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_NE, AF_UNIX));
	if (fail == 0 && role == PROC_UPLINK)
		fail = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, AF_PACKET));
	if (fail == 0)
		fail = seccomp_load(ctx);
	seccomp_release(ctx);
	errno = -fail;
	return fail ? said("G033", "the list of forbidden system calls") : 0;
}

static int drop_capabilities(const struct proc_user *u)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (u->change && capng_change_id((int)u->uid, (int)u->gid,
			     CAPNG_CLEAR_BOUNDING | CAPNG_DROP_SUPP_GRP) < 0)
		return said("G034", "becoming another user");
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return said("G034", "giving up capabilities");
	return 0;
}

int proc_stay_with_monitor(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0)
		return said("G034", "ending with the monitor");
	return proc_monitor && getppid() != proc_monitor ? FAIL_DENIED : 0;
}

int proc_drop(enum proc_role role, const struct proc_user *u)
{
	if (drop_capabilities(u) < 0)
		return FAIL_DENIED;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return said("G034", "no_new_privs");
	/* Becoming another user took it away: prctl(2). */
	if (proc_stay_with_monitor() < 0)
		return FAIL_DENIED;
	if (u->change && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return said("G034", "not dumpable");
	return forbid_calls(role);
}
