/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/internal.h"

#include "lib/base/must.h"

#include <stdlib.h>

/* Every error in one table: the word for programs, the sentences for people. */
static const struct {
	const char *code;
	unsigned status;
	const char *ja, *en;
} errors[API_ERROR_MAX] = {
	[API_OK] = { "", 200, "", "" },
	[API_BAD] = { "bad", 400, "内容を読み取れませんでした。",
	    "The request is not understood." },
	[API_LOGIN] = { "login", 401, "ログインしてください。", "Please log in." },
	[API_CSRF] = { "csrf", 403, "画面を開き直してから、もう一度お試しください。",
	    "Please reload the page and try again." },
	[API_DENIED] = { "denied", 403, "この操作はできません。",
	    "You may not do this." },
	[API_MISSING] = { "missing", 404, "見つかりませんでした。",
	    "There is no such thing." },
	[API_NO_METHOD] = { "method", 405, "この操作はできません。",
	    "This cannot be done here." },
	[API_CONFLICT] = { "conflict", 409,
	    "ほかの操作と重なりました。画面を開き直してください。",
	    "Not possible in its present state. Please reload." },
	[API_LARGE] = { "large", 413, "送られた内容が大きすぎます。",
	    "What was sent is too large." },
	[API_SLOW] = { "slow", 429, "試した回数が多すぎます。しばらく待ってください。",
	    "Too many tries. Please wait a while." },
	[API_WRONG] = { "wrong", 401, "メールアドレスかパスワードが違います。",
	    "The mail address or the password is wrong." },
	[API_TOTP] = { "totp", 401, "認証アプリの6けたの数字を入れてください。",
	    "Please enter the six digits of your authenticator." },
	[API_BUSY] = { "busy", 503, "混み合っています。少し待ってください。",
	    "The centre is busy. Please wait a moment." },
	[API_BROKEN] = { "broken", 500,
	    "センター側で問題が起きました。時間をおいてお試しください。",
	    "Something went wrong at the centre. Please try later." },
};

void api_reply_fini(struct api_reply *a)
{
	json_decref(a->json);
	free(a->owned);
	a->json = NULL;
	a->owned = NULL;
}

const char *api_error_code(enum api_error e)
{
	must(e < API_ERROR_MAX);
	return errors[e].code;
}

unsigned api_error_status(enum api_error e)
{
	must(e < API_ERROR_MAX);
	return errors[e].status;
}

static json_t *said(const char *text, const char *detail)
{
	return detail ? json_sprintf("%s (%s)", text, detail) : json_string(text);
}

static void fail(
    struct api_reply *a, enum api_error error, const char *detail, unsigned seconds)
{
	must(error > API_OK && error < API_ERROR_MAX);
	unsigned allow = a->allow;
	api_reply_fini(a);
	*a = (struct api_reply){
		.status = errors[error].status, .retry_after_s = seconds, .allow = allow
	};
	json_t *body = json_pack("{s:s, s:o*, s:o*}", "code", errors[error].code,
	    "message_ja", said(errors[error].ja, detail), "message_en",
	    said(errors[error].en, detail));
	if (body && seconds)
		(void)json_object_set_new(body, "retry_after_s", json_integer(seconds));
	a->json = json_pack("{s:o}", "error", body);
}

void api_fail(struct api_reply *a, enum api_error error, const char *detail)
{
	fail(a, error, detail, 0);
}

void api_fail_later(struct api_reply *a, enum api_error error, unsigned seconds)
{
	fail(a, error, NULL, seconds ? seconds : 1);
}

void api_json(struct api_reply *a, unsigned status, json_t *json)
{
	if (!json) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	json_decref(a->json);
	a->status = status;
	a->json = json;
}

void api_fail_store(struct api_reply *a, int fail_code)
{
	must(fail_code < 0);
	switch (fail_code) {
	case FAIL_MISSING:
	case FAIL_DENIED:
		api_fail(a, API_MISSING, NULL);
		break;
	case FAIL_CONFLICT:
		api_fail(a, API_CONFLICT, NULL);
		break;
	case FAIL_BUSY:
		api_fail_later(a, API_BUSY, 2);
		break;
	default:
		api_fail(a, API_BROKEN, NULL);
	}
}
