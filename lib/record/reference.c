/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prints docs/reference/records.md from the tables. */
#include "lib/record/record.h"

#include <stdio.h>

static const struct {
	const char *eve, *flags, *ja, *en;
} kinds[] = {

#define RECORD_KIND(id, eve, flags, ja, en) { eve, flags, ja, en },
#define RECORD_FIELD(id, path, type, kinds, doc)
#include "lib/record/record.tbl"
};

static const struct {
	const char *path, *type, *kinds, *doc;
} fields[] = {

#define RECORD_KIND(id, eve, flags, ja, en)
#define RECORD_FIELD(id, path, type, kinds, doc) { path, #type, kinds, doc },
#include "lib/record/record.tbl"
};

static const struct {
	const char *classtype, *outbound, *inbound;
} classes[] = {

#define RECORD_CAUSE(id, stopped, passed, ja, en)
#define RECORD_SAY(id, lang, what, why, act)
#define RECORD_CLASS(classtype, out_cause, in_cause) \
	{ classtype, #out_cause, #in_cause },
#include "lib/record/causes.tbl"
};

static const char *type_word(const char *type)
{
	static const char *const words[][2] = { { "INT", "number" }, { "TEXT", "text" },
		{ "ADDR", "address" }, { "TIME", "time" }, { "BOOL", "true/false" },
		{ "JSON", "object or list" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], type) == 0)
			return words[i][1];
	return type;
}

static void print_kinds(void)
{
	printf("## Kinds\n\n"
	       "| event_type | 日本語 | what it says | goes to the centre |\n"
	       "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < RECORD_KIND_MAX; i++)
		printf("| `%s` | %s | %s | %s |\n", kinds[i].eve, kinds[i].ja,
		    kinds[i].en,
		    kinds[i].flags[1] == 'T' ? "yes" : "no, it stays on the gate");
}

static void print_carriers(const char *letters)
{
	const char *comma = "";

	if (letters[0] == '*') {
		printf("any");
		return;
	}
	for (size_t k = 0; k < RECORD_KIND_MAX; k++)
		if (strchr(letters, kinds[k].flags[0])) {
			printf("%s%s", comma, kinds[k].eve);
			comma = ", ";
		}
}

static void print_fields(void)
{
	printf("\n## Fields\n\n"
	       "| field | type | in | what it says |\n"
	       "| --- | --- | --- | --- |\n");
	for (size_t f = 0; f < RECORD_FIELD_MAX; f++) {
		printf("| `%s` | %s | ", fields[f].path, type_word(fields[f].type));
		print_carriers(fields[f].kinds);
		printf(" | %s |\n", fields[f].doc);
	}
}

static void print_causes(void)
{
	printf("\n## Causes\n\n"
	       "| otasuke.cause | 日本語 | English | when stopped | when it passed |\n"
	       "| --- | --- | --- | --- | --- |\n");
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		printf("| `%s` | %s | %s | %s | %s |\n", record_cause_id(c),
		    record_cause_title(c, RECORD_JA), record_cause_title(c, RECORD_EN),
		    record_severity_name(record_cause_severity(c, true), RECORD_JA),
		    record_severity_name(record_cause_severity(c, false), RECORD_JA));
	printf("\n## From classtype to cause\n\n"
	       "| classtype | from inside | from outside |\n"
	       "| --- | --- | --- |\n");
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		printf("| `%s` | %s | %s |\n", classes[i].classtype,
		    classes[i].outbound, classes[i].inbound);
}

int main(void)
{
	printf(
	    "# Records\n\n"
	    "<!-- Written by record-reference from lib/record/record.tbl and causes.tbl;\n"
	    "     do not edit. -->\n\n"
	    "A record is one line of EVE JSON.  A text holds at most %u bytes, a record "
	    "%u;\na text with bytes that are not UTF-8, or with NUL, has them written as "
	    "`\\xNN`.\n\n",
	    RECORD_TEXT_MAX, RECORD_JSON_MAX);
	print_kinds();
	print_fields();
	print_causes();
	return 0;
}
