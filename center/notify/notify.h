/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/incident.h"
#include "center/store/store.h"

/* Tour 18: Three sentences to a person.
 *
 * Tells people what happened: one first notice per incident and contact, one more when 注意
 * turned into 緊急 after the first was out, one more each time that it came back in 様子見, and
 * whatever else somebody plans (notify_add).
 *
 * A notice is a row before it leaves: planned in the transaction of its events, marked
 * "sending" before a try and "sent" after the other side took it.  A centre that dies in
 * between tries again under the same name (Message-ID, Idempotency-Key): a notice is never
 * lost, and is doubled only where the other side itself cannot say whether it arrived
 * (RFC 5321 section 6.1).
 *
 * Who is told when: plan.c.  How it leaves: a channel (channel/channel.h) for each of mail,
 * webhook, sms, voice, line, fax.  How much is too much: flood.c.  What comes back: bounce/.
 * Who stands in for a contact that cannot be reached: contact.c.
 *
 * Owns:    the sender's thread and connections.
 * Borrows: store and configuration, from notify_start() to notify_stop().
 * Threads: notify_plan(), notify_add() and all that take a store_db the writer's; the others
 *          say so.
 * Limits:  NOTIFY_RECIPIENTS_MAX contacts a company are told of one incident; tries for
 *          NOTIFY_GIVE_UP_S, then `failed`; the policy of flood.c, beyond it one summary.
 * Serves:  002-19 (緊急 within 15 min, 注意 within 60; never a flood), 001-13 (FAX). */
#define NOTIFY_RECIPIENTS_MAX 10u
#define NOTIFY_GIVE_UP_S      (3u * 24u * 3600u)
#define NOTIFY_ADDRESS_MAX    254u /* RFC 5321 section 4.5.3.1.3 */
#define NOTIFY_SMTP_S         60   /* a try of any channel ends by then */

/* The policy of a chamber that has no row in notify_policy. */
#define NOTIFY_RECIPIENT_HOUR        10
#define NOTIFY_RECIPIENT_HOUR_URGENT 20
#define NOTIFY_COMPANY_DAY           100
#define NOTIFY_COMPANY_DAY_URGENT    200

/* A gateway for SMS or telephone that is spoken to by one HTTP request.  {to} {text} {id}
 * {secret} stand in url, headers and body and are escaped for their place. */
struct notify_gateway {
	const char *url;     /* NULL: there is none */
	const char *method;  /* NULL: POST */
	const char *headers; /* "Name: value" with | between; NULL: none */
	const char *body;    /* NULL: none */
	const char *type;    /* of the body: json (NULL), form, text */
	const char *secret;
	const char
	    *ok_json; /* JSON pointer (RFC 6901) that must be there, "/x=ok" with a
				value; NULL: any 2xx will do */
	const char
	    *ok_text;   /* extended regular expression the answer must match; NULL */
	unsigned parts; /* SMS: parts of 70 (67 when several) UCS-2 characters; 0 = 1 */
};

struct notify_conf {
	const char
	    *portal_url; /* "https://portal.example", no slash at the end; NULL: none */
	const char *from; /* address */
	const char *from_name_ja,
	    *from_name_en; /* NULL: 見守りセンター, Otasuke centre */
	unsigned
	    caution_delay_s;  /* 注意 waits this long: most of them come in groups */
	const char *smtp_url; /* smtp://host:port, smtps://…; NULL: mail waits */
	const char *smtp_user, *smtp_password; /* NULL: no login */
	/* "none", "try" (NULL; with a login "require"), "require" */
	const char *smtp_tls;
	unsigned retry_s; /* first pause after a failed try, doubled each time up to
				     an hour; 0 = 10 */
	/* Where bounces go: "bounces@centre.example", as bounces+NAME@ with the notice's
	 * name; NULL: `from`, and bounces are not recognised. */
	const char *bounce;
	const char *bounce_maildir; /* looked through for them; NULL: none */
	/* Which of several centre processes this is: it takes up its own tries after a crash
	 * at once, those of others when their time is over.  NULL: "". */
	const char *self;
	bool private_ok;        /* webhooks may be plain HTTP and in private networks */
	const char *ca_file;    /* PEM; NULL: the system's */
	unsigned webhook_off_s; /* failing this long turns a webhook off; 0 = 3 days */
	struct notify_gateway sms, voice;
	const char *line_token; /* NULL: LINE is off */
	const char *line_url;   /* NULL: https://api.line.me */
	unsigned line_month;    /* messages a month; 0 = 200 */
	unsigned line_reserve;  /* of them, kept for 緊急 */
	const char *fax_dir;    /* PDFs are put there; NULL … */
	const char *fax_mail; /* … or mailed: "{to}@fax.example"; both NULL: no FAX */
};

