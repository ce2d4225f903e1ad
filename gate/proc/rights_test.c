/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/proc/internal.h"

#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

pid_t proc_monitor;

void settings_path(const struct settings *s, const char *key, const char *name,
    char *path, size_t room)
{
	(void)s;
	(void)key;
	snprintf(path, room, "/nonexistent/%s", name);
}

/* In a child that gave up its rights; the bits of what it could still do. */
static int what_is_left(enum proc_role role)
{
	struct proc_user user = {
		.change = geteuid() == 0, .uid = NOBODY, .gid = NOBODY
	};
	char *none[] = { NULL };
	int signal = 0, left = 0;

	if (proc_drop(role, &user) < 0)
		return 1;
	prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0);
	left |= (signal != SIGTERM) << 1;
	left |= (execve("/bin/true", none, none) == 0 || errno != EPERM) << 2;
	left |= (setuid(0) == 0) << 3;
	left |= (open("/etc/shadow", O_RDONLY) >= 0) << 4;
	left |= (socket(AF_PACKET, SOCK_RAW, 0) >= 0) << 5;
	left |= (role == PROC_INSPECT && socket(AF_INET, SOCK_STREAM, 0) >= 0) << 6;
	return left;
}

static int in_child(enum proc_role role)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(what_is_left(role));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void rights_are_gone(void)
{
	check_eq(in_child(PROC_INSPECT), 0);
	check_eq(in_child(PROC_UPLINK), 0);
}

CHECK_MAIN(rights_are_gone)
