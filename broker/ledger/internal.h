/* internal.h - what the writer and the queries of the ledger share. SPDX-License-Identifier: MIT */
#ifndef DCF_LEDGER_INTERNAL_H
#define DCF_LEDGER_INTERNAL_H

#include "base/arena.h"
#include "ledger/ledger.h"

#include <pthread.h>
#include <sqlite3.h>

/* The writer's prepared statements: their SQL is in ledger.c. */
enum ledger_statement {
    NEXT_GET,
    NEXT_SET,
    EVENT_ADD,
    CASE_GET,
    CASE_PUT,
    MESSAGE_GET,
    MESSAGE_PUT,
    HELD_NOTE,
    HELD_ADD,
    HELD_CLOSE,
    HELD_ACTED,
    COUNT,
    NEWEST,
    REASON,
    FINDING_ADD,
    GAP_TAKE,
    GAP_EXPLAIN,
    SEQUENCE_GET,
    SEQUENCE_SET,
    LINKED_ADD,
    STAGE_SINCE,
    LEDGER_STATEMENTS
};

struct Dcf__V1__AuditEvent;

/* Where an event lies: its record, and the how manieth of it. */
typedef struct ledger_place {
    int32_t partition;
    int64_t offset;
    size_t hop;
} ledger_place;

/* The rows that the record being applied is about: rows.c. Texts live until the next record. */
typedef struct ledger_case_row {
    const char *key; /* NULL: none */
    const char *state;
    const char *undecided; /* the message that was received last and not decided yet, or "" */
    int64_t first_ms, last_ms, events;
    bool test;
} ledger_case_row;

typedef struct ledger_message_row {
    const char *id; /* NULL: none */
    const char *case_key, *type, *source_party, *link, *destination_party, *stage;
    int status; /* -1: it had no event yet */
    bool arrived, test;
    unsigned hops; /* reconcile.c */
    int64_t first_ms, last_ms, closed_ms, duplicates, conflicts;
    ledger_place at; /* of the event that made the status */
} ledger_message_row;

typedef struct ledger_measurer ledger_measurer;
typedef struct ledger_tally ledger_tally;

struct dcf_ledger {
    sqlite3 *writer, *reader;
    ledger_measurer *measurer;                   /* NULL: nothing is measured */
    sqlite3_stmt *statements[LEDGER_STATEMENTS]; /* of the writer */
    bool in_batch;
    ledger_tally *tally; /* of the batch */
    dcf_arena arena;     /* one record being applied, and its rows: */
    ledger_case_row case_row;
    ledger_message_row message_row;
    pthread_mutex_t lock; /* the reader, and its arena */
    dcf_arena read_arena;
};

/* Counters that belong to no link stand under this name. */
#define LEDGER_ALL "*"

/* Binds by format, from parameter 1: t text, i int64_t, b dcf_span. */
void ledger_bind(sqlite3_stmt *s, const char *format, ...);

/* Runs a bound statement of the writer that gives no rows, and makes it ready for the next use. */
DCF_RESULT ledger_run(dcf_ledger *l, enum ledger_statement which);

/* tally.c: counters, and when the newest event was. They reach their rows when the batch ends. */
DCF_RESULT ledger_count(dcf_ledger *l, const char *link, const char *what, int64_t n);
void ledger_note_time(dcf_ledger *l, int64_t at_ms);
ledger_tally *ledger_tally_new(void); /* NULL: no memory */
void ledger_tally_free(ledger_tally *t);
DCF_RESULT ledger_tally_write(dcf_ledger *l);
void ledger_tally_clear(ledger_tally *t);

/* rows.c: makes case_row and message_row those of the event, new or as they stand. */
DCF_RESULT ledger_take_case(dcf_ledger *l, const struct Dcf__V1__AuditEvent *e);
DCF_RESULT ledger_take_message(dcf_ledger *l, const struct Dcf__V1__AuditEvent *e, ledger_place at);
void ledger_begin_record(dcf_ledger *l);
DCF_RESULT ledger_end_record(dcf_ledger *l);

/* reconcile.c: judges one event of the message in hand against what came before; *ret_hops for the
 * next. */
DCF_RESULT ledger_reconcile(dcf_ledger *l, const struct Dcf__V1__AuditEvent *e, ledger_place at,
                            unsigned *ret_hops);

/* The same of a record that cannot be read: it is passed over, and named. */
DCF_RESULT ledger_find_unreadable(dcf_ledger *l, const dcf_record *r);

/* measure.c: the observations an event makes. */
DCF_RESULT ledger_measure(dcf_ledger *l, const struct Dcf__V1__AuditEvent *e);
void ledger_measurer_free(ledger_measurer *m); /* accepts NULL */

/* --- queries: query.c ----------------------------------------------------------------------- */

/* Called for each row; an error ends the query. */
typedef dcf_status ledger_row(void *ctx, dcf_ledger *l, sqlite3_stmt *s);

typedef struct ledger_query {
    sqlite3_stmt *statement;
    ledger_row *row;
    void *ctx;
    size_t rows;
} ledger_query;

/* The reader is locked from prepare to finish. */
DCF_RESULT ledger_prepare(dcf_ledger *l, const char *sql, ledger_query *q);
DCF_RESULT ledger_finish(dcf_ledger *l, ledger_query *q);
const char *ledger_text(sqlite3_stmt *s, int column); /* never NULL */
uint64_t ledger_number(sqlite3_stmt *s, int column);

/* The status of an SQLite result; what fails is logged with what it was about. */
dcf_status ledger_status(sqlite3 *db, int rc, const char *what);
/* Drops every row: the topics were made anew. Not in a batch. */
DCF_RESULT ledger_empty(dcf_ledger *l);

#endif
