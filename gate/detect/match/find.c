/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/match/match.h"

#ifdef __SSE2__
#	include <emmintrin.h>
#endif

/*
 * memmem, also for either case.  Sixteen places are tried at once by the first and the last
 * byte of the needle; what is left of them is compared.
 */
static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
}

static bool same(const uint8_t *a, const uint8_t *b, size_t n, bool nocase)
{
	if (!nocase)
		return memcmp(a, b, n) == 0;
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != b[i])
			return false;
	return true;
}

static const uint8_t *find_slowly(
    const uint8_t *hay, size_t places, const uint8_t *needle, size_t n, bool nocase)
{
	uint8_t low = needle[0], up = nocase ? upper(low) : low;

	for (size_t i = 0; i < places; i++)
		if ((hay[i] == low || hay[i] == up) &&
		    same(hay + i + 1, needle + 1, n - 1, nocase))
			return hay + i;
	return NULL;
}

#ifdef __SSE2__
static __m128i equal_either(const uint8_t *at, __m128i a, __m128i b)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
	return _mm_or_si128(_mm_cmpeq_epi8(v, a), _mm_cmpeq_epi8(v, b));
}

static __m128i all(uint8_t c)
{
	return _mm_set1_epi8((char)c);
}

/* Whole groups of sixteen places; `*done` is how many places were tried. */
static const uint8_t *find_groups(const uint8_t *hay, size_t places,
    const uint8_t *needle, size_t n, bool nocase, size_t *done)
{
	uint8_t first = needle[0], last = needle[n - 1];
	__m128i f = all(first), fu = all(nocase ? upper(first) : first);
	__m128i l = all(last), lu = all(nocase ? upper(last) : last);
	size_t i = 0;

	for (; i + 16 <= places; i += 16) {
		__m128i hit = _mm_and_si128(
		    equal_either(hay + i, f, fu), equal_either(hay + i + n - 1, l, lu));
		unsigned bits = (unsigned)_mm_movemask_epi8(hit);
		for (; bits; bits &= bits - 1) {
			const uint8_t *p = hay + i + (unsigned)__builtin_ctz(bits);
			if (same(p, needle, n, nocase))
				return p;
		}
	}
	*done = i;
	return NULL;
}
#endif

const uint8_t *detect_match_find(const uint8_t *hay, size_t hay_len,
    const uint8_t *needle, size_t needle_len, bool nocase)
{
	size_t done = 0;

	if (needle_len == 0 || needle_len > hay_len)
		return NULL;
	size_t places = hay_len - needle_len + 1;
#ifdef __SSE2__
	const uint8_t *p = find_groups(hay, places, needle, needle_len, nocase, &done);
	if (p)
		return p;
#endif
	return find_slowly(hay + done, places - done, needle, needle_len, nocase);
}
