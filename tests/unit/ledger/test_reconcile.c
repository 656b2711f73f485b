/* test_reconcile.c - a sound audit gives no finding; one event taken out, doubled or put in gives
 * exactly the message it was about. */
#include "ledger_events.h"
#include "unit.h"

#include "base/buf.h"

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

enum { STORY_MOST = 4096, DAY_MS = 86400000 };

/* One event of the audit as the exchange writes it. */
typedef struct told {
    int kind;
    char message[48], key[16], link[16], to[16];
    uint64_t sequence;
    int64_t at_ms;
} told;

typedef struct story {
    told events[STORY_MOST];
    size_t count;
    int64_t now;
} story;

static void say(story *s, int kind, const char *message, const char *key, const char *link,
                const char *to, uint64_t sequence)
{
    told *t = &s->events[s->count++];
    *t = (told){.kind = kind, .sequence = sequence, .at_ms = s->now};
    snprintf(t->message, sizeof t->message, "%s", message);
    snprintf(t->key, sizeof t->key, "%s", key);
    snprintf(t->link, sizeof t->link, "%s", link);
    snprintf(t->to, sizeof t->to, "%s", to);
    s->now += 1000;
}

/* Received, taken, routed and delivered, with the receipt that the sender gets. */
static void pass(story *s, const char *id, const char *key, uint64_t *to_cps, uint64_t *to_force)
{
    char receipt[48];
    snprintf(receipt, sizeof receipt, "%s/receipt/accepted", id);
    say(s, KIND(RECEIVED), id, key, "in", "", 0);
    say(s, KIND(APPLIED), id, key, "in", "", 0);
    say(s, KIND(ROUTED), id, key, "in", "cps", ++*to_cps);
    say(s, KIND(ROUTED), receipt, key, "", "force", ++*to_force);
    say(s, KIND(DELIVERED), id, key, "in", "cps", 0);
    say(s, KIND(DELIVERED), receipt, key, "", "force", 0);
}

/* Two cases, all that can happen to a message. */
static void tell_all(story *s)
{
    uint64_t cps = 0, force = 0, cps2 = 0, force2 = 0;
    *s = (story){.now = INT64_C(1790000000000)};
    say(s, KIND(RECEIVED), "a0", "A", "in", "", 0); /* before its case */
    say(s, KIND(HELD), "a0", "A", "in", "", 0);
    pass(s, "a1", "A", &cps, &force);
    say(s, KIND(RELEASED), "a0", "A", "in", "", 0);
    say(s, KIND(APPLIED), "a0", "A", "in", "", 0);
    say(s, KIND(ROUTED), "a0", "A", "in", "cps", ++cps);
    pass(s, "b1", "B", &cps2, &force2);
    say(s, KIND(RECEIVED), "a1", "A", "in", "", 0); /* sent again */
    say(s, KIND(DUPLICATE), "a1", "A", "in", "", 0);
    say(s, KIND(RECEIVED), "a1", "A", "in", "", 0); /* and with other content */
    say(s, KIND(CONFLICT), "a1", "A", "in", "", 0);
    pass(s, "a2", "A", &cps, &force);
    say(s, KIND(NOT_DELIVERED), "a0", "A", "in", "cps", 0);
    say(s, KIND(REFUSED), "a3", "", "in", "", 0);
    say(s, KIND(REFUSED), "a3", "", "in", "", 0); /* the same bad file twice */
    say(s, KIND(RECEIVED), "b2", "B", "in", "", 0);
    say(s, KIND(HELD), "b2", "B", "in", "", 0);
    say(s, KIND(EXPIRED), "b2", "B", "in", "", 0);
    say(s, KIND(RECEIVED), "b3", "B", "in", "", 0);
    say(s, KIND(REFUSED), "b3", "B", "in", "", 0);
    pass(s, "b4", "B", &cps2, &force2);
    pass(s, "a4", "A", &cps, &force);
}

static void put(dcf_ledger *l, int64_t offset, const told *t)
{
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT;
    e.kind = (Dcf__V1__AuditKind)t->kind;
    e.at_ms = t->at_ms;
    e.message_id = (char *)t->message;
    e.case_key = (char *)t->key;
    e.source_link = (char *)t->link;
    e.source_party = (char *)(*t->link ? "force" : "dcf");
    e.destination_party = (char *)t->to;
    e.sequence = t->sequence;
    OK(put_audit(l, 0, offset, &e));
}

static void hear(void *self, const dcf_ledger_finding *f)
{
    dcf_buf_printf(self, "%s %s%s%s;", f->kind, f->message_id, *f->missing ? " " : "", f->missing);
}

