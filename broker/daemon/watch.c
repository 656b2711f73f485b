/* watch.c - see watch.h. A queue is counted on Kafka only while delivery sees something in it: then
 * its window may be full, else there is nothing beyond. */
#include "daemon/watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "delivery/offsets.h"
#include "kafka/lag.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EVERY_MS = 5000, AWAY_MS = 20000, PROBE_MS = 5000, QUEUES_MAX = 512, STEP_MS = 100 };

/* A thread that waits for Kafka to answer may be away for two of its calls' outcomes, and the end
 * of a client. */
enum { STUCK_MS = 180000 };

typedef struct queue_lag {
    char party[80];
    uint64_t lag;
} queue_lag;

typedef struct lags {
    queue_lag items[QUEUES_MAX];
    size_t count;
} lags;

typedef enum kafka_state { ANSWERS, READS_ONLY, AWAY } kafka_state;

struct dcf_watch {
    dcf_watch_config config;
    pthread_t thread;
    atomic_bool stop;
    pthread_mutex_t lock; /* guards what follows */
    int64_t taken_ms;     /* monotonic: when Kafka last took a transaction */
    int64_t refused_ms;   /* monotonic: when it was last found to take none; 0: never */
    int64_t since_ms;     /* wall clock: when it was found in this state */
    kafka_state state;
    lags lags;
};

static void note_queue(void *ctx, const dcf_queue_info *q)
{
    lags *busy = ctx;
    if (!q->depth || busy->count == QUEUES_MAX) return;
    snprintf(busy->items[busy->count++].party, sizeof busy->items[0].party, "%s", q->party);
}

static uint64_t count_lane(const dcf_watch *w, const char *party, bool urgent)
{
    char topic[160], group[200];
    dcf_lag_row *rows = calloc(DCF_PARTITIONS_MAX, sizeof *rows);
    size_t n = 0;
    uint64_t sum = 0;
    dcf_config_deliver_topic(w->config.config, party, urgent, topic);
    snprintf(group, sizeof group, "%s-deliver-%s", w->config.config->prefix, party);
    if (rows && dcf_ok(dcf_lag(w->config.kafka, group, topic, dcf_offsets_left, rows,
                               DCF_PARTITIONS_MAX, &n)))
        for (size_t i = 0; i < n; i++) sum += (uint64_t)rows[i].lag;
    free(rows);
    return sum;
}

/* What Kafka does now. Brokers that are too few still tell who they are; only what they write down
 * shows that they can. */
static kafka_state ask(const dcf_watch *w)
{
    const dcf_kafka_conf *kafka = w->config.kafka;
    char id[512];
    int brokers = 0;
    snprintf(id, sizeof id, "%s-watch-%s", w->config.config->prefix, w->config.config->instance);
    dcf_status s = dcf_kafka_probe_commit(kafka, id, w->config.probe_ms);
    if (!dcf_is(s, DCF_E_UNAVAILABLE) && !dcf_is(s, DCF_E_TIMEOUT)) return ANSWERS;
    return dcf_ok(dcf_kafka_probe(kafka, w->config.probe_ms, &brokers, NULL)) ? READS_ONLY : AWAY;
}

static void look(dcf_watch *w, lags *found)
{
    static const char *const events[] = {"KAFKA_BACK", "KAFKA_READS_ONLY", "KAFKA_AWAY"};
    kafka_state state = ask(w);
    found->count = 0;
    if (state == ANSWERS) w->config.queues(w->config.self, note_queue, found);
    for (size_t i = 0; i < found->count && !atomic_load(&w->stop); i++)
        found->items[i].lag = count_lane(w, found->items[i].party, false) +
                              count_lane(w, found->items[i].party, true);
    int64_t now = dcf_clock_mono_ms();
    pthread_mutex_lock(&w->lock);
    *(state == ANSWERS ? &w->taken_ms : &w->refused_ms) = now;
    bool told = state == ANSWERS || now - w->taken_ms >= w->config.away_ms;
    bool changed = told && state != w->state;
    if (changed) w->since_ms = dcf_clock_ms();
    if (changed) w->state = state;
    w->lags = *found;
    pthread_mutex_unlock(&w->lock);
    if (changed)
        dcf_log(state == ANSWERS ? DCF_LOG_INFO : DCF_LOG_ERROR, events[state], "bootstrap",
                w->config.kafka->bootstrap, NULL);
}

static void *run(void *self)
{
    dcf_watch *w = self;
    lags *found = calloc(1, sizeof *found);
    int64_t next = 0;
    while (found && !atomic_load(&w->stop)) {
        if (dcf_clock_mono_ms() >= next) {
            look(w, found);
            next = dcf_clock_mono_ms() + w->config.every_ms;
        }
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    free(found);
    return NULL;
}

dcf_status dcf_watch_start(const dcf_watch_config *config, dcf_watch **ret)
{
    dcf_watch *w = calloc(1, sizeof *w);
    if (!w) return DCF_ERR(NOMEM);
    w->config = *config;
    if (!w->config.every_ms) w->config.every_ms = EVERY_MS;
    if (!w->config.away_ms) w->config.away_ms = AWAY_MS;
    if (!w->config.probe_ms) w->config.probe_ms = PROBE_MS;
    w->taken_ms = dcf_clock_mono_ms();
    w->since_ms = dcf_clock_ms();
    pthread_mutex_init(&w->lock, NULL);
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        free(w);
        return DCF_ERR(NOMEM);
    }
    *ret = w;
    return DCF_OK;
}

void dcf_watch_stop(dcf_watch *w)
{
    if (!w) return;
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void dcf_watch_tell(dcf_watch *w, dcf_role_cb *cb, void *ctx)
{
    static const char *const words[] = {"answering", "reads only", "away"};
    static const char *const reasons[] = {
        "",
        "brokers answer, but no transaction can be committed, as when too few of them are up: "
        "nothing goes out, and perhaps nothing is taken in; all goes on by itself when one can",
        "no broker answers: nothing is taken in, nothing goes out; all goes on by itself when one "
        "does"};
    pthread_mutex_lock(&w->lock);
    dcf_role_info info = {.name = DCF_KAFKA_ROLE,
                          .state = words[w->state],
                          .ok = w->state == ANSWERS,
                          .reason = reasons[w->state],
                          .since_ms = w->since_ms};
    pthread_mutex_unlock(&w->lock);
    cb(ctx, &info);
}

bool dcf_watch_moves(dcf_watch *w, int64_t beat_ms)
{
    int64_t refused = 0;
    if (w) {
        pthread_mutex_lock(&w->lock);
        refused = w->refused_ms;
        pthread_mutex_unlock(&w->lock);
    }
    return dcf_clock_mono_ms() - (beat_ms > refused ? beat_ms : refused) < STUCK_MS;
}

uint64_t dcf_watch_depth(dcf_watch *w, const char *party, uint64_t seen)
{
    uint64_t depth = seen;
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; seen && i < w->lags.count; i++)
        if (strcmp(w->lags.items[i].party, party) == 0 && w->lags.items[i].lag > depth)
            depth = w->lags.items[i].lag;
    pthread_mutex_unlock(&w->lock);
    return depth;
}
