/* query.c - the asking side of the ledger: one read connection, one query at a time, snapshots
 * beside the writer. */
#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/envelope.pb-c.h"
#include "ledger/internal.h"

#include <string.h>

dcf_status ledger_prepare(dcf_ledger *l, const char *sql, ledger_query *q)
{
    pthread_mutex_lock(&l->lock);
    if (sqlite3_prepare_v2(l->reader, sql, -1, &q->statement, NULL) == SQLITE_OK) return DCF_OK;
    pthread_mutex_unlock(&l->lock);
    return DCF_ERR(IO);
}

dcf_status ledger_finish(dcf_ledger *l, ledger_query *q)
{
    dcf_status status = DCF_OK;
    int rc = SQLITE_DONE;
    while (dcf_ok(status) && (rc = sqlite3_step(q->statement)) == SQLITE_ROW) {
        dcf_arena_reset(&l->read_arena);
        status = q->row(q->ctx, l, q->statement);
        q->rows++;
    }
    sqlite3_finalize(q->statement);
    pthread_mutex_unlock(&l->lock);
    if (dcf_failed(status)) return status;
    return rc == SQLITE_DONE ? DCF_OK : DCF_ERR(IO);
}

const char *ledger_text(sqlite3_stmt *s, int column)
{
    const unsigned char *t = sqlite3_column_text(s, column);
    return t ? (const char *)t : "";
}

static dcf_span blob(sqlite3_stmt *s, int column)
{
    const void *data = sqlite3_column_blob(s, column);
    return dcf_span_of(data, (size_t)sqlite3_column_bytes(s, column));
}

uint64_t ledger_number(sqlite3_stmt *s, int column)
{
    return (uint64_t)sqlite3_column_int64(s, column);
}

static size_t capped(size_t limit)
{
    return limit && limit < DCF_LEDGER_LIMIT ? limit : DCF_LEDGER_LIMIT;
}

static Dcf__V1__AuditEvent *event_at(dcf_ledger *l, sqlite3_stmt *s, int column)
{
    dcf_span v = blob(s, column);
    return dcf__v1__audit_event__unpack(&l->read_arena.pb, v.size, v.data);
}

/* --- a message ---------------------------------------------------------------- */

typedef struct message_ask {
    void (*cb)(void *self, const dcf_ledger_message *m);
    void *self;
} message_ask;

static dcf_status message_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    const message_ask *ask = ctx;
    dcf_ledger_message m = {.message_id = ledger_text(s, 0),
                            .case_key = ledger_text(s, 1),
                            .type = ledger_text(s, 2),
                            .source_party = ledger_text(s, 3),
                            .source_link = ledger_text(s, 4),
                            .destination_party = ledger_text(s, 5),
                            .status = (dcf_message_status)sqlite3_column_int(s, 6),
                            .first_ms = sqlite3_column_int64(s, 7),
                            .last_ms = sqlite3_column_int64(s, 8),
                            .duplicates = ledger_number(s, 9),
                            .conflicts = ledger_number(s, 10),
                            .test = sqlite3_column_int(s, 11),
                            .last = event_at(l, s, 12)};
    if (!m.last) return DCF_ERR(CORRUPT);
    ask->cb(ask->self, &m);
    return DCF_OK;
}

dcf_status dcf_ledger_message_get(dcf_ledger *l, const char *message_id,
                                  void (*cb)(void *self, const dcf_ledger_message *m), void *self)
{
    message_ask ask = {cb, self};
    ledger_query q = {.row = message_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(l,
                           "SELECT message_id, m.case_key, type, source_party, source_link, "
                           "destination_party, status, first_ms,"
                           " last_ms, duplicates, conflicts, test, value FROM message m"
                           " JOIN event USING(partition, offset, hop) WHERE message_id = ?1",
                           &q));
    ledger_bind(q.statement, "t", message_id);
    DCF_TRY(ledger_finish(l, &q));
    return q.rows ? DCF_OK : DCF_ERR(NOT_FOUND);
}

/* --- a case -------------------------------------------------------------------- */

typedef struct timeline_ask {
    void (*head)(void *self, const dcf_ledger_case *c);
    void (*event)(void *self, const Dcf__V1__AuditEvent *e);
    void (*other)(void *self, const char *case_key);
    void *self;
} timeline_ask;

static dcf_status case_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    const timeline_ask *ask = ctx;
    ask->head(ask->self, &(dcf_ledger_case){.case_key = ledger_text(s, 0),
                                            .state = ledger_text(s, 1),
                                            .first_ms = sqlite3_column_int64(s, 2),
                                            .last_ms = sqlite3_column_int64(s, 3),
                                            .events = ledger_number(s, 4),
                                            .test = sqlite3_column_int(s, 5)});
    return DCF_OK;
}

