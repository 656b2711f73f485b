/* case_store.c - see case_store.h. The due list's keys are time (8 bytes, big endian) and case, so they sort by time. */
#include "daemon/case_store.h"

#include "base/log.h"
#include "kafka/reader.h"
#include "model/message.h"

#include <stdio.h>

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

dcf_status dcf_case_store_get(dcf_store_txn *t, const dcf_case_store *c, const char *key, dcf_arena *arena,
                              Dcf__V1__CaseState **ret)
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

dcf_status dcf_case_store_put(dcf_store_txn *t, const dcf_case_store *c, const char *key, dcf_span packed,
                              int64_t next_tick_ms)
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
    if ((int64_t)at > w->now_ms || w->count == w->most) return DCF_ERR(AGAIN); /* the rest is later: enough */
    char *entry = dcf_arena_str(w->arena, key), *name = dcf_arena_str(w->arena, value);
    if (!entry || !name) return DCF_ERR(NOMEM);
    w->entries[w->count] = dcf_span_of(entry, key.size);
    w->keys[w->count++] = name;
    return DCF_OK;
}

dcf_status dcf_case_store_take_due(dcf_store_txn *t, const dcf_case_store *c, int64_t now_ms, dcf_arena *arena,
                                   const char **ret_keys, size_t most, size_t *ret_count)
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
    int64_t next = INT64_MAX;
    dcf_arena_reset(arena);
    if (dcf_failed(unpack(packed, arena, &state))) return next;
    for (size_t i = 0; i < state->n_waiting; i++) {
        int64_t at = state->waiting[i]->expires_at_ms;
        if (at && at < next) next = at;
    }
    return next;
}

static dcf_status take(dcf_store_txn *t, const dcf_case_store *c, const dcf_record *r, dcf_arena *arena)
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

static dcf_status read_batch(dcf_store *store, const dcf_case_store *c, dcf_reader *reader, dcf_arena *arena,
                             uint64_t *count)
{
    dcf_store_txn *t = NULL;
    DCF_TRY(dcf_store_begin(store, &t));
    dcf_status s = DCF_OK;
    for (int i = 0; i < BATCH && dcf_ok(s) && !dcf_reader_caught_up(reader); i++) {
        dcf_record r = {0};
        s = dcf_reader_poll(reader, 100, &r);
        if (dcf_is(s, DCF_E_AGAIN)) {
            s = DCF_OK;
            break;
        }
        if (dcf_ok(s)) s = take(t, c, &r, arena);
        (*count)++;
        dcf_record_free(&r);
    }
    if (dcf_ok(s)) return dcf_store_commit(t);
    dcf_store_abort(t);
    return s;
}

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

dcf_status dcf_case_store_restore(dcf_store *store, dcf_case_store *c, const dcf_kafka_conf *kafka, const char *topic,
                                  int32_t partition, void (*beat)(void *self), void *self)
{
    dcf_reader_start start = {.topic = topic, .partition = partition, .offset = DCF_OFFSET_BEGINNING};
    dcf_reader *reader = NULL;
    dcf_kafka_error err = {{0}};
    uint64_t count = 0;
    DCF_TRY(drop(store, c));
    DCF_TRY(dcf_reader_open(kafka, &start, 1, &reader, &err));
    dcf_arena arena;
    dcf_arena_init(&arena, STATE_MEMORY);
    dcf_status s = DCF_OK;
    while (dcf_ok(s) && !dcf_reader_caught_up(reader)) {
        beat(self);
        s = read_batch(store, c, reader, &arena, &count);
    }
    dcf_reader_close(reader);
    dcf_arena_fini(&arena);
    if (dcf_ok(s) && count)
        dcf_log(DCF_LOG_INFO, "STATE_RESTORED", "partition", DCF_U64(partition), "records", DCF_U64(count), NULL);
    return s;
}
