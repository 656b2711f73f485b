/* ledger.c - the writing side: records of dcf.audit and dcf.held become rows, together with their
 * offset. */
#include "ledger/ledger.h"

#include "base/log.h"
#include "ledger/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LAYOUT = 6,               /* PRAGMA user_version: raise it when SCHEMA changes */
    RECORD_MEMORY = 64 << 20, /* most memory to unpack one record */
    BUSY_MS = 5000
};

static const char SCHEMA[] =
    "CREATE TABLE source(topic TEXT, partition INTEGER, next INTEGER NOT NULL,"
    " PRIMARY KEY(topic, partition)) WITHOUT ROWID;"
    "CREATE TABLE event(partition INTEGER, offset INTEGER, hop INTEGER, case_key TEXT NOT NULL, "
    "value BLOB NOT NULL, PRIMARY KEY(partition, offset, hop)) WITHOUT ROWID;"
    "CREATE INDEX event_case ON event(case_key);"
    "CREATE TABLE case_file(case_key TEXT PRIMARY KEY, state TEXT NOT NULL, first_ms INTEGER, "
    "last_ms INTEGER,"
    " events INTEGER, test INTEGER, undecided TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    "CREATE TABLE message(message_id TEXT PRIMARY KEY, case_key TEXT, type TEXT, source_party TEXT,"
    " source_link TEXT, destination_party TEXT, status INTEGER, arrived INTEGER, first_ms INTEGER,"
    " last_ms INTEGER, closed_ms INTEGER, duplicates INTEGER, conflicts "
    "INTEGER,"
    " test INTEGER, partition INTEGER, offset INTEGER, hop INTEGER, hops INTEGER, stage TEXT)"
    " WITHOUT ROWID;"
    "CREATE INDEX message_link ON message(source_link, first_ms, status, arrived)"
    " WHERE source_link <> '';"
    "CREATE TABLE finding(message_id TEXT, kind TEXT, what TEXT, link TEXT, case_key TEXT, "
    "party TEXT, sequence INTEGER, at_ms INTEGER, partition INTEGER, offset INTEGER,"
    " UNIQUE(message_id, kind));"
    "CREATE INDEX finding_time ON finding(at_ms);"
    "CREATE INDEX finding_gap ON finding(case_key, party, sequence) WHERE what = 'routed';"
    "CREATE TABLE sequence(case_key TEXT, party TEXT, last INTEGER, PRIMARY KEY(case_key, party))"
    " WITHOUT ROWID;"
    "CREATE TABLE observation(metric TEXT, at_ms INTEGER, force TEXT, area TEXT, case_type TEXT,"
    " grp TEXT, good INTEGER, value INTEGER, case_key TEXT);"
    "CREATE INDEX observation_time ON observation(metric, at_ms);"
    "CREATE TABLE running(metric TEXT, case_key TEXT, key TEXT, at_ms INTEGER,"
    " PRIMARY KEY(metric, case_key, key)) WITHOUT ROWID;"
    "CREATE TABLE case_fact(case_key TEXT, name TEXT, value TEXT, PRIMARY KEY(case_key, name))"
    " WITHOUT ROWID;"
    "CREATE TABLE catalogue(one INTEGER PRIMARY KEY, text BLOB);"
    "CREATE TABLE linked(case_key TEXT, other TEXT, PRIMARY KEY(case_key, other)) WITHOUT ROWID;"
    "CREATE INDEX message_open ON message(source_link, first_ms) WHERE status < 2;" /* RECEIVED,
                                                                                       ACCEPTED */
    "CREATE TABLE held(held_id TEXT, reason TEXT, open INTEGER, audited INTEGER, held_ms INTEGER, "
    "expires_ms "
    "INTEGER,"
    " case_key TEXT, type TEXT, source_party TEXT, source_link TEXT, destination_party TEXT,"
    " native_size INTEGER, partition INTEGER, offset INTEGER, value BLOB,"
    " PRIMARY KEY(held_id, reason)) WITHOUT ROWID;"
    "CREATE INDEX held_open ON held(held_ms) WHERE open;"
    "CREATE TABLE counter(link TEXT, what TEXT, n INTEGER NOT NULL, PRIMARY KEY(link, what)) "
    "WITHOUT ROWID;"
    "CREATE TABLE reason(code TEXT PRIMARY KEY, n INTEGER, last_ms INTEGER) WITHOUT ROWID;";

static const char *const SQL[LEDGER_STATEMENTS] = {
    [NEXT_GET] = "SELECT next FROM source WHERE topic = ?1 AND partition = ?2",
    [NEXT_SET] = "INSERT INTO source VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET next = ?3",
    [EVENT_ADD] = "INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5)",
    [CASE_GET] = "SELECT state, first_ms, last_ms, events, test, undecided FROM case_file"
                 " WHERE case_key = ?1",
    [CASE_PUT] = "INSERT INTO case_file VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE"
                 " SET state = ?2, last_ms = ?4, events = ?5, undecided = ?7",
    [MESSAGE_GET] = "SELECT case_key, type, source_party, source_link, destination_party, status,"
                    " arrived, first_ms, last_ms, closed_ms, duplicates, conflicts, test,"
                    " partition, offset, hop, hops, stage FROM message WHERE message_id = ?1",
    [MESSAGE_PUT] =
        "INSERT INTO message VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15, ?16, ?17, ?18, ?19) ON CONFLICT DO UPDATE SET destination_party = ?6, status = ?7,"
        " arrived = ?8, last_ms = ?10, closed_ms = ?11, duplicates = ?12, conflicts = ?13,"
        " partition = ?15, offset = ?16, hop = ?17, hops = ?18",
    /*
     * A held row comes from an event (which has its place in the log of its message, so what is
     * open follows exactly), from a record of dcf.held (which knows where the bytes are), or from
     * both, in either order: the two topics have no common one. The newer hold wins; of one hold,
     * the record's details.
     */
    [HELD_NOTE] =
        "INSERT INTO held VALUES(?1, ?2, 1, 1, ?3, 0, ?4, ?5, ?6, ?7, ?8, 0, -1, -1, ?9)"
        " ON CONFLICT DO UPDATE SET open = 1, audited = 1, held_ms = ?3,"
        " expires_ms = iif(?3 > held_ms, 0, expires_ms), native_size = iif(?3 > held_ms, 0, "
        "native_size),"
        " partition = iif(?3 > held_ms, -1, partition), offset = iif(?3 > held_ms, -1, offset),"
        " value = iif(?3 > held_ms, ?9, value) WHERE ?3 >= held_ms",
    [HELD_ADD] =
        "INSERT INTO held VALUES(?1, ?2, NOT EXISTS(SELECT 1 FROM message"
        " WHERE message_id = ?1 AND closed_ms > ?3), 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
        "?13)"
        " ON CONFLICT DO UPDATE SET open = iif(?3 > held_ms, excluded.open, open),"
        " audited = iif(?3 > held_ms, 0, audited), held_ms = ?3, expires_ms = ?4, case_key = ?5, "
        "type = ?6,"
        " source_party = ?7, source_link = ?8, destination_party = ?9, native_size = ?10, "
        "partition = ?11,"
        " offset = ?12, value = ?13 WHERE ?3 >= held_ms",
    [HELD_CLOSE] =
        "UPDATE held SET open = 0 WHERE held_id = ?1 AND open AND (audited OR held_ms < ?2)",
    /* Also when its record is not seen yet: that is older, and leaves this row as it is. */
    [HELD_ACTED] =
        "INSERT INTO held VALUES(?1, ?2, 0, 1, ?3, 0, '', '', '', '', '', 0, -1, -1, x'')"
        " ON CONFLICT DO UPDATE SET open = 0, held_ms = ?3 WHERE held_ms <= ?3",
    [COUNT] = "INSERT INTO counter VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + ?3",
    [NEWEST] = "INSERT INTO counter VALUES('" LEDGER_ALL
               "', 'last_ms', ?1) ON CONFLICT DO UPDATE SET n = max(n, ?1)",
    [REASON] = "INSERT INTO reason VALUES(?1, 1, ?2) ON CONFLICT DO UPDATE SET n = n + 1, last_ms "
               "= max(last_ms, ?2)",
    [FINDING_ADD] = "INSERT OR IGNORE INTO finding VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    /* A gap in the numbers of a case and the message whose routing is missing are one finding. */
    [GAP_TAKE] = "DELETE FROM finding WHERE rowid = (SELECT rowid FROM finding WHERE case_key = ?1"
                 " AND party = ?2 AND what = 'routed' AND sequence > 0 AND link = ''"
                 " ORDER BY sequence LIMIT 1)",
    [GAP_EXPLAIN] = "UPDATE finding SET sequence = ?3 WHERE rowid = (SELECT rowid FROM finding"
                    " WHERE case_key = ?1 AND party = ?2 AND what = 'routed' AND sequence = 0"
                    " ORDER BY rowid LIMIT 1)",
    [SEQUENCE_GET] = "SELECT last FROM sequence WHERE case_key = ?1 AND party = ?2",
    [SEQUENCE_SET] = "INSERT INTO sequence VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET last = ?3",
    [STAGE_SINCE] = "INSERT OR IGNORE INTO counter VALUES(?1, ?2, ?3)",
    [LINKED_ADD] = "INSERT OR IGNORE INTO linked VALUES(?1, ?2), (?2, ?1)",
};

/* --- SQLite ------------------------------------------------------------------ */

dcf_status ledger_status(sqlite3 *db, int rc, const char *what)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW) return DCF_OK;
    dcf_log(DCF_LOG_ERROR, "LEDGER_SQLITE", "what", what, "error",
            db ? sqlite3_errmsg(db) : sqlite3_errstr(rc), NULL);
    if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT) return DCF_ERR(CORRUPT);
    return rc == SQLITE_NOMEM ? DCF_ERR(NOMEM) : DCF_ERR(IO);
}

