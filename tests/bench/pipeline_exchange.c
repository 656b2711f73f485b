/* pipeline_exchange.c - the exchange stage as the daemon runs it, alone in a process. */
#include "base/log.h"
#include "daemon/exchange_loop.h"
#include "daemon/site.h"
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PATIENCE_S = 120, LOOK_MS = 10 };

static double value_of(const dcf_buf *text, const char *series)
{
    const char *at = strstr((const char *)text->data, series);
    return at ? strtod(at + strlen(series), NULL) : 0;
}

typedef struct counted {
    double messages, records, held;
} counted;

static counted count(dcf_measures *m, dcf_buf *text)
{
    dcf_buf_clear(text);
    dcf_metrics_write(m, NULL, text);
    if (!dcf_buf_cstr(text)) return (counted){0};
    double out = value_of(text, "dcf_outputs_total{kind=\"deliver\"} ") +
                 value_of(text, "dcf_outputs_total{kind=\"audit\"} ") +
                 value_of(text, "dcf_outputs_total{kind=\"state\"} ");
    double taken = value_of(text, "\ndcf_exchanged_total ");
    return (counted){taken, out, value_of(text, "dcf_outputs_total{kind=\"held\"} ")};
}

static bool wait_for(const bench_plan *p, dcf_exchange_loop *loop, dcf_measures *m,
                     bench_result *ret)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    double until = bench_now() + PATIENCE_S;
    dcf_buf text = {0};
    counted c = {0};
    while (dcf_exchange_loop_partitions(loop) == 0 && bench_now() < until)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    double start = bench_now();
    bench_cpu_us();
    while (c.messages < (double)p->messages && bench_now() < until) {
        nanosleep(&look, NULL);
        c = count(m, &text);
    }
    *ret = (bench_result){.seconds = bench_now() - start,
                          .cpu_us = bench_cpu_us(),
                          .messages = (size_t)c.messages,
                          .records = (size_t)c.records};
    dcf_buf_fini(&text);
    if (c.held > 0) fprintf(stderr, "bench: %.0f messages were held\n", c.held);
    return ret->messages >= p->messages && c.held == 0;
}

bool bench_exchange(const bench_plan *p, bench_result *ret)
{
    dcf_yaml_error err = {{0}};
    dcf_site *site = NULL;
    dcf_store *store = NULL;
    dcf_measures *measures = NULL;
    dcf_exchange_loop *loop = NULL;
    char path[512];
    if (dcf_failed(dcf_site_load(bench_config(p), NULL, &site, &err))) {
        fprintf(stderr, "bench: %s\n", err.text);
        return false;
    }
    snprintf(path, sizeof path, "%s/%s.store", p->dir, p->prefix);
    dcf_kafka_conf kafka = {.bootstrap = p->bootstrap, .client_id = "bench-exchange"};
    bool ok = dcf_ok(dcf_store_open(path, (size_t)64 << 30, &store)) &&
              dcf_ok(dcf_measures_open(&measures));
    dcf_exchange_loop_config x = {.config = site->config,
                                  .kafka = &kafka,
                                  .exchange = site->exchange,
                                  .store = store,
                                  .measures = measures};
    ok = ok && dcf_ok(dcf_exchange_loop_start(&x, &loop)) && wait_for(p, loop, measures, ret);
    if (loop) dcf_exchange_loop_stop(loop);
    dcf_exchange_loop_join(loop);
    dcf_store_close(store);
    dcf_metrics_close(measures);
    dcf_site_free(site);
    return ok;
}
