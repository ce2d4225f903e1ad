/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdio.h>
#include <string.h>

/* The whole unit test library: named functions, TAP on stdout.  A crash is left alone so
 * that the sanitizers and the core dump can speak; meson reports the signal. */
static int check_broken;

#define check(cond)                        \
	((cond) ? (void)0                  \
		: (void)(check_broken = 1, \
		      printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond)))

#define check_eq(got, want)                                                            \
	do {                                                                           \
		long long got_ = (long long)(got), want_ = (long long)(want);          \
		if (got_ != want_) {                                                   \
			check_broken = 1;                                              \
			printf("# %s:%d: %s is %lld, want %lld\n", __FILE__, __LINE__, \
			    #got, got_, want_);                                        \
		}                                                                      \
	} while (0)

#define check_text(got, want)                                                       \
	do {                                                                           \
		const char *gt_ = (got), *wt_ = (want);                                \
		if (!gt_ || strcmp(gt_, wt_) != 0) {                                   \
			check_broken = 1;                                              \
			printf("# %s:%d: %s is \"%s\", want \"%s\"\n", __FILE__,        \
			    __LINE__, #got, gt_ ? gt_ : "(null)", wt_);                 \
		}                                                                      \
	} while (0)

struct check_case {
	void (*fn)(void);
};

static inline int check_run(const struct check_case *cases, size_t n, const char *names)
{
	int failures = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		size_t len = 0;
		while (names[len] && names[len] != ',')
			len++;
		check_broken = 0;
		cases[i].fn();
		failures += check_broken;
		printf("%s %zu - %.*s\n", check_broken ? "not ok" : "ok", i + 1,
		    (int)len, names);
		names += len;
		while (*names == ',' || *names == ' ')
			names++;
	}
	return failures != 0;
}

#define CHECK_MAIN(...)                                                              \
	int main(void)                                                               \
	{                                                                            \
		static void (*const fns[])(void) = { __VA_ARGS__ };                  \
		struct check_case cases[sizeof(fns) / sizeof(fns[0])];               \
		for (size_t i = 0; i < sizeof(fns) / sizeof(fns[0]); i++)            \
			cases[i].fn = fns[i];                                        \
		return check_run(cases, sizeof(fns) / sizeof(fns[0]), #__VA_ARGS__); \
	}
