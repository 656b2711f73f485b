/*
 * pipeline_kept.c - what one more message costs when so many cases are kept, or so many links
 * configured: the exchange's own work on its store, every message on another case, without Kafka.
 */
#include "base/clock.h"
#include "daemon/case_store.h"
#include "daemon/site.h"
#include "model/envelope.h"
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 500, FILL = 20000, MEMORY = 64 << 20 };

typedef struct desk {
    dcf_site *site;
    dcf_store *store;
    dcf_case_store cases[BENCH_PARTITIONS];
    dcf_arena arena;
    dcf_buf packed;
    Dcf__V1__Envelope *notice;
    size_t round;
    uint64_t random;
} desk;

static dcf_status put_state(desk *d, dcf_store_txn *t, size_t n, const dcf_outcome *o)
{
    char urn[16];
    dcf_buf_clear(&d->packed);
    DCF_TRY(dcf_message_pack(&o->state->base, &d->packed));
    return dcf_case_store_put(t, &d->cases[n % BENCH_PARTITIONS], bench_urn(n, urn),
                              dcf_buf_span(&d->packed), o->next_tick_ms);
}

/* Cases as an early message leaves them, each under its own number. */
static dcf_status fill(desk *d, size_t cases)
{
    char urn[16];
    Dcf__V1__CaseState state = DCF__V1__CASE_STATE__INIT;
    state.case_key = urn;
    state.state = (char *)"charged";
    state.force = (char *)"42";
    state.area = (char *)"3";
    state.force_party = (char *)"essex";
    state.force_link = (char *)"essex-pole";
    const dcf_outcome o = {.state = &state, .next_tick_ms = INT64_MAX};
    for (size_t n = 0; n < cases;) {
        dcf_store_txn *t = NULL;
        DCF_TRY(dcf_store_begin(d->store, &t));
        dcf_status s = DCF_OK;
        for (size_t i = 0; dcf_ok(s) && i < FILL && n < cases; i++, n++) {
            bench_urn(n, urn);
            s = put_state(d, t, n, &o);
        }
        if (dcf_failed(s)) dcf_store_abort(t);
        DCF_TRY(s);
        DCF_TRY(dcf_store_commit(t));
    }
    return DCF_OK;
}

static size_t any_case(desk *d, size_t cases)
{
    d->random = d->random * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(d->random >> 20) % cases;
}

/* As the exchange's loop does it, and every output packed as if it were sent. */
static dcf_status one(desk *d, dcf_store_txn *t, size_t n, size_t message)
{
    char urn[16], id[64];
    Dcf__V1__CaseState *state = NULL;
    Dcf__V1__Envelope *e = NULL;
    dcf_outcome out;
    memset(id, 0, sizeof id);
    snprintf(id, sizeof id, "essex-pole:%zu-%zu-%zu", d->round, n, message);
    d->notice->message_id = d->notice->source_message_id = d->notice->correlation_id = id;
    uint8_t hash[32] = {1};
    memcpy(hash + 1, id, 31);
    d->notice->body_sha256 = (ProtobufCBinaryData){.data = hash, .len = sizeof hash};
    d->notice->case_key = d->notice->material_notice->urn = bench_urn(n, urn);
    dcf_buf_clear(&d->packed);
    DCF_TRY(dcf_envelope_pack(d->notice, &d->packed));
    dcf_arena_reset(&d->arena);
    DCF_TRY(dcf_envelope_unpack(dcf_buf_span(&d->packed), &d->arena, &e));
    DCF_TRY(dcf_case_store_get(t, &d->cases[n % BENCH_PARTITIONS], urn, &d->arena, &state));
    DCF_TRY(dcf_exchange_apply(d->site->exchange, state, e, dcf_clock_ms(), &d->arena, &out));
    if (!out.state) return DCF_ERR(FAULTY);
    for (size_t i = 0; i < out.count; i++) {
        dcf_buf_clear(&d->packed);
        if (out.outputs[i].kind == DCF_OUTPUT_AUDIT)
            DCF_TRY(dcf_message_pack(&out.outputs[i].audit->base, &d->packed));
    }
    return put_state(d, t, n, &out);
}

static dcf_status measure(desk *d, const bench_plan *p)
{
    for (size_t i = 0; i < p->messages;) {
        dcf_store_txn *t = NULL;
        DCF_TRY(dcf_store_begin(d->store, &t));
        dcf_status s = DCF_OK;
        for (size_t k = 0; dcf_ok(s) && k < BATCH; k++, i++) s = one(d, t, any_case(d, p->kept), i);
        if (dcf_failed(s)) dcf_store_abort(t);
        DCF_TRY(s);
        DCF_TRY(dcf_store_commit(t));
    }
    return DCF_OK;
}

static dcf_status open_desk(desk *d, const bench_plan *p, dcf_arena *kept)
{
    char path[512];
    dcf_yaml_error err = {{0}};
    DCF_TRY(dcf_site_load(bench_config(p), NULL, &d->site, &err));
    snprintf(path, sizeof path, "%s/%s.store", p->dir, p->prefix);
    DCF_TRY(dcf_store_open(path, (size_t)64 << 30, &d->store));
    for (int32_t i = 0; i < BENCH_PARTITIONS; i++)
        DCF_TRY(dcf_case_store_open(d->store, i, &d->cases[i]));
    return bench_notice(p, kept, &d->notice) ? DCF_OK : DCF_ERR(IO);
}

/* The store stays as long as the run: the first visit fills it. */
bool bench_kept(const bench_plan *p, bench_result *ret)
{
    desk d = {.round = p->first_case, .random = p->first_case + 1};
    dcf_arena kept;
    dcf_arena_init(&kept, MEMORY);
    dcf_arena_init(&d.arena, MEMORY);
    dcf_status s = open_desk(&d, p, &kept);
    if (dcf_ok(s) && dcf_store_is_fresh(d.store)) s = fill(&d, p->kept);
    double start = bench_now();
    bench_cpu_us();
    if (dcf_ok(s)) s = measure(&d, p);
    *ret = (bench_result){
        .seconds = bench_now() - start, .cpu_us = bench_cpu_us(), .messages = p->messages};
    if (dcf_failed(s)) fprintf(stderr, "bench: %s\n", dcf_status_text(s));
    dcf_store_close(d.store);
    dcf_buf_fini(&d.packed);
    dcf_arena_fini(&d.arena);
    dcf_arena_fini(&kept);
    dcf_site_free(d.site);
    return dcf_ok(s);
}
