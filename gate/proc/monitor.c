/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/proc/proc.h"

#include "gate/proc/internal.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MOST_S  30
#define GOOD_LIFE_US 60000000 /* who lived so long begins again without waiting */
#define END_PATIENCE 100      /* tenths of a second until a child is killed */
#define NEVER        INT64_MAX

struct child {
	const char *name;
	int (*body)(struct settings *s, const struct proc_user *user);
	pid_t pid; /* 0: not running */
	int64_t started_us, again_us;
	unsigned wait_s;
};

volatile sig_atomic_t proc_stop, proc_again;
pid_t proc_monitor;

static void on_signal(int signal)
{
	if (signal == SIGHUP)
		proc_again = 1;
	else if (signal != SIGCHLD)
		proc_stop = 1;
}

static void catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGCHLD, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void start(struct child *c, struct settings *s, const struct proc_user *user)
{
	pid_t pid = fork();

	if (pid < 0) {
		log_error("G035", "cannot start %s: %s", c->name, strerror(errno));
		c->again_us = clock_now_us() + WAIT_MOST_S * 1000000LL;
		return;
	}
	if (pid == 0) {
		prctl(PR_SET_NAME, c->name, 0, 0, 0);
		_exit(proc_stay_with_monitor() == 0 ? c->body(s, user) : 0);
	}
	c->pid = pid;
	c->started_us = clock_now_us();
	c->again_us = NEVER;
}

static void tell_end(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		log_error("G036", "%s was ended by signal %d; again in %u s", c->name,
		    WTERMSIG(status), c->wait_s);
	else
		log_error("G036", "%s ended with status %d; again in %u s", c->name,
		    WEXITSTATUS(status), c->wait_s);
}

static void ended(struct child *c, int status)
{
	int64_t now = clock_now_us();

	if (now - c->started_us > GOOD_LIFE_US)
		c->wait_s = 0;
	tell_end(c, status);
	c->pid = 0;
	c->again_us = now + (int64_t)c->wait_s * 1000000;
	c->wait_s = c->wait_s ? 2 * c->wait_s : 1;
	if (c->wait_s > WAIT_MOST_S)
		c->wait_s = WAIT_MOST_S;
}

static void collect(struct child *children, unsigned count)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < count; i++)
			if (children[i].pid == pid)
				ended(&children[i], status);
}

static void signal_all(const struct child *children, unsigned count, int signal)
{
	for (unsigned i = 0; i < count; i++)
		if (children[i].pid)
			kill(children[i].pid, signal);
}

static unsigned alive(const struct child *children, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
		n += children[i].pid != 0 &&
		     waitpid(children[i].pid, NULL, WNOHANG) == 0;
	return n;
}

static void end_all(struct child *children, unsigned count)
{
	struct timespec tenth = { .tv_nsec = 100000000 };

	signal_all(children, count, SIGTERM);
	for (int i = 0; i < END_PATIENCE && alive(children, count); i++)
		nanosleep(&tenth, NULL);
	signal_all(children, count, SIGKILL);
}

/* Sleeps until a signal, at most a second. */
static void watch(struct child *children, unsigned count, struct settings *s,
    const struct proc_user *user)
{
	struct timespec second = { .tv_sec = 1 };

	nanosleep(&second, NULL);
	collect(children, count);
	if (proc_again) {
		proc_again = 0;
		signal_all(children, count, SIGHUP);
	}
	for (unsigned i = 0; i < count && !proc_stop; i++)
		if (!children[i].pid && clock_now_us() >= children[i].again_us)
			start(&children[i], s, user);
}

static int run(struct settings *s, struct child *children, unsigned count)
{
	struct proc_user user;

	if (proc_user_find(s, &user) < 0 || proc_folders(s, &user) < 0)
		return FAIL_DENIED;
	proc_monitor = getpid();
	catch_signals();
	for (unsigned i = 0; i < count; i++)
		start(&children[i], s, &user);
	while (!proc_stop)
		watch(children, count, s, &user);
	end_all(children, count);
	return 0;
}

int proc_run(struct settings *s)
{
	struct child children[] = {
		{ .name = "gate-inspect", .body = proc_inspect },
		{ .name = "gate-uplink", .body = proc_uplink },
		{ .name = "gate-control", .body = proc_control },
	};

	return run(s, children,
	    proc_obeys(s)                       ? 3
	    : conf_given(s->conf, "centre.url") ? 2
						: 1);
}

int proc_run_sensor(struct settings *s)
{
	struct child children[] = {
		{ .name = "gate-sensor", .body = proc_sensor },
		{ .name = "gate-uplink", .body = proc_uplink },
	};

	return run(s, children, 2);
}