static dcf_status event_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    const timeline_ask *ask = ctx;
    const Dcf__V1__AuditEvent *e = event_at(l, s, 0);
    if (!e) return DCF_ERR(CORRUPT);
    ask->event(ask->self, e);
    return DCF_OK;
}

static dcf_status other_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    const timeline_ask *ask = ctx;
    ask->other(ask->self, ledger_text(s, 0));
    return DCF_OK;
}

dcf_status dcf_ledger_timeline(dcf_ledger *l, const char *case_key, size_t limit,
                               void (*head)(void *self, const dcf_ledger_case *c),
                               void (*event)(void *self, const Dcf__V1__AuditEvent *e),
                               void (*other)(void *self, const char *case_key), void *self)
{
    timeline_ask ask = {head, event, other, self};
    ledger_query q = {.row = case_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(
        l,
        "SELECT case_key, state, first_ms, last_ms, events, test FROM case_file WHERE "
        "case_key = ?1",
        &q));
    ledger_bind(q.statement, "t", case_key);
    DCF_TRY(ledger_finish(l, &q));
    if (!q.rows) return DCF_ERR(NOT_FOUND);
    q = (ledger_query){.row = event_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(
        l,
        "SELECT value FROM (SELECT partition, offset, hop, value FROM event WHERE case_key = ?1"
        " ORDER BY partition DESC, offset DESC, hop DESC LIMIT ?2)"
        " ORDER BY partition, offset, hop",
        &q));
    ledger_bind(q.statement, "ti", case_key, (int64_t)capped(limit));
    DCF_TRY(ledger_finish(l, &q));
    if (!other) return DCF_OK;
    q = (ledger_query){.row = other_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(l, "SELECT other FROM linked WHERE case_key = ?1 ORDER BY other", &q));
    ledger_bind(q.statement, "t", case_key);
    return ledger_finish(l, &q);
}

/* --- held ---------------------------------------------------------------------- */

typedef struct held_ask {
    void (*cb)(void *self, const dcf_ledger_held *h);
    void *self;
} held_ask;

static dcf_status held_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    const held_ask *ask = ctx;
    dcf_span value = blob(s, 12);
    dcf_ledger_held h = {.held_id = ledger_text(s, 0),
                         .reason = ledger_text(s, 1),
                         .case_key = ledger_text(s, 2),
                         .type = ledger_text(s, 3),
                         .source_party = ledger_text(s, 4),
                         .source_link = ledger_text(s, 5),
                         .destination_party = ledger_text(s, 6),
                         .held_ms = sqlite3_column_int64(s, 7),
                         .expires_ms = sqlite3_column_int64(s, 8),
                         .status = (dcf_message_status)sqlite3_column_int(s, 13),
                         .native_size = ledger_number(s, 9),
                         .partition = sqlite3_column_int(s, 10),
                         .offset = sqlite3_column_int64(s, 11),
                         .record =
                             dcf__v1__held__unpack(&l->read_arena.pb, value.size, value.data)};
    if (!h.record) return DCF_ERR(CORRUPT);
    ask->cb(ask->self, &h);
    return DCF_OK;
}

dcf_status dcf_ledger_held_list(dcf_ledger *l, const dcf_ledger_held_filter *f,
                                void (*cb)(void *self, const dcf_ledger_held *h), void *self)
{
    held_ask ask = {cb, self};
    ledger_query q = {.row = held_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(
        l,
        "SELECT held_id, reason, case_key, type, source_party, source_link, destination_party, "
        "held_ms,"
        " expires_ms, native_size, partition, offset, value, coalesce((SELECT status FROM message"
        " WHERE message_id = held_id), 2) FROM held WHERE open"
        " AND (?1 IS NULL OR reason = ?1) AND (?2 IS NULL OR source_party = ?2 OR "
        "destination_party = ?2)"
        " AND (?3 IS NULL OR case_key = ?3) AND (?4 IS NULL OR held_id = ?4) AND held_ms >= ?5"
        " AND (?7 = 0 OR held_ms < ?7) AND (?8 IS NULL OR held_ms > ?5 OR held_id > ?8)"
        " ORDER BY held_ms, held_id, reason LIMIT ?6",
        &q));
    ledger_bind(q.statement, "ttttiiit", f->reason, f->party, f->case_key, f->held_id, f->since_ms,
                (int64_t)capped(f->limit), f->until_ms, f->after_id);
    return ledger_finish(l, &q);
}

