/*
 * reconcile.c - whether the audit adds up, message by message: an event that cannot follow what
 * came before means that one was lost, doubled or made up, and the finding names the message.
 *
 * Two things are known beforehand. What may follow what for one message: the table of hops. And
 * that the deliveries of a case to a party are numbered without a gap, which tells of a message
 * whose events were lost all together: it is named CASE>PARTY#NUMBER.
 * A record that cannot be read is a finding, too: it is of its time, as the others are.
 */
#include "base/log.h"
#include "dcf/v1/audit.pb-c.h"
#include "ledger/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GAP_MOST = 16, NEVER_DECIDED_MS = 600000, KINDS_MOST = 32 };

enum hop {
    OPEN = 1,   /* received or released, and not yet decided */
    TAKEN = 2,  /* the case took it */
    ROUTED = 4, /* on its receiver's topic */
    ENDED = 8,  /* the receiver has it, or refused it */
    WAITS = 16, /* held */
    OTHER =
        32, /* something happened that this table does not know: no judgement until it goes on */
};

/* What an event needs (one of), forbids, sets and clears; what is missing when it lacks what it
 * needs. A row of zeroes: not judged. */
static const struct {
    unsigned needs, forbids, sets, clears;
    const char *verdict;
} HOPS[KINDS_MOST] = {
#define HOP(name) [DCF__V1__AUDIT_KIND__AUDIT_KIND_##name]
    HOP(RECEIVED) = {0, OPEN, OPEN, 0, ""},
    HOP(REFUSED) = {0, 0, 0, OPEN | WAITS, ""},
    HOP(DUPLICATE) = {OPEN, 0, 0, OPEN, "doubled"},
    HOP(CONFLICT) = {OPEN, 0, 0, OPEN, "doubled"},
    HOP(APPLIED) = {OPEN, 0, TAKEN, OPEN | WAITS | ROUTED | ENDED, "doubled"},
    HOP(ROUTED) = {TAKEN, ROUTED, ROUTED, OTHER, "lost"},
    HOP(HELD) = {OPEN | ROUTED, 0, WAITS, OPEN, "doubled"},
    HOP(RELEASED) = {WAITS, 0, OPEN, WAITS, "doubled"},
    HOP(EXPIRED) = {OPEN | WAITS, 0, 0, OPEN | WAITS, "doubled"},
    HOP(DELIVERED) = {ROUTED, ENDED, ENDED, 0, "lost"},
    HOP(NOT_DELIVERED) = {ROUTED, ENDED, ENDED, 0, "lost"},
    HOP(SUPERSEDED) = {ROUTED, ENDED, ENDED, 0, "lost"},
    HOP(SHADOWED) = {ROUTED, ENDED, ENDED, 0, "lost"},
    HOP(DISCARDED) = {0, 0, 0, OPEN | WAITS, ""},
#undef HOP
};

static const char *kind_name(Dcf__V1__AuditKind kind)
{
    static const char *const names[KINDS_MOST] = {
        [DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED] = "applied",
        [DCF__V1__AUDIT_KIND__AUDIT_KIND_ROUTED] = "routed"};
    return names[kind] ? names[kind] : "";
}

typedef struct finding {
    const char *message_id, *kind;
    const char *what; /* the hop that is missing; "" when none is */
    const char *link, *case_key, *party;
    uint64_t sequence;
} finding;

static dcf_status add_at(dcf_ledger *l, int64_t at_ms, ledger_place at, const finding *f)
{
    ledger_bind(l->statements[FINDING_ADD], "ttttttiiii", f->message_id, f->kind, f->what, f->link,
                f->case_key, f->party, (int64_t)f->sequence, at_ms, (int64_t)at.partition,
                at.offset);
    DCF_TRY(ledger_run(l, FINDING_ADD));
    if (sqlite3_changes(l->writer))
        dcf_log(DCF_LOG_ERROR, "LEDGER_IMBALANCE", "kind", f->kind, "message", f->message_id,
                "link", f->link, "missing", f->what, NULL);
    return DCF_OK;
}