/* Does this round change anything that people are told: opened, worse, or back while it was
 * being watched? */
bool notify_is_news(const struct incident *i);
/* Writer: all that follows for people: the company's notices, and the ladder of whoever is on
 * duty; what is too much for a day waits for the digest. */
int notify_tell(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us) must_use;
/* Writer: plans the notices of an incident that a round touched. */
int notify_plan(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us) must_use;

/* ---- the queue ---- */

/* A notice to be.  Texts are borrowed during the call. */
struct notify_new {
	int64_t company_id; /* 0: about more than one company: then … */
	int64_t chamber_id; /* … to whose people */
	int64_t
	    incident_id; /* 0: about none in particular: then subject and body are needed */
	int64_t contact_id; /* 0: an address that is in no list */
	const char *channel, *recipient;
	const char *lang; /* ja, en, easy; NULL: the company's */
	/* One notice per incident, channel, recipient and step: a second one is not made. */
	const char *
	    step; /* first, raised, again-1 …, or a word of yours (escalate-2, digest-…) */
	enum record_severity severity;
	int64_t due_us;
	const char *subject, *body; /* NULL: written from the incident when it leaves */
	const char *more;           /* below the text: a link to answer by …; NULL */
	const char *in_reply_to;    /* name of the notice that it follows; NULL */
	int64_t instead_of;         /* the notice that did not get through; 0 */
};

/* Writer: puts a notice in the queue; its id, 0 when it was there already, or a fail.  The
 * sender wakes when the transaction also calls store_note_change() (a round does), else
 * within NOTIFY_LOOK_S. */
#define NOTIFY_LOOK_S 2
int64_t notify_add(struct store_db *db, const struct notify_conf *conf,
    const struct notify_new *n, int64_t now_us) must_use;

/* Writer: nobody needs the waiting notices of this incident and step any more (step NULL:
 * of all steps).  Returns how many were cancelled. */
int notify_cancel(struct store_db *db, int64_t incident_id, const char *step,
    int64_t now_us) must_use;

/* ---- contacts ---- */

struct notify_contact {
	int64_t id, chamber_id, company_id, account_id;
	char channel[12], lang[8];
	char address[1024], name[256];
	int severity, from_min, to_min;
	bool reserve, events;
};

/* Writer: those of a company (company_id 0: of the chamber) who hear of `severity` now, in
 * their order, at most NOTIFY_RECIPIENTS_MAX.  Those in reserve only when there is nobody
 * else; those that bounced only when there is nobody at all.  Returns how many. */
int notify_contacts(struct store_db *db, int64_t chamber_id, int64_t company_id,
    enum record_severity severity,
    struct notify_contact c[NOTIFY_RECIPIENTS_MAX]) must_use;

/* A contact to be.  Texts are borrowed during the call. */
struct notify_contact_new {
	int64_t chamber_id, company_id; /* company 0: the chamber's own */
	int64_t account_id;             /* 0: nobody with a login */
	const char *channel, *address, *name,
	    *lang;    /* name, lang may be NULL: "", ja */
	int severity; /* the least it hears of */
	bool reserve, events;
	int from_min, to_min; /* both 0: the whole day */
};

#define NOTIFY_CONTACTS_MAX 20

