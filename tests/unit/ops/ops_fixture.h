/*
 * ops_fixture.h - an operations API on a free loopback port, over a small ledger and
 * a provider that says what the test sets: for the tests of ops and of ctl.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_OPS_FIXTURE_H
#define DCF_TESTS_OPS_FIXTURE_H

#include "../ledger/ledger_events.h"
#include "base/clock.h"
#include "ledger/criteria.h"
#include "ledger/measure.h"
#include "ops/ops.h"

typedef struct ops_fixture {
    char path[64], url[64];
    dcf_ledger *ledger;
    dcf_catalogue *catalogue;
    dcf_criteria *criteria;
    dcf_ops *ops;
    bool exchange_ok, kafka_away;
} ops_fixture;

static inline void fixture_roles(void *self, dcf_role_cb *cb, void *ctx)
{
    ops_fixture *f = self;
    cb(ctx, &(dcf_role_info){.name = "exchange",
                             .state = f->exchange_ok ? "running" : "fenced",
                             .ok = f->exchange_ok,
                             .reason = f->exchange_ok ? "" : "another producer took over",
                             .since_ms = 1000});
    if (f->kafka_away)
        cb(ctx, &(dcf_role_info){.name = DCF_KAFKA_ROLE, .state = "away", .reason = "no broker"});
    cb(ctx,
       &(dcf_role_info){
           .name = "delivery", .state = "running", .ok = true, .reason = "", .since_ms = 1000});
}

static inline void fixture_links(void *self, dcf_link_cb *cb, void *ctx)
{
    (void)self;
    cb(ctx, &(dcf_link_info){"force-45-spi", "force-45", "spi", DCF_STAGE_TEST});
    cb(ctx, &(dcf_link_info){"cps-cms", "cps", "cms", DCF_STAGE_LIVE});
}

static inline void fixture_queues(void *self, dcf_queue_cb *cb, void *ctx)
{
    (void)self;
    cb(ctx, &(dcf_queue_info){.party = "cps",
                              .depth = 2,
                              .in_flight = 1,
                              .oldest_ms = dcf_clock_ms() - 90000,
                              .breaker = "open",
                              .next_try_ms = 1795274270123,
                              .reason = "the receiver does not answer: 5 failures in a row"});
    cb(ctx, &(dcf_queue_info){.party = "force-45", .breaker = "closed", .reason = ""});
}

static inline dcf_status fixture_waiting(void *self, const char *party, size_t limit,
                                         dcf_waiting_cb *cb, void *ctx)
{
    (void)self;
    if (strcmp(party, "force-45") == 0) return DCF_OK;
    if (strcmp(party, "cps") != 0) return DCF_ERR(NOT_FOUND);
    cb(ctx, &(dcf_waiting_info){.message_id = "L:1",
                                .case_key = "01AB1234526",
                                .type = "case_submission",
                                .since_ms = 1795274000000,
                                .attempts = 5,
                                .next_try_ms = 1795274270123,
                                .reason = "the breaker is open",
                                .last_failure = "receiver failed (HTTP 500)"});
    if (limit < 2) return DCF_OK;
    cb(ctx, &(dcf_waiting_info){.message_id = "L:4",
                                .case_key = "01AB1234526",
                                .type = "case_submission",
                                .since_ms = 1795274100000,
                                .reason = "behind L:1 of its case"});
    return DCF_OK;
}

/* A case that is delivered, a message held for its case, one refused; then one more on its way. */
static inline void fixture_story(dcf_ledger *l)
{
    static const step story[] = {
        {KIND(RECEIVED), "L:1", "01AB1234526", NULL, 1795273200000, NULL, NULL},
        {KIND(APPLIED), "L:1", "01AB1234526", NULL, 1795273200150, "submitted", NULL},
        {KIND(ROUTED), "L:1", "01AB1234526", NULL, 1795273200151, NULL, NULL},
        {KIND(DELIVERED), "L:1", "01AB1234526", NULL, 1795273260000, NULL, NULL},
        {KIND(RECEIVED), "L:2", "01AB1234527", NULL, 1795273300000, NULL, NULL},
        {KIND(HELD), "L:2", "01AB1234527", "DCF-4005", 1795273300100, NULL, NULL},
        {KIND(REFUSED), "L/3", "01AB1234526", "DCF-2003", 1795273400000, NULL, NULL},
        {KIND(RECEIVED), "L:4", "01AB1234526", NULL, 1795273500000, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof story / sizeof story[0]; i++)
        if (dcf_failed(put_event(l, 0, (int64_t)i, &story[i]))) abort();
    if (dcf_failed(put_held(l, 0, "L:2", "01AB1234527", "DCF-4005", 1795273300100))) abort();
}

static inline void fixture_open(ops_fixture *f, const char *token_file, dcf_metrics *metrics)
{
    *f = (ops_fixture){.exchange_ok = true};
    ledger_file(f->path);
    if (dcf_failed(dcf_ledger_open(f->path, &f->ledger))) abort();
    if (dcf_failed(dcf_catalogue_load("config/metrics.yaml", &f->catalogue, NULL))) abort();
    if (dcf_failed(dcf_criteria_load("config/onboarding.yaml", &f->criteria, NULL))) abort();
    if (dcf_failed(dcf_ledger_measure(f->ledger, f->catalogue))) abort();
    fixture_story(f->ledger);
    dcf_ops_config config = {
        .listen = "127.0.0.1:0",
        .token_file = token_file,
        .instance = "unit",
        .ledger = f->ledger,
        .metrics = metrics,
        .provider = {f, fixture_roles, fixture_queues, fixture_waiting, .links = fixture_links}};
    if (dcf_failed(dcf_ops_open(&config, &f->ops))) abort();
    dcf_ops_take_up(f->ops, f->catalogue, f->criteria);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u", dcf_ops_port(f->ops));
}

static inline void fixture_close(ops_fixture *f)
{
    dcf_ops_close(f->ops);
    dcf_ledger_close(f->ledger);
    dcf_catalogue_free(f->catalogue);
    dcf_criteria_free(f->criteria);
    drop_ledger_file(f->path);
}

#endif
