/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "center/api/login/webauthn.h"
#include "lib/base/must.h"

#include <string.h>

/* First byte: what the rest is.  Invariants: client data that is taken answers some
 * challenge; a passkey that is taken has an id and a key within their limits; nobody signs
 * with a key that nobody has. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct api_webauthn_site site;
	struct api_webauthn_key key;
	char challenge[WEBAUTHN_CHALLENGE_MAX];
	uint32_t counter;

	must(api_webauthn_site("https://portal.example", &site));
	if (size == 0)
		return 0;
	struct span rest = { data + 1, size - 1 };
	if (data[0] == 'c') {
		int err = api_webauthn_client(rest, "webauthn.get", &site, challenge);
		must(err == 0 || (err == FAIL_FORMAT && challenge[0] == '\0'));
	} else if (data[0] == 'n') {
		if (api_webauthn_new(rest, &site, &key) == 0)
			must(key.id_len > 0 && key.id_len <= WEBAUTHN_ID_MAX &&
			     key.key_len > 0 && key.key_len <= WEBAUTHN_KEY_MAX);
	} else if (rest.len > 40) {
		memset(&key, 1, sizeof(key));
		key.kind = -7;
		key.key_len = 64;
		must(api_webauthn_check(&key, rest, (struct span){ rest.at, 37 },
			 (struct span){ rest.at + 37, rest.len - 37 }, &site,
			 &counter) < 0);
	}
	return 0;
}
