/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "center/api/login/jwt.h"
#include "lib/base/must.h"

#include <stdlib.h>
#include <string.h>

/* A line of keys, then a token.  Invariant: there are claims exactly when it holds, and then
 * they are for us, from whom we asked, with our nonce. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct api_jwt_want want = { "https://login.example", "otasuke", "nonce",
		1800000000 };
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	char *token;
	json_t *keys, *claims;

	if (!end)
		return 0;
	token = strndup((const char *)end + 1, size - (size_t)(end - data) - 1);
	keys = json_loadb((const char *)data, (size_t)(end - data), 0, NULL);
	must(token != NULL);
	int err = api_jwt_check(token, keys, &want, &claims);
	must((err == 0) == (claims != NULL));
	if (claims) {
		must(strcmp(json_string_value(json_object_get(claims, "iss")),
			 want.issuer) == 0);
		must(strcmp(json_string_value(json_object_get(claims, "nonce")),
			 want.nonce) == 0);
	}
	json_decref(claims);
	json_decref(keys);
	free(token);
	return 0;
}
