/* producer.c - an idempotent producer that outlives its client's fatal errors.
 * SPDX-License-Identifier: MIT */
#include "kafka/producer.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/rk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 50, PURGE_MS = 10000 };

struct dcf_producer {
    rd_kafka_conf_t *conf;
    pthread_rwlock_t lock; /* rk: senders read, the thread writes */
    rd_kafka_t *rk;        /* NULL while none could be made */
    pthread_t thread;
    atomic_bool fatal, stop;
    pthread_mutex_t count_lock;
    pthread_cond_t none_left;
    size_t outstanding;
};

/* Travels with a message to its delivery report. */
struct ticket {
    dcf_producer *owner;
    dcf_producer_done done;
    void *opaque;
};

static void count(dcf_producer *p, int by)
{
    pthread_mutex_lock(&p->count_lock);
    p->outstanding += (size_t)(ssize_t)by;
    if (p->outstanding == 0) pthread_cond_broadcast(&p->none_left);
    pthread_mutex_unlock(&p->count_lock);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    (void)opaque;
    struct ticket *t = m->_private;
    if (t->done) t->done(t->opaque, dcf_rk_status(m->err));
    count(t->owner, -1);
    free(t);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    dcf_producer *p = opaque;
    dcf_log(DCF_LOG_WARN, "KAFKA_PRODUCER_ERROR", "client", rd_kafka_name(rk), "text", reason,
            NULL);
    if (err == RD_KAFKA_RESP_ERR__FATAL) atomic_store(&p->fatal, true);
}

/* Fails everything rk still holds; all reports are served when it returns. */
static void drain(rd_kafka_t *rk)
{
    int64_t until = dcf_clock_mono_ms() + PURGE_MS;
    rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (rd_kafka_outq_len(rk) > 0 && dcf_clock_mono_ms() < until) rd_kafka_poll(rk, POLL_MS);
}

static void replace(dcf_producer *p)
{
    rd_kafka_t *fresh = NULL;
    dcf_status s = dcf_rk_new(RD_KAFKA_PRODUCER, p->conf, p, &fresh, NULL);
    pthread_rwlock_wrlock(&p->lock);
    rd_kafka_t *old = DCF_TAKE(p->rk);
    p->rk = fresh;
    atomic_store(&p->fatal, dcf_failed(s));
    pthread_rwlock_unlock(&p->lock);
    if (!old) return;
    drain(old);
    dcf_rk_destroy(old, NULL);
    dcf_log(DCF_LOG_WARN, "KAFKA_PRODUCER_RENEWED", "text", "after a fatal client error", NULL);
}

static void *serve(void *arg)
{
    dcf_producer *p = arg;
    while (!atomic_load(&p->stop)) {
        if (atomic_load(&p->fatal)) replace(p);
        if (p->rk)
            rd_kafka_poll(p->rk, POLL_MS);
        else
            nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
    if (p->rk) drain(p->rk);
    return NULL;
}

static DCF_RESULT producer_conf(const dcf_kafka_conf *conf, rd_kafka_conf_t **ret,
                                dcf_kafka_error *err)
{
    static const dcf_rk_setting soft[] = {{"linger.ms", "5"},
                                          {"compression.codec", "lz4"},
                                          {"queue.buffering.max.messages", "100000"},
                                          {"queue.buffering.max.kbytes", "65536"},
                                          {"message.timeout.ms", "300000"}, /* long: #3584 */
                                          {"request.timeout.ms", "8000"},
                                          {NULL, NULL}};
    static const dcf_rk_setting hard[] = {{"enable.idempotence", "true"},
                                          {"acks", "all"},
                                          {"partitioner", "murmur2_random"},
                                          {NULL, NULL}};
    DCF_TRY(dcf_rk_conf(conf, soft, hard, ret, err));
    rd_kafka_conf_set_dr_msg_cb(*ret, on_delivery);
    rd_kafka_conf_set_error_cb(*ret, on_error);
    return DCF_OK;
}

static void producer_free(dcf_producer *p)
{
    dcf_rk_destroy(p->rk, NULL);
    if (p->conf) rd_kafka_conf_destroy(p->conf);
    pthread_rwlock_destroy(&p->lock);
    pthread_mutex_destroy(&p->count_lock);
    pthread_cond_destroy(&p->none_left);
    free(p);
}

dcf_status dcf_producer_open(const dcf_kafka_conf *conf, const char *const *outputs, size_t n,
                             dcf_producer **ret, dcf_kafka_error *err)
{
    dcf_producer *p = calloc(1, sizeof *p);
    if (!p) return DCF_ERR(NOMEM);
    pthread_rwlock_init(&p->lock, NULL);
    pthread_mutex_init(&p->count_lock, NULL);
    pthread_cond_init(&p->none_left, NULL);
    dcf_status s = producer_conf(conf, &p->conf, err);
    if (dcf_ok(s)) s = dcf_rk_new(RD_KAFKA_PRODUCER, p->conf, p, &p->rk, err);
    if (dcf_ok(s)) dcf_rk_warm(p->rk, outputs, n);
    if (dcf_ok(s) && pthread_create(&p->thread, NULL, serve, p) != 0) s = DCF_ERR(NOMEM);
    if (dcf_failed(s)) {
        producer_free(p);
        return s;
    }
    *ret = p;
    return DCF_OK;
}

dcf_status dcf_producer_send(dcf_producer *p, const dcf_out *out, dcf_producer_done done,
                             void *opaque)
{
    struct ticket *t = malloc(sizeof *t);
    if (!t) return DCF_ERR(NOMEM);
    *t = (struct ticket){p, done, opaque};
    dcf_status s = DCF_ERR(AGAIN);
    count(p, 1);
    pthread_rwlock_rdlock(&p->lock);
    if (p->rk && !atomic_load(&p->fatal) && !atomic_load(&p->stop))
        s = dcf_rk_produce(p->rk, out, t);
    pthread_rwlock_unlock(&p->lock);
    if (dcf_ok(s)) return s;
    count(p, -1);
    free(t);
    return dcf_is(s, DCF_E_FENCED) ? DCF_ERR(AGAIN)
                                   : s; /* fatal: the thread is about to renew it */
}

size_t dcf_producer_outstanding(dcf_producer *p)
{
    pthread_mutex_lock(&p->count_lock);
    size_t n = p->outstanding;
    pthread_mutex_unlock(&p->count_lock);
    return n;
}

dcf_status dcf_producer_flush(dcf_producer *p, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    int late = 0;
    pthread_mutex_lock(&p->count_lock);
    while (p->outstanding && !late)
        late = pthread_cond_timedwait(&p->none_left, &p->count_lock, &until);
    bool left = p->outstanding > 0;
    pthread_mutex_unlock(&p->count_lock);
    return left ? DCF_ERR(TIMEOUT) : DCF_OK;
}

void dcf_producer_close(dcf_producer *p, int timeout_ms)
{
    if (!p) return;
    if (dcf_failed(dcf_producer_flush(p, timeout_ms)))
        dcf_log(DCF_LOG_WARN, "KAFKA_PRODUCER_UNSENT", "outstanding",
                DCF_U64(dcf_producer_outstanding(p)), NULL);
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    producer_free(p);
}

void dcf_producer_break(dcf_producer *p)
{
    pthread_rwlock_rdlock(&p->lock);
    if (p->rk)
        rd_kafka_test_fatal_error(p->rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                  "asked for by a test");
    pthread_rwlock_unlock(&p->lock);
}