static dcf_status add(dcf_ledger *l, const Dcf__V1__AuditEvent *e, ledger_place at,
                      const finding *f)
{
    return add_at(l, e->at_ms, at, f);
}

dcf_status ledger_find_unreadable(dcf_ledger *l, const dcf_record *r)
{
    char where[300]; /* Kafka's names of topics have 249 characters at most */
    snprintf(where, sizeof where, "%s/%d/%" PRId64, r->topic, (int)r->partition, r->offset);
    const finding f = {where, "unreadable", "", "", "", "", 0};
    return add_at(l, r->timestamp_ms, (ledger_place){r->partition, r->offset, 0}, &f);
}

/* --- the hops of one message ----------------------------------------------------------------- */

/* A delivery without its routing, an answer without its taking: which hop is missing. */
static Dcf__V1__AuditKind missing_hop(Dcf__V1__AuditKind kind)
{
    return kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_ROUTED ? DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED
                                                          : DCF__V1__AUDIT_KIND__AUDIT_KIND_ROUTED;
}

/* *ret_sound: its own number may be believed. */
static dcf_status judge(dcf_ledger *l, const Dcf__V1__AuditEvent *e,
                        const ledger_message_row *before, ledger_place at, bool *ret_sound)
{
    finding f = {.message_id = e->message_id,
                 .what = "",
                 .link = before->link,
                 .case_key = e->case_key,
                 .party = e->destination_party};
    bool arrives = e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED ||
                   e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED;
    unsigned needs = HOPS[e->kind].needs;
    if (before->hops & OTHER) return DCF_OK;
    if (!arrives && !before->arrived)
        f.kind = "invented";
    else if (before->hops & HOPS[e->kind].forbids)
        f.kind = "doubled";
    else if (needs && !(before->hops & needs))
        f.kind = HOPS[e->kind].verdict;
    else
        return DCF_OK;
    *ret_sound = strcmp(f.kind, "lost") == 0;
    if (!*ret_sound) return add(l, e, at, &f);
    f.what = kind_name(missing_hop(e->kind));
    if (strcmp(f.what, "routed") == 0) { /* then its number is missing too: one finding, not two */
        ledger_bind(l->statements[GAP_TAKE], "tt", e->case_key, e->destination_party);
        DCF_TRY(ledger_run(l, GAP_TAKE));
        f.sequence = sqlite3_changes(l->writer) ? 1 : 0;
    }
    return add(l, e, at, &f);
}

/* All events of one message in a case lie together: another that comes in between tells that the
 * first was never decided. */
static dcf_status judge_decision(dcf_ledger *l, const Dcf__V1__AuditEvent *e,
                                 const ledger_message_row *before, ledger_place at)
{
    ledger_case_row *c = &l->case_row;
    bool receives = e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED;
    bool decides = HOPS[e->kind].clears & OPEN;
    if (!*e->case_key || !(receives || decides)) return DCF_OK;
    bool same = strcmp(c->undecided, e->message_id) == 0;
    if (receives && *c->undecided && !same)
        DCF_TRY(add(l, e, at,
                    &(finding){.message_id = c->undecided,
                               .kind = "lost",
                               .what = "decision",
                               .link = before->link,
                               .case_key = e->case_key,
                               .party = ""}));
    if (receives || same) c->undecided = receives ? e->message_id : "";
    return DCF_OK;
}

/* --- the numbers of one case -------------------------------------------------------------------
 */

static dcf_status add_gap(dcf_ledger *l, const Dcf__V1__AuditEvent *e, ledger_place at, uint64_t n)
{
    char id[400];
    ledger_bind(l->statements[GAP_EXPLAIN], "tti", e->case_key, e->destination_party, (int64_t)n);
    DCF_TRY(ledger_run(l, GAP_EXPLAIN));
    if (sqlite3_changes(l->writer)) return DCF_OK;
    snprintf(id, sizeof id, "%s>%s#%" PRIu64, e->case_key, e->destination_party, n);
    return add(l, e, at,
               &(finding){.message_id = id,
                          .kind = "lost",
                          .what = "routed",
                          .link = "",
                          .case_key = e->case_key,
                          .party = e->destination_party,
                          .sequence = n});
}

