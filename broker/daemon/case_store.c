/* case_store.c - see case_store.h. The due list's keys are time (8 bytes, big endian) and case, so
 * they sort by time. */
#include "daemon/case_store.h"

#include "base/log.h"
#include "exchange/exchange.h"
#include "kafka/reader.h"
#include "model/message.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATE_MEMORY = 32 << 20, BATCH = 5000 };

dcf_status dcf_case_store_open(dcf_store *store, int32_t partition, dcf_case_store *ret)
{
    char name[32];
    snprintf(name, sizeof name, "case.%d", (int)partition);
    DCF_TRY(dcf_store_namespace(store, name, &ret->cases));
    snprintf(name, sizeof name, "due.%d", (int)partition);
    return dcf_store_namespace(store, name, &ret->due);
}

static dcf_status unpack(dcf_span packed, dcf_arena *arena, Dcf__V1__CaseState **ret)
{
    ProtobufCMessage *m = NULL;
    DCF_TRY(dcf_message_unpack(&dcf__v1__case_state__descriptor, packed, arena, &m));
    *ret = (Dcf__V1__CaseState *)m;
    return DCF_OK;
}

dcf_status dcf_case_store_get(dcf_store_txn *t, const dcf_case_store *c, const char *key,
                              dcf_arena *arena, Dcf__V1__CaseState **ret)
{
    dcf_span packed;
    DCF_TRY(dcf_store_get(t, c->cases, dcf_span_str(key), &packed));
    return unpack(packed, arena, ret);
}

static size_t due_key(int64_t at_ms, dcf_span key, uint8_t out[8 + DCF_STORE_KEY_MAX])
{
    for (int i = 0; i < 8; i++) out[i] = (uint8_t)((uint64_t)at_ms >> (56 - 8 * i));
    size_t n = key.size < DCF_STORE_KEY_MAX - 8 ? key.size : DCF_STORE_KEY_MAX - 8;
    memcpy(out + 8, key.data, n);
    return 8 + n;
}

dcf_status dcf_case_store_put(dcf_store_txn *t, const dcf_case_store *c, const char *key,
                              dcf_span packed, int64_t next_tick_ms)
{
    uint8_t due[8 + DCF_STORE_KEY_MAX];
    DCF_TRY(dcf_store_put(t, c->cases, dcf_span_str(key), packed));
    if (next_tick_ms == INT64_MAX) return DCF_OK;
    size_t n = due_key(next_tick_ms, dcf_span_str(key), due);
    return dcf_store_put(t, c->due, dcf_span_of(due, n), dcf_span_str(key));
}

typedef struct due_walk {
    int64_t now_ms;
    dcf_arena *arena;
    const char **keys;
    dcf_span *entries;
    size_t most, count;
} due_walk;

static dcf_status see_due(void *self, dcf_span key, dcf_span value)
{
    due_walk *w = self;
    uint64_t at = 0;
    for (int i = 0; i < 8 && key.size > 8; i++) at = at << 8 | key.data[i];
    if ((int64_t)at > w->now_ms || w->count == w->most)
        return DCF_ERR(AGAIN); /* the rest is later: enough */
    char *entry = dcf_arena_str(w->arena, key), *name = dcf_arena_str(w->arena, value);
    if (!entry || !name) return DCF_ERR(NOMEM);
    w->entries[w->count] = dcf_span_of(entry, key.size);
    w->keys[w->count++] = name;
    return DCF_OK;
}

dcf_status dcf_case_store_take_due(dcf_store_txn *t, const dcf_case_store *c, int64_t now_ms,
                                   dcf_arena *arena, const char **ret_keys, size_t most,
                                   size_t *ret_count)
{
    due_walk w = {.now_ms = now_ms, .arena = arena, .keys = ret_keys, .most = most};
    w.entries = dcf_arena_alloc(arena, most * sizeof *w.entries);
    if (!w.entries) return DCF_ERR(NOMEM);
    dcf_status s = dcf_store_each(t, c->due, (dcf_span){0}, see_due, &w);
    if (dcf_failed(s) && !dcf_is(s, DCF_E_AGAIN)) return s;
    for (size_t i = 0; i < w.count; i++) DCF_TRY(dcf_store_del(t, c->due, w.entries[i]));
    *ret_count = w.count;
    return DCF_OK;
}

/* --- restoring ------------------------------------------------------------------- */

static int64_t next_tick_of(dcf_span packed, dcf_arena *arena)
{
    Dcf__V1__CaseState *state = NULL;
    dcf_arena_reset(arena);
    if (dcf_failed(unpack(packed, arena, &state))) return INT64_MAX;
    return dcf_exchange_next_tick(state);
}