void ledger_bind(sqlite3_stmt *s, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    for (int i = 1; format[i - 1]; i++) {
        if (format[i - 1] == 't') {
            sqlite3_bind_text(s, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
        } else if (format[i - 1] == 'i') {
            sqlite3_bind_int64(s, i, va_arg(ap, int64_t));
        } else {
            dcf_span b = va_arg(ap, dcf_span);
            sqlite3_bind_blob64(s, i, b.data ? (const void *)b.data : "", b.size, SQLITE_STATIC);
        }
    }
    va_end(ap);
}

/* Runs a bound statement that gives no rows, and makes it ready for the next use. */
dcf_status ledger_run(dcf_ledger *l, enum ledger_statement which)
{
    sqlite3_stmt *s = l->statements[which];
    int rc = sqlite3_step(s);
    dcf_status status = ledger_status(l->writer, rc, SQL[which]);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return status;
}

static dcf_status exec(sqlite3 *db, const char *sql)
{
    return ledger_status(db, sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static int64_t user_version(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    int64_t version = -1;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        version = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return version;
}

/* Drops everything: SQLite's own reset, which leaves an empty database. */
static dcf_status empty(sqlite3 *db)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
    dcf_status status = exec(db, "VACUUM");
    sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
    return status;
}

static dcf_status lay_out(sqlite3 *db)
{
    int64_t version = user_version(db);
    if (version == LAYOUT) return DCF_OK;
    if (version < 0) return DCF_ERR(CORRUPT);
    if (version > 0) {
        dcf_log(DCF_LOG_WARN, "LEDGER_LAYOUT", "text",
                "another layout: emptied, to be replayed from the topics", NULL);
        DCF_TRY(empty(db));
    }
    char version_sql[64];
    snprintf(version_sql, sizeof version_sql, "PRAGMA user_version = %d", LAYOUT);
    DCF_TRY(exec(db, "BEGIN IMMEDIATE"));
    DCF_TRY(exec(db, SCHEMA));
    DCF_TRY(exec(db, version_sql));
    return exec(db, "COMMIT");
}

static dcf_status connect(const char *path, int flags, sqlite3 **ret)
{
    int rc = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);
    DCF_TRY(ledger_status(*ret, rc, path));
    sqlite3_busy_timeout(*ret, BUSY_MS);
    return DCF_OK;
}

static dcf_status open_writer(dcf_ledger *l, const char *path)
{
    DCF_TRY(connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &l->writer));
    DCF_TRY(exec(l->writer, "PRAGMA journal_mode = WAL"));
    DCF_TRY(exec(l->writer, "PRAGMA synchronous = NORMAL")); /* a power cut takes back whole
                                                                transactions, with their offsets */
    /* 16 MiB of pages in hand, and 32 MiB of log before they are copied into the file: a page that
     * batch after batch changes is copied once. */
    DCF_TRY(exec(l->writer, "PRAGMA cache_size = -16384"));
    DCF_TRY(exec(l->writer, "PRAGMA wal_autocheckpoint = 8192"));
    DCF_TRY(lay_out(l->writer));
    for (size_t i = 0; i < LEDGER_STATEMENTS; i++)
        DCF_TRY(ledger_status(l->writer,
                              sqlite3_prepare_v3(l->writer, SQL[i], -1, SQLITE_PREPARE_PERSISTENT,
                                                 &l->statements[i], NULL),
                              SQL[i]));
    return DCF_OK;
}