static dcf_status judge_sequence(dcf_ledger *l, const Dcf__V1__AuditEvent *e,
                                 const ledger_message_row *before, ledger_place at, bool sound)
{
    if (e->kind != DCF__V1__AUDIT_KIND__AUDIT_KIND_ROUTED || !e->sequence) return DCF_OK;
    sqlite3_stmt *s = l->statements[SEQUENCE_GET];
    ledger_bind(s, "tt", e->case_key, e->destination_party);
    uint64_t last = sqlite3_step(s) == SQLITE_ROW ? ledger_number(s, 0) : 0;
    sqlite3_reset(s);
    if (!sound && e->sequence != last + 1) return DCF_OK;
    if (e->sequence <= last)
        return add(l, e, at,
                   &(finding){.message_id = e->message_id,
                              .kind = "doubled",
                              .what = "",
                              .link = before->link,
                              .case_key = e->case_key,
                              .party = e->destination_party});
    for (uint64_t n = last + 1; n < e->sequence && n <= last + GAP_MOST; n++)
        DCF_TRY(add_gap(l, e, at, n));
    ledger_bind(l->statements[SEQUENCE_SET], "tti", e->case_key, e->destination_party,
                (int64_t)e->sequence);
    return ledger_run(l, SEQUENCE_SET);
}

/* What the delivery stage saw of the numbers on its own topic; NULL: another event. */
static const char *told_by_delivery(Dcf__V1__AuditKind kind)
{
    return kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_GAP     ? "gap"
           : kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_SEQUENCE_CLASH ? "clash"
                                                                    : NULL;
}

/* What happens beside the way of a message. */
static bool is_beside(Dcf__V1__AuditKind kind)
{
    switch ((int)kind) {
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_WARNED:
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_MISSED:
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_ACKNOWLEDGED:
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_NOT_ACKNOWLEDGED:
    case DCF__V1__AUDIT_KIND__AUDIT_KIND_COMPARED:
        return true;
    default:
        return false;
    }
}

dcf_status ledger_reconcile(dcf_ledger *l, const Dcf__V1__AuditEvent *e, ledger_place at,
                            unsigned *ret_hops)
{
    const ledger_message_row *before = &l->message_row;
    *ret_hops = before->hops;
    if (is_beside(e->kind)) return DCF_OK;
    if (told_by_delivery(e->kind))
        return add(l, e, at,
                   &(finding){.message_id = e->message_id,
                              .kind = told_by_delivery(e->kind),
                              .what = "",
                              .link = before->link,
                              .case_key = e->case_key,
                              .party = e->destination_party});
    bool known = (int)e->kind < KINDS_MOST && (HOPS[e->kind].sets || HOPS[e->kind].clears);
    bool reconciled = *before->link != '\0'; /* the broker's own messages came by no link */
    bool sound = true;
    if (reconciled && known) DCF_TRY(judge(l, e, before, at, &sound));
    if (reconciled && known) DCF_TRY(judge_decision(l, e, before, at));
    if (known) DCF_TRY(judge_sequence(l, e, before, at, sound));
    *ret_hops = known ? (before->hops & ~HOPS[e->kind].clears) | HOPS[e->kind].sets : OTHER;
    return DCF_OK;
}

/* --- queries -----------------------------------------------------------------------------------
 */

typedef struct balance_ask {
    void (*cb)(void *self, const dcf_ledger_link *k);
    void *self;
    char name[256];
    dcf_ledger_link k; /* of the link whose rows are being added up; link NULL: none yet */
} balance_ask;

static void tell_link(balance_ask *ask)
{
    dcf_ledger_link *k = &ask->k;
    if (!k->link) return;
    k->imbalance = (int64_t)(k->received - (k->in_flight + k->held + k->refused + k->delivered));
    ask->cb(ask->self, k);
}

static uint64_t *bucket(dcf_ledger_link *k, const char *name)
{
    return strcmp(name, "in_flight") == 0 ? &k->in_flight
           : strcmp(name, "held") == 0    ? &k->held
           : strcmp(name, "refused") == 0 ? &k->refused
                                          : &k->delivered;
}

