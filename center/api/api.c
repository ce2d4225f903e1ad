/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/http/http.h"
#include "center/api/internal.h"
#include "center/api/login/login.h"
#include "center/notify/notify.h"

#include "lib/base/log.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <stdlib.h>

static const struct notify_conf nobody = { .from = "otasuke@localhost" };

struct api *api_new(const struct api_conf *conf, struct store *store)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api)
		return NULL;
	api->store = store;
	api->ca = conf->ca;
	api->keys = conf->keys;
	api->oidc = conf->oidc;
	api->notify = conf->notify ? conf->notify : &nobody;
	if (sodium_init() < 0 || oath_init() != OATH_OK) {
		log_error("C301", "the libraries for passwords and codes do not start");
		goto fail;
	}
	if (conf->demo_maildir && !(api->demo_maildir = strdup(conf->demo_maildir)))
		goto fail;
	if (conf->proxy && !(api->proxy = strdup(conf->proxy)))
		goto fail;
	if (conf->portal_dir && !(api->files = api_http_files_open(conf->portal_dir)))
		goto fail;
	return api;
fail:
	api_free(api);
	return NULL;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	api_http_files_close(api->files);
	free(api->demo_maildir);
	free(api->proxy);
	free(api);
}

struct api *api_start(const struct api_conf *conf, struct store *store)
{
	struct api *api = api_new(conf, store);

	if (!api)
		return NULL;
	api->http = api_http_open(conf, api);
	if (!api->http) {
		api_free(api);
		return NULL;
	}
	return api;
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	api_http_close(api->http);
	api_free(api);
}

unsigned api_port(const struct api *api)
{
	return api_http_port(api->http);
}