dcf_status dcf_ledger_open(const char *path, dcf_ledger **ret)
{
    dcf_ledger *l = calloc(1, sizeof *l);
    if (!l) return DCF_ERR(NOMEM);
    pthread_mutex_init(&l->lock, NULL);
    dcf_arena_init(&l->arena, RECORD_MEMORY);
    dcf_arena_init(&l->read_arena, RECORD_MEMORY);
    l->tally = ledger_tally_new();
    dcf_status status = l->tally ? open_writer(l, path) : DCF_ERR(NOMEM);
    if (dcf_ok(status)) status = connect(path, SQLITE_OPEN_READONLY, &l->reader);
    if (dcf_failed(status)) {
        dcf_ledger_close(l);
        return status;
    }
    *ret = l;
    return DCF_OK;
}

void dcf_ledger_close(dcf_ledger *l)
{
    if (!l) return;
    dcf_ledger_abort(l);
    ledger_tally_free(l->tally);
    ledger_measurer_free(l->measurer);
    for (size_t i = 0; i < LEDGER_STATEMENTS; i++) sqlite3_finalize(l->statements[i]);
    sqlite3_close(l->reader);
    sqlite3_close(l->writer);
    dcf_arena_fini(&l->arena);
    dcf_arena_fini(&l->read_arena);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* --- batches  ---------------------------------------------------------------- */

dcf_status dcf_ledger_begin(dcf_ledger *l)
{
    DCF_TRY(exec(l->writer, "BEGIN IMMEDIATE"));
    l->in_batch = true;
    return DCF_OK;
}

dcf_status dcf_ledger_commit(dcf_ledger *l)
{
    DCF_TRY(ledger_tally_write(l));
    DCF_TRY(exec(l->writer, "COMMIT"));
    l->in_batch = false;
    return DCF_OK;
}

void dcf_ledger_abort(dcf_ledger *l)
{
    if (l->tally) ledger_tally_clear(l->tally);
    if (l->in_batch) sqlite3_exec(l->writer, "ROLLBACK", NULL, NULL, NULL);
    l->in_batch = false;
}

dcf_status ledger_empty(dcf_ledger *l)
{
    DCF_TRY(dcf_ledger_begin(l));
    dcf_status status =
        exec(l->writer,
             "DELETE FROM source; DELETE FROM event; DELETE FROM case_file; DELETE FROM message;"
             "DELETE FROM held; DELETE FROM counter; DELETE FROM reason; DELETE FROM finding;"
             "DELETE FROM sequence; DELETE FROM linked; DELETE FROM observation;"
             "DELETE FROM running; DELETE FROM case_fact;");
    if (dcf_ok(status)) status = dcf_ledger_commit(l);
    if (dcf_failed(status)) dcf_ledger_abort(l);
    return status;
}

dcf_status dcf_ledger_next_offset(dcf_ledger *l, const char *topic, int32_t partition, int64_t *ret)
{
    sqlite3_stmt *s = l->statements[NEXT_GET];
    ledger_bind(s, "ti", topic, (int64_t)partition);
    int rc = sqlite3_step(s);
    int64_t next = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    dcf_status status = ledger_status(l->writer, rc, SQL[NEXT_GET]);
    sqlite3_reset(s);
    if (dcf_ok(status)) *ret = next;
    return status;
}
