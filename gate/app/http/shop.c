/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/internal.h"

#include <stdlib.h>

#define INFLATE_MAX_US  100000u /* spent on one body before libhtp gives up on it */
#define LZMA_MEMORY_MAX (1u << 20)
#define LINE_SOFT_MAX   9000u /* from here a line is told as too long */

struct app_http_shop {
	htp_cfg_t *cfg;
};

static void register_hooks(htp_cfg_t *cfg)
{
	htp_config_register_log(cfg, http_on_log);
	htp_config_register_request_start(cfg, http_on_request_start);
	htp_config_register_request_line(cfg, http_on_request_line);
	htp_config_register_request_header_data(cfg, http_on_request_header_bytes);
	htp_config_register_request_headers(cfg, http_on_request_headers);
	htp_config_register_request_body_data(cfg, http_on_request_body);
	htp_config_register_request_trailer(cfg, http_on_request_trailer);
	htp_config_register_request_complete(cfg, http_on_request_done);
	htp_config_register_response_start(cfg, http_on_response_start);
	htp_config_register_response_line(cfg, http_on_response_line);
	htp_config_register_response_header_data(cfg, http_on_response_header_bytes);
	htp_config_register_response_headers(cfg, http_on_response_headers);
	htp_config_register_response_body_data(cfg, http_on_response_body);
	htp_config_register_response_trailer(cfg, http_on_response_trailer);
	htp_config_register_response_complete(cfg, http_on_response_done);
	htp_config_register_transaction_complete(cfg, http_on_both_done);
}

/* As the Suricata rules of the world expect: undo every trick in the path, but keep the
 * case of letters and the plus sign. */
static void set_normalising(htp_cfg_t *cfg)
{
	htp_config_set_server_personality(cfg, HTP_SERVER_IDS);
	htp_config_set_convert_lowercase(cfg, HTP_DECODER_URL_PATH, 0);
	htp_config_set_plusspace_decode(cfg, HTP_DECODER_URLENCODED, 0);
	htp_config_set_allow_space_uri(cfg, 1);
	htp_config_set_parse_request_auth(cfg, 1);
}

static void set_limits(htp_cfg_t *cfg, const struct app_conf *conf)
{
	htp_config_set_field_limits(cfg, LINE_SOFT_MAX, APP_HTTP_LINE_MAX);
	htp_config_set_number_headers_limit(cfg, APP_HTTP_HEADERS_MAX);
	htp_config_set_request_decompression(cfg, 1);
	htp_config_set_response_decompression_layer_limit(
	    cfg, conf->http_layers_max ? conf->http_layers_max : APP_HTTP_LAYERS_MAX);
	htp_config_set_lzma_layers(cfg, conf->http_lzma); /* no browser asks for it */
	htp_config_set_lzma_memlimit(cfg, LZMA_MEMORY_MAX);
	htp_config_set_compression_bomb_limit(cfg, APP_HTTP_BOMB_MAX);
	htp_config_set_compression_time_limit(cfg, INFLATE_MAX_US);
	htp_config_set_log_level(cfg, HTP_LOG_WARNING);
	htp_config_set_tx_auto_destroy(cfg, 1);
}

struct app_http_shop *app_http_shop_new(const struct app_conf *conf)
{
	struct app_http_shop *shop = calloc(1, sizeof(*shop));

	if (!shop)
		return NULL;
	shop->cfg = htp_config_create();
	if (!shop->cfg) {
		free(shop);
		return NULL;
	}
	set_normalising(shop->cfg);
	set_limits(shop->cfg, conf);
	register_hooks(shop->cfg);
	if (conf->http_double_decode_path || conf->http_double_decode_query)
		htp_config_register_request_uri_normalize(shop->cfg, http_on_uri);
	return shop;
}

void app_http_shop_free(struct app_http_shop *shop)
{
	if (!shop)
		return;
	htp_config_destroy(shop->cfg);
	free(shop);
}

htp_cfg_t *http_shop_config(struct app_http_shop *shop)
{
	return shop->cfg;
}