static void sum(void *self, const dcf_ledger_link *k)
{
    CU_ASSERT_EQUAL(
        k->received,
        (uint64_t)((int64_t)(k->in_flight + k->held + k->refused + k->delivered) + k->imbalance));
    *(dcf_ledger_link *)self = *k;
}

/* What a ledger that was told this says: "lost a1 routed;". */
static const char *findings_of(const story *s)
{
    static char text[4096];
    char path[64];
    dcf_ledger *l = NULL;
    dcf_buf out = {0};
    ledger_file(path);
    OK(dcf_ledger_open(path, &l));
    for (size_t i = 0; i < s->count; i++) put(l, (int64_t)i, &s->events[i]);
    OK(dcf_ledger_findings(l, &(dcf_time_range){0}, NULL, 0, hear, &out));
    snprintf(text, sizeof text, "%s", out.size ? dcf_buf_cstr(&out) : "");
    dcf_buf_fini(&out);
    dcf_ledger_close(l);
    drop_ledger_file(path);
    return text;
}

static void without(story *s, size_t at)
{
    memmove(&s->events[at], &s->events[at + 1], (s->count - at - 1) * sizeof s->events[0]);
    s->count--;
}

static void with(story *s, size_t at, told t)
{
    memmove(&s->events[at + 1], &s->events[at], (s->count - at) * sizeof s->events[0]);
    s->events[at] = t;
    s->count++;
}

static story whole, hurt;

static void a_sound_audit_gives_no_finding_and_balances(void)
{
    tell_all(&whole);
    CU_ASSERT_STRING_EQUAL(findings_of(&whole), "");
    char path[64];
    dcf_ledger *l = NULL;
    dcf_ledger_link all = {0}, day = {0};
    ledger_file(path);
    OK(dcf_ledger_open(path, &l));
    for (size_t i = 0; i < whole.count; i++) put(l, (int64_t)i, &whole.events[i]);
    OK(dcf_ledger_links(l, sum, &all));
    OK(dcf_ledger_balance(l, &(dcf_time_range){0}, "in", sum, &day));
    CU_ASSERT_EQUAL(all.received, 9);
    CU_ASSERT_EQUAL(all.delivered, 5);
    CU_ASSERT_EQUAL(all.held, 1); /* a0: its receiver refused it */
    CU_ASSERT_EQUAL(all.refused, 3);
    CU_ASSERT_EQUAL(all.imbalance, 0);
    CU_ASSERT_EQUAL(day.received, all.received);
    CU_ASSERT_EQUAL(day.held, all.held);
    CU_ASSERT_EQUAL(day.delivered, all.delivered);
    day = (dcf_ledger_link){0};
    OK(dcf_ledger_balance(l, &(dcf_time_range){whole.events[20].at_ms, 0}, NULL, sum, &day));
    CU_ASSERT_TRUE(day.received > 0 && day.received < 9);
    OK(dcf_ledger_balance(l, &(dcf_time_range){0}, "elsewhere", sum, &day));
    dcf_ledger_close(l);
    drop_ledger_file(path);
}

static bool is_last_number(size_t at)
{
    const told *t = &whole.events[at];
    for (size_t i = at + 1; i < whole.count; i++)
        if (!strcmp(whole.events[i].key, t->key) && !strcmp(whole.events[i].to, t->to) &&
            whole.events[i].sequence)
            return false;
    return true;
}

/* Taking any one event of a message out is either noticed, and names that message, or leaves a
 * story that could have been: then the message is where its last event says. */
static void a_lost_event_names_its_message(void)
{
    tell_all(&whole);
    size_t noticed = 0;
    for (size_t i = 0; i < whole.count; i++) {
        hurt = whole;
        const told *t = &whole.events[i];
        without(&hurt, i);
        const char *found = findings_of(&hurt);
        char own[64], number[64];
        snprintf(own, sizeof own, " %s", t->message);
        snprintf(number, sizeof number, "lost %s>%s#%d routed;", t->key, t->to, (int)t->sequence);
        int next = i + 1 < whole.count ? t[1].kind : 0;
        bool could_be = t->kind == KIND(DELIVERED) || t->kind == KIND(NOT_DELIVERED) ||
                        t->kind == KIND(EXPIRED) || t->kind == KIND(REFUSED) || !*t->link ||
                        next == KIND(EXPIRED) || next == KIND(REFUSED);
        noticed += *found != 0;
        if (!*t->link && t->sequence) { /* a receipt: only its number tells, once the next comes */
            CU_ASSERT_STRING_EQUAL(found, is_last_number(i) ? "" : number);
        } else if (!*found) {
            CU_ASSERT_TRUE(could_be);
        }
        for (const char *f = found; *t->link && *f; f = strchr(f, ';') + 1) {
            CU_ASSERT_PTR_EQUAL(strstr(strchr(f, ' '), own), strchr(f, ' '));
            CU_ASSERT_TRUE(strchr(f, ';') >= strchr(f, ' ') + strlen(own));
        }
    }
    CU_ASSERT_TRUE(noticed > whole.count / 2);
}

