/*
 * rows.c - the case and the message that a record is about: each is read once, changed by every
 * event of the record, and written once. Nobody else reads or writes these two tables meanwhile.
 */
#include "dcf/v1/audit.pb-c.h"
#include "ledger/internal.h"

#include <string.h>

/* A column of a row that is about to be left. */
static const char *kept(dcf_ledger *l, sqlite3_stmt *s, int column)
{
    return dcf_arena_strdup(&l->arena, ledger_text(s, column));
}

/* *ret_found: there is a row, and s stands on it. */
static dcf_status look_up(dcf_ledger *l, sqlite3_stmt *s, const char *key, bool *ret_found)
{
    ledger_bind(s, "t", key);
    int rc = sqlite3_step(s);
    *ret_found = rc == SQLITE_ROW;
    return ledger_status(l->writer, rc, "row");
}

/* --- the case --------------------------------------------------------------------------------- */

static dcf_status put_case(dcf_ledger *l)
{
    const ledger_case_row *c = &l->case_row;
    if (!c->key) return DCF_OK;
    ledger_bind(l->statements[CASE_PUT], "ttiiiit", c->key, c->state, c->first_ms, c->last_ms,
                c->events, (int64_t)c->test, c->undecided);
    l->case_row.key = NULL;
    return ledger_run(l, CASE_PUT);
}

static dcf_status read_case(dcf_ledger *l, ledger_case_row *c, bool *ret_found)
{
    sqlite3_stmt *s = l->statements[CASE_GET];
    dcf_status status = look_up(l, s, c->key, ret_found);
    if (*ret_found) {
        c->state = kept(l, s, 0);
        c->first_ms = sqlite3_column_int64(s, 1);
        c->last_ms = sqlite3_column_int64(s, 2);
        c->events = sqlite3_column_int64(s, 3);
        c->test = sqlite3_column_int(s, 4);
        c->undecided = kept(l, s, 5);
    }
    sqlite3_reset(s);
    return dcf_ok(status) && !(c->state && c->undecided) ? DCF_ERR(NOMEM) : status;
}

dcf_status ledger_take_case(dcf_ledger *l, const Dcf__V1__AuditEvent *e)
{
    bool found;
    if (l->case_row.key && strcmp(l->case_row.key, e->case_key) == 0) return DCF_OK;
    DCF_TRY(put_case(l));
    ledger_case_row c = {.key = e->case_key,
                         .state = "",
                         .undecided = "",
                         .first_ms = e->at_ms,
                         .last_ms = e->at_ms,
                         .test = e->test};
    DCF_TRY(read_case(l, &c, &found));
    l->case_row = c;
    return found ? DCF_OK : ledger_count(l, LEDGER_ALL, "cases", 1);
}

/* --- the message ------------------------------------------------------------------------------ */

static dcf_status put_message(dcf_ledger *l)
{
    const ledger_message_row *m = &l->message_row;
    if (!m->id) return DCF_OK;
    ledger_bind(l->statements[MESSAGE_PUT], "ttttttiiiiiiiiiiiit", m->id, m->case_key, m->type,
                m->source_party, m->link, m->destination_party, (int64_t)m->status,
                (int64_t)m->arrived, m->first_ms, m->last_ms, m->closed_ms, m->duplicates,
                m->conflicts, (int64_t)m->test, (int64_t)m->at.partition, m->at.offset,
                (int64_t)m->at.hop, (int64_t)m->hops, m->stage);
    l->message_row.id = NULL;
    return ledger_run(l, MESSAGE_PUT);
}

static dcf_status read_message(dcf_ledger *l, ledger_message_row *m, bool *ret_found)
{
    sqlite3_stmt *s = l->statements[MESSAGE_GET];
    dcf_status status = look_up(l, s, m->id, ret_found);
    if (*ret_found) {
        m->case_key = kept(l, s, 0);
        m->type = kept(l, s, 1);
        m->source_party = kept(l, s, 2);
        m->link = kept(l, s, 3);
        m->destination_party = kept(l, s, 4);
        m->status = sqlite3_column_int(s, 5);
        m->arrived = sqlite3_column_int(s, 6);
        m->first_ms = sqlite3_column_int64(s, 7);
        m->last_ms = sqlite3_column_int64(s, 8);
        m->closed_ms = sqlite3_column_int64(s, 9);
        m->duplicates = sqlite3_column_int64(s, 10);
        m->conflicts = sqlite3_column_int64(s, 11);
        m->test = sqlite3_column_int(s, 12);
        m->at = (ledger_place){sqlite3_column_int(s, 13), sqlite3_column_int64(s, 14),
                               (size_t)sqlite3_column_int64(s, 15)};
        m->hops = (unsigned)sqlite3_column_int(s, 16);
        m->stage = kept(l, s, 17);
    }
    sqlite3_reset(s);
    bool whole = m->case_key && m->type && m->source_party && m->link && m->destination_party;
    return dcf_ok(status) && !(whole && m->stage) ? DCF_ERR(NOMEM) : status;
}

dcf_status ledger_take_message(dcf_ledger *l, const Dcf__V1__AuditEvent *e, ledger_place at)
{
    bool found;
    if (l->message_row.id && strcmp(l->message_row.id, e->message_id) == 0) return DCF_OK;
    DCF_TRY(put_message(l));
    /* A link is what others come by: the broker's own messages balance nothing. */
    bool own = strcmp(e->source_party, DCF_LEDGER_OWN_PARTY) == 0;
    ledger_message_row m = {.id = e->message_id,
                            .case_key = e->case_key,
                            .type = e->type,
                            .source_party = e->source_party,
                            .link = own ? "" : e->source_link,
                            .destination_party = "",
                            .stage = e->link_stage,
                            .status = -1,
                            .first_ms = e->at_ms,
                            .last_ms = e->at_ms,
                            .test = e->test,
                            .at = at};
    DCF_TRY(read_message(l, &m, &found));
    l->message_row = m;
    return found ? DCF_OK : ledger_count(l, LEDGER_ALL, "messages", 1);
}

/* --- a record --------------------------------------------------------------------------------- */

void ledger_begin_record(dcf_ledger *l)
{
    dcf_arena_reset(&l->arena);
    l->case_row.key = l->message_row.id = NULL; /* of one that failed */
}

dcf_status ledger_end_record(dcf_ledger *l)
{
    DCF_TRY(put_case(l));
    return put_message(l);
}
