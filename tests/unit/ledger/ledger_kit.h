/*
 * ledger_kit.h - what the ledger's tests share: one in a file of its own, a story told to it, and
 * what its callbacks heard. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_LEDGER_KIT_H
#define DCF_TESTS_LEDGER_KIT_H

#include "ledger_events.h"
#include "unit.h"

#include <sqlite3.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

typedef struct fixture {
    char path[64];
    dcf_ledger *l;
} fixture;

static inline fixture begin(void)
{
    fixture f;
    ledger_file(f.path);
    OK(dcf_ledger_open(f.path, &f.l));
    return f;
}

static inline void end(fixture *f)
{
    dcf_ledger_close(f->l);
    drop_ledger_file(f->path);
}

static inline void again(fixture *f)
{
    dcf_ledger_close(f->l);
    f->l = NULL;
    OK(dcf_ledger_open(f->path, &f->l));
}

/* One case's way to the CPS, beside a message that is held and one that is refused at the door. */
static const step STORY[] = {
    {KIND(RECEIVED), "L:1", "01AB1234526", NULL, 1000, NULL, NULL},
    {KIND(APPLIED), "L:1", "01AB1234526", NULL, 1010, "submitted", NULL},
    {KIND(ROUTED), "L:1", "01AB1234526", NULL, 1011, NULL, NULL},
    {KIND(DUPLICATE), "L:1", "01AB1234526", NULL, 1020, NULL, NULL},
    {KIND(RECEIVED), "L:2", "01AB1234527", NULL, 1030, NULL, NULL},
    {KIND(HELD), "L:2", "01AB1234527", "DCF-4005", 1031, NULL, NULL},
    {KIND(REFUSED), "L:3", "", "DCF-2003", 1040, NULL, NULL},
    {KIND(DELIVERED), "L:1", "01AB1234526", NULL, 1050, NULL, NULL},
    {KIND(RECEIVED), "L:4", "01AB1234526", NULL, 1060, NULL, NULL},
};
enum { STORY_STEPS = sizeof STORY / sizeof STORY[0] };

static inline void tell(dcf_ledger *l, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        OK(put_event(l, 3, (int64_t)i * 2, &STORY[i])); /* transactions leave gaps */
}

/* --- what callbacks heard ------------------------------------------------------- */

typedef struct heard {
    int count;
    dcf_ledger_message m;
    dcf_ledger_link k;
    dcf_ledger_case c;
    int kinds[32];
    char ids[32][16], reason[16], path[32], type[32], state[32], destination[32];
} heard;

static inline void hear_message(void *self, const dcf_ledger_message *m)
{
    heard *h = self;
    h->count++;
    h->m = *m;
    snprintf(h->reason, sizeof h->reason, "%s", m->last->reason);
    snprintf(h->destination, sizeof h->destination, "%s", m->destination_party);
}

static inline void hear_link(void *self, const dcf_ledger_link *k)
{
    heard *h = self;
    h->count++;
    h->k = *k;
}

static inline void hear_case(void *self, const dcf_ledger_case *c)
{
    heard *h = self;
    h->c = *c;
    snprintf(h->state, sizeof h->state, "%s", c->state);
}

static inline void hear_event(void *self, const Dcf__V1__AuditEvent *e)
{
    heard *h = self;
    h->kinds[h->count++] = (int)e->kind;
}

static inline void hear_held(void *self, const dcf_ledger_held *held)
{
    heard *h = self;
    snprintf(h->ids[h->count++], sizeof h->ids[0], "%s", held->held_id);
    snprintf(h->reason, sizeof h->reason, "%s", held->reason);
    snprintf(h->path, sizeof h->path, "%s",
             held->record->n_faults ? held->record->faults[0]->path : "");
    snprintf(h->type, sizeof h->type, "%s", held->type);
    CU_ASSERT_PTR_NULL(held->record->envelope);
    CU_ASSERT_EQUAL(held->record->native_body.len, 0);
}

static inline int held_now(dcf_ledger *l, const dcf_ledger_held_filter *f)
{
    heard h = {0};
    OK(dcf_ledger_held_list(l, f, hear_held, &h));
    return h.count;
}

static inline dcf_message_status status_now(dcf_ledger *l, const char *id)
{
    heard h = {0};
    OK(dcf_ledger_message_get(l, id, hear_message, &h));
    return h.m.status;
}

/* The whole content as text, whatever order rows were written in. */
static inline char *dump(const char *path)
{
    static const char *const sql[] = {"SELECT * FROM event ORDER BY 1, 2",
                                      "SELECT * FROM message ORDER BY 1",
                                      "SELECT * FROM held ORDER BY 1, 2",
                                      "SELECT * FROM case_file ORDER BY 1",
                                      "SELECT * FROM counter WHERE n <> 0 ORDER BY 1, 2",
                                      "SELECT * FROM reason ORDER BY 1",
                                      "SELECT * FROM source ORDER BY 1, 2"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    sqlite3 *db = NULL;
    CU_ASSERT_EQUAL_FATAL(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
        sqlite3_stmt *s = NULL;
        CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(db, sql[i], -1, &s, NULL), SQLITE_OK);
        while (sqlite3_step(s) == SQLITE_ROW) {
            for (int c = 0; c < sqlite3_column_count(s); c++) {
                const char *t = (const char *)sqlite3_column_text(s, c);
                fprintf(out, "%.*s|", t ? sqlite3_column_bytes(s, c) : 0, t ? t : "");
            }
            fputc('\n', out);
        }
        sqlite3_finalize(s);
    }
    sqlite3_close(db);
    fclose(out);
    return text;
}

#endif
