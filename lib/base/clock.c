/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/clock.h"

#include "lib/base/fail.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t clock_fixed_us;

/* What the file of clock_follow() holds, shared with whoever writes it. */
struct clock_story {
	_Atomic int64_t now_us, monotonic_us, ticked_us;
};

static struct clock_story *story; /* set once, before there are threads */

static int64_t read_clock(clockid_t which)
{
	struct timespec ts;

	clock_gettime(which, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	int64_t fixed = atomic_load_explicit(&clock_fixed_us, memory_order_relaxed);

	if (story)
		return atomic_load(&story->now_us);
	return fixed ? fixed : read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return story ? atomic_load(&story->monotonic_us) : read_clock(CLOCK_MONOTONIC);
}

int64_t clock_real_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int clock_follow(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	void *at = MAP_FAILED;

	if (fd < 0)
		return FAIL_IO;
	bool ours = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_uid == geteuid() && st.st_size == sizeof(*story);
	if (ours)
		at = mmap(
		    NULL, sizeof(*story), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return ours ? FAIL_IO : FAIL_FORMAT;
	story = at;
	return 0;
}

bool clock_is_story(void)
{
	return story != NULL;
}

void clock_ticked(int64_t monotonic_us)
{
	if (story)
		atomic_store(&story->ticked_us, monotonic_us);
}

void clock_set_us(int64_t us)
{
	atomic_store(&clock_fixed_us, us);
}

void clock_format(int64_t us, char *text, size_t room)
{
	time_t s = (time_t)(us / 1000000);
	char day[32], zone[8];
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, room, "%s.%06d%s", day, (int)(us % 1000000), zone);
}

static int parse_fraction(const char **at)
{
	int us = 0, digits = 0;

	if (**at != '.')
		return 0;
	for (++*at; **at >= '0' && **at <= '9'; ++*at)
		if (digits < 6) {
			us = us * 10 + (**at - '0');
			digits++;
		}
	while (digits++ < 6)
		us *= 10;
	return us;
}

static int parse_zone(const char *at, int *seconds)
{
	int hours, minutes;

	*seconds = 0;
	if (strcmp(at, "Z") == 0)
		return 0;
	if (*at != '+' && *at != '-')
		return FAIL_FORMAT;
	if (sscanf(at + 1, "%2d%2d", &hours, &minutes) != 2 &&
	    sscanf(at + 1, "%2d:%2d", &hours, &minutes) != 2)
		return FAIL_FORMAT;
	*seconds = (hours * 60 + minutes) * 60 * (*at == '-' ? -1 : 1);
	return 0;
}

int clock_parse(const char *text, int64_t *us)
{
	struct tm tm = { 0 };
	const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int zone_s;

	if (!at)
		return FAIL_FORMAT;
	int fraction_us = parse_fraction(&at);
	if (parse_zone(at, &zone_s) < 0)
		return FAIL_FORMAT;
	*us = ((int64_t)timegm(&tm) - zone_s) * 1000000 + fraction_us;
	return 0;
}
