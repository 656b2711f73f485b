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
    CASE_ADD,
    CASE_UPDATE,
    MESSAGE_ADD,
    MESSAGE_GET,
    MESSAGE_UPDATE,
    HELD_NOTE,
    HELD_ADD,
    HELD_CLOSE,
    HELD_ACTED,
    COUNT,
    NEWEST,
    REASON,
    LEDGER_STATEMENTS
};

struct dcf_ledger {
    sqlite3 *writer, *reader;
    sqlite3_stmt *statements[LEDGER_STATEMENTS]; /* of the writer */
    bool in_batch;
    dcf_arena arena;      /* one record being applied */
    pthread_mutex_t lock; /* the reader, and its arena */
    dcf_arena read_arena;
};

/* Counters that belong to no link stand under this name. */
#define LEDGER_ALL "*"

/* Binds by format, from parameter 1: t text, i int64_t, b dcf_span. */
void ledger_bind(sqlite3_stmt *s, const char *format, ...);

/* Runs a bound statement of the writer that gives no rows, and makes it ready for the next use. */
DCF_RESULT ledger_run(dcf_ledger *l, enum ledger_statement which);
/* The status of an SQLite result; what fails is logged with what it was about. */
dcf_status ledger_status(sqlite3 *db, int rc, const char *what);
/* Drops every row: the topics were made anew. Not in a batch. */
DCF_RESULT ledger_empty(dcf_ledger *l);

#endif