static void a_lost_routing_is_one_finding_whether_its_number_is_missed_first_or_last(void)
{
    tell_all(&whole);
    for (int late = 0; late < 2; late++) {
        hurt = whole;
        size_t routed = 0;
        for (size_t i = 0; i < hurt.count; i++)
            if (hurt.events[i].kind == KIND(ROUTED) && !strcmp(hurt.events[i].message, "a2"))
                routed = i;
        without(&hurt, routed);
        if (late) { /* its delivery is told after the next number has come */
            size_t d = routed;
            while (hurt.events[d].kind != KIND(DELIVERED) ||
                   strcmp(hurt.events[d].message, "a2") != 0)
                d++;
            told t = hurt.events[d];
            without(&hurt, d);
            t.at_ms = hurt.now;
            hurt.events[hurt.count++] = t;
        }
        CU_ASSERT_STRING_EQUAL(findings_of(&hurt), "lost a2 routed;");
    }
}

static void a_message_lost_with_all_its_events_is_missed_by_its_number(void)
{
    tell_all(&whole);
    hurt = whole;
    for (size_t i = hurt.count; i-- > 0;)
        if (!strncmp(hurt.events[i].message, "a2", 2)) without(&hurt, i);
    CU_ASSERT_STRING_EQUAL(findings_of(&hurt), "lost A>cps#3 routed;lost A>force#2 routed;");
}

static void a_doubled_event_names_its_message(void)
{
    tell_all(&whole);
    for (size_t i = 0; i < whole.count; i++) {
        const told *t = &whole.events[i];
        if (t->kind == KIND(REFUSED)) continue; /* the same bad document sent twice looks so */
        hurt = whole;
        with(&hurt, i + 1, *t);
        const char *found = findings_of(&hurt);
        char expected[80];
        snprintf(expected, sizeof expected, "doubled %s;", t->message);
        bool mere_receipt = !*t->link && !t->sequence;
        CU_ASSERT_STRING_EQUAL(found, mere_receipt ? "" : expected);
    }
}

static void an_invented_event_names_its_message(void)
{
    static const int kinds[] = {KIND(APPLIED), KIND(ROUTED),   KIND(DELIVERED), KIND(NOT_DELIVERED),
                                KIND(HELD),    KIND(RELEASED), KIND(EXPIRED),   KIND(DUPLICATE)};
    tell_all(&whole);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t i = 0; i <= whole.count; i += 7) {
            hurt = whole;
            told t = {.kind = kinds[k],
                      .message = "x9",
                      .key = "A",
                      .link = "in",
                      .to = "cps",
                      .sequence = kinds[k] == KIND(ROUTED) ? 40 : 0,
                      .at_ms = hurt.now};
            with(&hurt, i, t);
            CU_ASSERT_STRING_EQUAL(findings_of(&hurt), "invented x9;");
        }
}

/* A person's act, or what a later version says: no alarm for what follows of it. */
static void a_kind_that_is_not_known_here_makes_no_alarm(void)
{
    tell_all(&whole);
    hurt = whole;
    told t = whole.events[hurt.count - 1];
    snprintf(t.message, sizeof t.message, "a0");
    snprintf(t.link, sizeof t.link, "in");
    t.kind = KIND(REPLAYED);
    hurt.events[hurt.count++] = t;
    t.kind = KIND(ROUTED);
    snprintf(t.to, sizeof t.to, "elsewhere");
    t.sequence = 1;
    hurt.events[hurt.count++] = t;
    CU_ASSERT_STRING_EQUAL(findings_of(&hurt), "");
}

#define TESTS(X)                                                                                   \
    X(a_sound_audit_gives_no_finding_and_balances)                                                 \
    X(a_lost_event_names_its_message)                                                              \
    X(a_lost_routing_is_one_finding_whether_its_number_is_missed_first_or_last)                    \
    X(a_message_lost_with_all_its_events_is_missed_by_its_number)                                  \
    X(a_doubled_event_names_its_message)                                                           \
    X(an_invented_event_names_its_message)                                                         \
    X(a_kind_that_is_not_known_here_makes_no_alarm)
UNIT_MAIN("reconcile", TESTS)
