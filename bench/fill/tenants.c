/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/fill/fill.h"

#include <stdio.h>

static const char *const trades[] = { "ねじ製作所", "食品", "建設", "印刷", "運輸",
	"商店", "電機", "縫製", "塗装", "旅館" };
static const char *const places[] = { "青葉", "若松", "緑川", "東山", "清水", "中島",
	"松原", "桜井", "大浜", "三笠" };

static int add_company(struct store_db *db, uint32_t n, int64_t now_us)
{
	char name[120], mail[64];

	snprintf(name, sizeof(name), "%s%s %u（見本）", places[n % 10],
	    trades[n / 10 % 10], n);
	snprintf(mail, sizeof(mail), "c%u@sample.example", n);
	int err = store_exec(db,
	    "INSERT INTO company (id, chamber_id, name, sample, created_us) VALUES "
	    "(?, 1, ?, 1, ?)",
	    STORE_ARGS(STORE_INT(n), STORE_TEXT(name), STORE_INT(now_us)));
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO contact (chamber_id, company_id, channel, address, "
		    "created_us) VALUES (1, ?, 'mail', ?, ?)",
		    STORE_ARGS(STORE_INT(n), STORE_TEXT(mail), STORE_INT(now_us)));
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO site (id, company_id, name) VALUES (?, ?, '本社')",
		    STORE_ARGS(STORE_INT(n), STORE_INT(n)));
	return err;
}

static int add_gate(
    struct store_db *db, uint32_t gate, uint32_t company, int64_t now_us)
{
	char name[32], print[32];

	snprintf(name, sizeof(name), "gate-%u", gate);
	snprintf(print, sizeof(print), "sample-%u", gate);
	return store_exec(db,
	    "INSERT INTO gate (id, company_id, site_id, name, fingerprint, enrolled_us, "
	    "seen_us, state) VALUES (?, ?, ?, ?, ?, ?, ?, "
	    "'{\"version\":\"0.1\",\"mode\":\"protect\",\"rules\":35890,\"scanner\":\"up\"}')",
	    STORE_ARGS(STORE_INT(gate), STORE_INT(company), STORE_INT(company),
		STORE_TEXT(name), STORE_TEXT(print), STORE_INT(now_us),
		STORE_INT(now_us)));
}

static int fill(struct store_db *db, void *arg)
{
	const struct fill_plan *p = arg;
	uint32_t company = 0;
	int err = store_script(db,
	    "INSERT INTO chamber (id, name, desk_name, desk_phone, desk_mail) VALUES "
	    "(1, '見本商工会議所', '相談窓口', '06-0000-0000', 'desk@chamber.example')");

	for (uint32_t gate = 1; gate <= p->gates && err == 0; gate++) {
		if (gate % 11 != 0 || company == 0)
			err = add_company(db, ++company, p->end_us);
		if (err == 0)
			err = add_gate(db, gate, company, p->end_us);
	}
	if (err == 0)
		err = store_settle_ids(db);
	return err < 0 ? err : (int)company;
}

int fill_tenants(struct store *s, const struct fill_plan *p)
{
	struct fill_plan copy = *p;

	return store_write(s, fill, &copy);
}