static dcf_status take(dcf_store_txn *t, const dcf_case_store *c, const dcf_record *r,
                       dcf_arena *arena)
{
    if (!r->key.size || r->key.size > DCF_STORE_KEY_MAX - 8) return DCF_OK;
    if (!r->value.data) {
        dcf_status s = dcf_store_del(t, c->cases, r->key);
        return dcf_is(s, DCF_E_NOT_FOUND) ? DCF_OK : s;
    }
    char key[DCF_STORE_KEY_MAX + 1] = {0};
    memcpy(key, r->key.data, r->key.size);
    return dcf_case_store_put(t, c, key, r->value, next_tick_of(r->value, arena));
}

struct dcf_case_restoring {
    dcf_case_restore how;
    const dcf_case_store *stores; /* by partition */
    int32_t *partitions;
    size_t count;
    dcf_reader *reader;
    dcf_arena arena;
    uint64_t records;
};

static dcf_status drop(dcf_store *store, const dcf_case_store *c)
{
    dcf_store_txn *t = NULL;
    DCF_TRY(dcf_store_begin(store, &t));
    dcf_status s = dcf_store_drop(t, c->cases);
    if (dcf_ok(s)) s = dcf_store_drop(t, c->due);
    if (dcf_ok(s)) return dcf_store_commit(t);
    dcf_store_abort(t);
    return s;
}

static dcf_status open_reader(dcf_case_restoring *r)
{
    dcf_kafka_error err = {{0}};
    dcf_reader_start *starts = calloc(r->count ? r->count : 1, sizeof *starts);
    if (!starts) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < r->count; i++) {
        int64_t level = r->stores[r->partitions[i]].level;
        starts[i] = (dcf_reader_start){r->how.topic, r->partitions[i],
                                       level ? level : DCF_OFFSET_BEGINNING};
    }
    dcf_status s = dcf_reader_open(r->how.kafka, starts, r->count, &r->reader, &err);
    free(starts);
    return s;
}

/* What is not level with the topic at all is filled anew. */
static dcf_status prepare(dcf_case_restoring *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const dcf_case_store *c = &r->stores[r->partitions[i]];
        if (!c->level) DCF_TRY(drop(r->how.store, c));
    }
    return open_reader(r);
}

dcf_status dcf_case_restore_begin(const dcf_case_restore *how, const dcf_case_store *stores,
                                  const int32_t *partitions, size_t n, dcf_case_restoring **ret)
{
    dcf_case_restoring *r = calloc(1, sizeof *r);
    if (!r) return DCF_ERR(NOMEM);
    r->how = *how;
    r->stores = stores;
    r->partitions = calloc(n ? n : 1, sizeof *partitions);
    dcf_arena_init(&r->arena, STATE_MEMORY);
    dcf_status s = r->partitions ? DCF_OK : DCF_ERR(NOMEM);
    for (; dcf_ok(s) && r->count < n; r->count++) r->partitions[r->count] = partitions[r->count];
    if (dcf_ok(s)) s = prepare(r);
    if (dcf_failed(s))
        dcf_case_restore_end(r);
    else
        *ret = r;
    return s;
}

/* One store transaction of records; AGAIN from the reader ends it early. */
static dcf_status read_batch(dcf_case_restoring *r)
{
    dcf_store_txn *t = NULL;
    DCF_TRY(dcf_store_begin(r->how.store, &t));
    dcf_status s = DCF_OK;
    for (int i = 0; i < BATCH && dcf_ok(s) && !dcf_reader_caught_up(r->reader); i++) {
        dcf_record record = {0};
        s = dcf_reader_poll(r->reader, 100, &record);
        if (dcf_failed(s)) break;
        s = take(t, &r->stores[record.partition], &record, &r->arena);
        r->records++;
        dcf_record_free(&record);
    }
    if (dcf_ok(s) || dcf_is(s, DCF_E_AGAIN)) return dcf_store_commit(t);
    dcf_store_abort(t);
    return s;
}

dcf_status dcf_case_restore_step(dcf_case_restoring *r, dcf_case_store *stores)
{
    if (!dcf_reader_caught_up(r->reader)) {
        DCF_TRY(read_batch(r));
        if (!dcf_reader_caught_up(r->reader)) return DCF_ERR(AGAIN);
    }
    for (size_t i = 0; i < r->count; i++)
        dcf_reader_progress(r->reader, i, &stores[r->partitions[i]].level, NULL, NULL);
    dcf_log(DCF_LOG_INFO, "STATE_RESTORED", "partitions", DCF_U64(r->count), "records",
            DCF_U64(r->records), NULL);
    return DCF_OK;
}

void dcf_case_restore_end(dcf_case_restoring *r)
{
    if (!r) return;
    dcf_reader_close(r->reader);
    dcf_arena_fini(&r->arena);
    free(r->partitions);
    free(r);
}
