/*
 * carrier.c - our carrier: native documents from one topic, canonical on another, in transactions.
 * The broker's Kafka loop around the broker's translation, and nothing else. Like its peers it ends
 * at the first error, for whoever started it to start it again. SPDX-License-Identifier: MIT
 */
#include "base/clock.h"
#include "kafka/txn.h"
#include "packed.h"

#include <stdio.h>
#include <stdlib.h>

enum { PARTITIONS_MAX = 64, HEADERS_MAX = 8, MEMORY = 64 << 20 };

typedef struct carrier {
    const char *from, *to;
    dcf_dialect *spi, *pole;
    dcf_txn *txn;
    dcf_arena arena;
    dcf_buf out;
    int64_t began, next[PARTITIONS_MAX];
    size_t gathered;
} carrier;

static DCF_RESULT send_on(carrier *c, const dcf_record *r)
{
    dcf_header headers[HEADERS_MAX];
    size_t n = 0;
    while (n < HEADERS_MAX && dcf_record_header_at(r, n, &headers[n])) n++;
    dcf_out out = {.topic = c->to,
                   .partition = -1,
                   .key = r->key,
                   .value = dcf_buf_span(&c->out),
                   .headers = headers,
                   .header_count = n,
                   .timestamp_ms = r->timestamp_ms};
    return dcf_txn_send(c->txn, &out);
}

static DCF_RESULT carry(carrier *c, const dcf_record *r)
{
    if (r->partition >= PARTITIONS_MAX || r->value.size == 0) return DCF_ERR(LIMIT);
    if (c->gathered == 0) {
        c->began = dcf_clock_mono_ms();
        DCF_TRY(dcf_txn_begin(c->txn));
    }
    dcf_arena_reset(&c->arena);
    dcf_buf_clear(&c->out);
    const dcf_dialect *d = r->value.data[0] == '<' ? c->spi : c->pole;
    if (!bench_pack_once(d, r->value, &c->arena, &c->out)) return DCF_ERR(FAULTY);
    DCF_TRY(send_on(c, r));
    c->next[r->partition] = r->offset + 1;
    c->gathered++;
    return DCF_OK;
}

static DCF_RESULT commit(carrier *c)
{
    dcf_offset offsets[PARTITIONS_MAX];
    size_t n = 0;
    for (int32_t i = 0; i < PARTITIONS_MAX; i++) {
        if (c->next[i])
            offsets[n++] =
                (dcf_offset){.topic = c->from, .partition = i, .next_offset = c->next[i]};
        c->next[i] = 0;
    }
    c->gathered = 0;
    return dcf_txn_commit(c->txn, offsets, n);
}

static DCF_RESULT run(carrier *c, int cadence_ms)
{
    for (;;) {
        dcf_record r = {0};
        dcf_status got = dcf_txn_poll(c->txn, cadence_ms / 4, &r), done = got;
        if (dcf_ok(got)) done = carry(c, &r);
        dcf_record_free(&r);
        if (dcf_failed(done) && !dcf_is(got, DCF_E_AGAIN)) return done;
        if (c->gathered && dcf_clock_mono_ms() - c->began >= cadence_ms) DCF_TRY(commit(c));
    }
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: bench_carrier BOOTSTRAP GROUP FROM TO COMMIT_MS\n");
        return 2;
    }
    carrier c = {
        .from = argv[3], .to = argv[4], .spi = bench_dialect("spi"), .pole = bench_dialect("pole")};
    dcf_kafka_conf kafka = {.bootstrap = argv[1], .client_id = argv[2]};
    dcf_txn_spec spec = {.group = argv[2],
                         .transactional_id = argv[2],
                         .topics = &c.from,
                         .topic_count = 1,
                         .outputs = &c.to,
                         .output_count = 1};
    dcf_kafka_error err = {{0}};
    dcf_arena_init(&c.arena, MEMORY);
    if (!c.spi || !c.pole) return 1;
    dcf_status s = dcf_txn_open(&kafka, &spec, &c.txn, &err);
    if (dcf_ok(s)) s = run(&c, atoi(argv[5]));
    fprintf(stderr, "bench: our carrier: %s %s\n", dcf_status_text(s), err.text);
    return 1;
}