/* Writer: adds it; its id.  A webhook's secret (64 hex digits) comes into `secret`, and is
 * nowhere to be read later.  FAIL_FORMAT: not an address of that channel; FAIL_CONFLICT: it
 * is there already; FAIL_LIMIT: NOTIFY_CONTACTS_MAX. */
int64_t notify_contact_add(struct store_db *db, const struct notify_contact_new *c,
    int64_t now_us, char secret[65]) must_use;
/* Writer: gives a webhook a new secret. */
int notify_contact_secret(
    struct store_db *db, int64_t contact_id, char secret[65]) must_use;
/* Writer: takes it away; notices that wait for it are cancelled. */
int notify_contact_remove(
    struct store_db *db, int64_t contact_id, int64_t now_us) must_use;

/* Writer: a notice that only says that it is a test, with a number of four digits that
 * whoever reads it can give back (notify_contact_confirm).  Its id; FAIL_BUSY: the last one
 * is not NOTIFY_TEST_S old; FAIL_MISSING: no such contact, or it is off. */
#define NOTIFY_TEST_S     60
#define NOTIFY_CODE_TRIES 5
int64_t notify_test(struct store_db *db, const struct notify_conf *conf,
    int64_t contact_id, int64_t now_us) must_use;
/* Writer: 1 and the contact is verified; 0: not that number; FAIL_LIMIT: too many wrong
 * ones, or none was sent: another test is needed. */
int notify_contact_confirm(
    struct store_db *db, int64_t contact_id, const char *code, int64_t now_us) must_use;
/* The first moment not before `us` at which a notice of this severity may go there. */
int64_t notify_contact_hours(
    const struct notify_contact *c, enum record_severity severity, int64_t us);
/* Is this an address of that channel?  An unknown channel has none. */
bool notify_channel_address_ok(const char *channel, const char *address);
/* Is the channel set up at this centre? */
bool notify_channel_ready(const char *channel, const struct notify_conf *conf);

/* ---- the words ---- */

/* What happened longer ago than this when it was first known is not news of this minute: its
 * notice says so and waits for the day. */
#define NOTIFY_LATE_US (INT64_C(6) * 3600 * 1000000)

#define NOTIFY_STEPS_MAX 3u
struct incident_step;

struct notify_words {
	enum record_lang lang;
	enum record_cause cause;
	enum record_severity severity;
	bool stopped, raised, sample;
	bool again; /* it had been thought to be over */
	bool last;  /* of this hour: the next ones wait */
	bool late;  /* the gate told it long after it happened */
	const char *company, *machine, *what, *peer; /* machine …: "" unknown */
	const char *desk_name, *desk_phone, *desk_mail;
	const char *link; /* "" none */
	int64_t incident_id, first_us, last_us, events;
	/* The first things that the company itself does, of its playbook. */
	const struct incident_step *steps[NOTIFY_STEPS_MAX];
	unsigned steps_n;
};

/* Subject and text in the language of whoever reads it; lines end with \n. */
void notify_write(const struct notify_words *w, struct buf *subject, struct buf *body);

/* ---- the mail ---- */

struct notify_mail {
	const char *from, *from_name, *to, *subject, *body;
	const char *message_id, *in_reply_to; /* without <>; in_reply_to "" none */
	int64_t date_us;
	struct span attachment;                        /* len 0: none */
	const char *attachment_name, *attachment_type; /* plain words of ours */
};

/* One address, nothing else: no blank, bracket, comma, quote or control character. */
bool notify_address_ok(const char *address);
/* RFC 5322 with CRLF; whatever stands in the texts, no header but ours comes out.
 * FAIL_FORMAT: an address that is none; FAIL_LIMIT: too long. */
int notify_mail_write(const struct notify_mail *m, struct buf *out) must_use;

/* ---- the sender ---- */

struct notify_sender;

/* Begins to send.  NULL, with the reason logged. */
struct notify_sender *notify_start(const struct notify_conf *conf, struct store *store)
    __attribute__((malloc));
/* Ends at once; a try that is under way is given up and taken up again later. */
void notify_stop(struct notify_sender *s);