static dcf_status balance_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    balance_ask *ask = ctx;
    const char *link = ledger_text(s, 0);
    if (!ask->k.link || strcmp(ask->name, link) != 0) {
        tell_link(ask);
        snprintf(ask->name, sizeof ask->name, "%s", link);
        ask->k = (dcf_ledger_link){.link = ask->name};
    }
    const char *name = dcf_message_status_bucket((dcf_message_status)sqlite3_column_int(s, 1));
    *bucket(&ask->k, name) += ledger_number(s, 2);
    ask->k.received += ledger_number(s, 3);
    ask->k.duplicates += ledger_number(s, 4);
    ask->k.conflicts += ledger_number(s, 5);
    return DCF_OK;
}

static int64_t until(const dcf_time_range *range)
{
    return range->to_ms ? range->to_ms : INT64_MAX;
}

dcf_status dcf_ledger_balance(dcf_ledger *l, const dcf_time_range *range, const char *link,
                              void (*cb)(void *self, const dcf_ledger_link *k), void *self)
{
    balance_ask ask = {.cb = cb, .self = self};
    ledger_query q = {.row = balance_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(l,
                           "SELECT source_link, status, count(*), sum(arrived), sum(duplicates),"
                           " sum(conflicts) FROM message WHERE source_link <> ''"
                           " AND first_ms >= ?1 AND first_ms < ?2"
                           " AND (?3 IS NULL OR source_link = ?3) GROUP BY 1, 2 ORDER BY 1, 2",
                           &q));
    ledger_bind(q.statement, "iit", range->from_ms, until(range), link);
    DCF_TRY(ledger_finish(l, &q));
    tell_link(&ask);
    return DCF_OK;
}

typedef struct findings_ask {
    void (*cb)(void *self, const dcf_ledger_finding *f);
    void *self;
} findings_ask;

static dcf_status finding_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    const findings_ask *ask = ctx;
    ask->cb(ask->self, &(dcf_ledger_finding){.message_id = ledger_text(s, 0),
                                             .kind = ledger_text(s, 1),
                                             .missing = ledger_text(s, 2),
                                             .link = ledger_text(s, 3),
                                             .case_key = ledger_text(s, 4),
                                             .party = ledger_text(s, 5),
                                             .at_ms = sqlite3_column_int64(s, 6)});
    return DCF_OK;
}

dcf_status dcf_ledger_findings(dcf_ledger *l, const dcf_time_range *range, const char *link,
                               size_t limit, void (*cb)(void *self, const dcf_ledger_finding *f),
                               void *self)
{
    findings_ask ask = {cb, self};
    ledger_query q = {.row = finding_row, .ctx = &ask};
    /* The second part: the last message of its case, received long ago and never decided, though
     * more of its partition has been read. */
    DCF_TRY(ledger_prepare(
        l,
        "SELECT * FROM (SELECT message_id, kind, what, link, case_key, party, at_ms FROM finding"
        " WHERE at_ms >= ?1 AND at_ms < ?2 AND (?3 IS NULL OR link = ?3 OR kind = 'unreadable')"
        " UNION ALL SELECT message_id, 'lost', 'decision', source_link, case_key, '', first_ms"
        " FROM message m WHERE status < 2 AND status = 0 AND source_link <> '' AND arrived"
        " AND first_ms >= ?1 AND first_ms < ?2 AND (?3 IS NULL OR source_link = ?3)"
        " AND first_ms < (SELECT n FROM counter WHERE what = 'last_ms') - ?4"
        " AND EXISTS (SELECT 1 FROM event e WHERE e.partition = m.partition AND e.offset > "
        "m.offset)"
        " AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.message_id = m.message_id"
        "   AND f.kind = 'lost'))"
        " ORDER BY at_ms, message_id LIMIT ?5",
        &q));
    ledger_bind(q.statement, "iitii", range->from_ms, until(range), link, (int64_t)NEVER_DECIDED_MS,
                (int64_t)(limit && limit < DCF_LEDGER_LIMIT ? limit : DCF_LEDGER_LIMIT));
    return ledger_finish(l, &q);
}