/* --- counts -------------------------------------------------------------------- */

typedef struct links_ask {
    void (*cb)(void *self, const dcf_ledger_link *k);
    void *self;
} links_ask;

static dcf_status link_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    const links_ask *ask = ctx;
    dcf_ledger_link k = {.link = ledger_text(s, 0),
                         .received = ledger_number(s, 1),
                         .applied = ledger_number(s, 2),
                         .in_flight = ledger_number(s, 3),
                         .held = ledger_number(s, 4),
                         .refused = ledger_number(s, 5),
                         .delivered = ledger_number(s, 6),
                         .duplicates = ledger_number(s, 7),
                         .conflicts = ledger_number(s, 8),
                         .oldest_in_flight_ms = sqlite3_column_int64(s, 9)};
    k.imbalance = (int64_t)(k.received - (k.in_flight + k.held + k.refused + k.delivered));
    ask->cb(ask->self, &k);
    return DCF_OK;
}

#define SUM(what) " sum(CASE what WHEN '" what "' THEN n ELSE 0 END),"

dcf_status dcf_ledger_links(dcf_ledger *l, void (*cb)(void *self, const dcf_ledger_link *k),
                            void *self)
{
    links_ask ask = {cb, self};
    ledger_query q = {.row = link_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(l,
                           "SELECT c.link," SUM("received") SUM("applied") SUM("in_flight")
                               SUM("held") SUM("refused") SUM("delivered") SUM("duplicates") SUM(
                                   "conflicts") " (SELECT min(first_ms) FROM message m WHERE "
                                                "m.source_link = c.link AND m.status < 2)"
                                                " FROM counter c WHERE c.link NOT IN ('" LEDGER_ALL
                                                "', '') GROUP BY c.link ORDER BY c.link",
                           &q));
    return ledger_finish(l, &q);
}

static dcf_status totals_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    *(dcf_ledger_totals *)ctx = (dcf_ledger_totals){.events = ledger_number(s, 0),
                                                    .cases = ledger_number(s, 1),
                                                    .messages = ledger_number(s, 2),
                                                    .held = ledger_number(s, 3),
                                                    .unreadable = ledger_number(s, 4),
                                                    .last_ms = sqlite3_column_int64(s, 5),
                                                    .findings = ledger_number(s, 6)};
    return DCF_OK;
}

#define TOTAL(what)                                                                                \
    " coalesce((SELECT n FROM counter WHERE link = '" LEDGER_ALL "' AND what = '" what "'), 0)"

dcf_status dcf_ledger_totals_get(dcf_ledger *l, dcf_ledger_totals *ret)
{
    ledger_query q = {.row = totals_row, .ctx = ret};
    DCF_TRY(ledger_prepare(
        l,
        "SELECT" TOTAL("events") "," TOTAL("cases") "," TOTAL(
            "messages") ", (SELECT count(*) FROM held WHERE "
                        "open), (SELECT count(*) FROM finding WHERE kind = "
                        "'unreadable')," TOTAL("last_ms") ", (SELECT count(*) FROM finding)",
        &q));
    return ledger_finish(l, &q);
}

typedef void hear_reason(void *self, const char *code, uint64_t count, int64_t ms);

typedef struct reasons_ask {
    hear_reason *cb;
    void *self;
} reasons_ask;

static dcf_status reason_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s)
{
    (void)l;
    const reasons_ask *ask = ctx;
    ask->cb(ask->self, ledger_text(s, 0), ledger_number(s, 1), sqlite3_column_int64(s, 2));
    return DCF_OK;
}

static dcf_status ask_reasons(dcf_ledger *l, const char *sql, hear_reason *cb, void *self)
{
    reasons_ask ask = {cb, self};
    ledger_query q = {.row = reason_row, .ctx = &ask};
    DCF_TRY(ledger_prepare(l, sql, &q));
    return ledger_finish(l, &q);
}

dcf_status dcf_ledger_reasons(dcf_ledger *l, hear_reason *cb, void *self)
{
    return ask_reasons(l, "SELECT code, n, last_ms FROM reason ORDER BY n DESC, code", cb, self);
}

dcf_status dcf_ledger_held_reasons(dcf_ledger *l, hear_reason *cb, void *self)
{
    return ask_reasons(l,
                       "SELECT reason, count(*), min(held_ms) FROM held WHERE open GROUP BY reason"
                       " ORDER BY 2 DESC, 1",
                       cb, self);
}
