/* spool_loop.c - see spool_loop.h. */
#include "daemon/spool_loop.h"

#include "base/clock.h"
#include "transport/spool/spool_in.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { SPOOLS_MAX = 512, LONGEST_WAIT_MS = 1000 };

struct dcf_spool_loop {
    struct {
        dcf_spool_in *spool;
        int64_t every_ms, next_ms;
    } items[SPOOLS_MAX];
    size_t count;
    pthread_t thread;
    bool running;
    atomic_llong beat_ms;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* guarded by lock */
};

static bool wait_until(dcf_spool_loop *s, int64_t mono_ms)
{
    struct timespec until = {.tv_sec = (time_t)(mono_ms / 1000),
                             .tv_nsec = (long)(mono_ms % 1000) * 1000000};
    pthread_mutex_lock(&s->lock);
    while (!s->stop)
        if (pthread_cond_clockwait(&s->wake, &s->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT) break;
    bool stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    return !stop;
}

static void *run(void *self)
{
    dcf_spool_loop *s = self;
    int64_t next = 0;
    while (wait_until(s, next)) {
        int64_t now = dcf_clock_mono_ms();
        atomic_store(&s->beat_ms, now);
        next = now + LONGEST_WAIT_MS;
        for (size_t i = 0; i < s->count; i++) {
            if (s->items[i].next_ms <= now) {
                size_t offered = dcf_spool_in_scan(s->items[i].spool, dcf_clock_ms());
                s->items[i].next_ms =
                    offered ? now + 5 : now + s->items[i].every_ms; /* more may be there */
            }
            if (s->items[i].next_ms < next) next = s->items[i].next_ms;
        }
    }
    return NULL;
}

static dcf_status open_spool(dcf_spool_loop *s, const dcf_config *config, const dcf_link *link,
                             dcf_arrive_fn *arrive, void *gateway, dcf_yaml_error *err)
{
    dcf_spool_in_config c = {
        .link = link, .settle_ms = config->settle_ms, .arrive = arrive, .gateway = gateway};
    dcf_status status =
        s->count < SPOOLS_MAX ? dcf_spool_in_open(&c, &s->items[s->count].spool) : DCF_ERR(LIMIT);
    if (dcf_failed(status)) {
        if (err)
            snprintf(err->text, sizeof err->text,
                     "%.100s:%u: link %s: folder %.80s cannot be used: %s", config->path,
                     link->line, link->name, link->in.folder, strerror(errno));
        return DCF_ERR(CONFIG);
    }
    s->items[s->count++].every_ms = (int64_t)link->in.poll_ms;
    return DCF_OK;
}

dcf_status dcf_spool_loop_start(const dcf_config *config, dcf_arrive_fn *arrive, void *gateway,
                                dcf_spool_loop **ret, dcf_yaml_error *err)
{
    dcf_spool_loop *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    atomic_store(&s->beat_ms, dcf_clock_mono_ms());
    dcf_status status = DCF_OK;
    for (size_t p = 0; p < config->parties.count; p++)
        for (size_t l = 0; l < config->parties.items[p].link_count && dcf_ok(status); l++) {
            const dcf_link *link = &config->parties.items[p].links[l];
            if (link->has_in && link->in.transport == DCF_TRANSPORT_SPOOL)
                status = open_spool(s, config, link, arrive, gateway, err);
        }
    if (dcf_ok(status) && pthread_create(&s->thread, NULL, run, s) != 0) status = DCF_ERR(NOMEM);
    s->running = dcf_ok(status);
    if (dcf_failed(status))
        dcf_spool_loop_free(s);
    else
        *ret = s;
    return status;
}

void dcf_spool_loop_stop(dcf_spool_loop *s)
{
    if (!s || !s->running) return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    s->running = false;
}

void dcf_spool_loop_free(dcf_spool_loop *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->count; i++) dcf_spool_in_close(s->items[i].spool, 0);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->wake);
    free(s);
}

int64_t dcf_spool_loop_beat(const dcf_spool_loop *s)
{
    return (int64_t)atomic_load(&s->beat_ms);
}
