/*
 * pipeline_pass.c - the floor: bare librdkafka, a consumer and a transactional producer with the
 * settings that the broker uses, and nothing between them.
 */
#include "pipeline.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 60000, CALL_MS = 30000, GATHER_MS = 100 /* as the exchange loop */ };

typedef struct pair {
    rd_kafka_t *consumer, *producer;
    char output[BENCH_TOPICS][128]; /* [0]: of what goes on as it is */
    size_t messages, records, bytes;
    int64_t next[BENCH_PARTITIONS];
    char input[128];
} pair;

static rd_kafka_t *client(const bench_plan *p, rd_kafka_type_t type,
                          const char *const settings[][2])
{
    char text[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", p->bootstrap, text, sizeof text);
    rd_kafka_conf_set(conf, "socket.nagle.disable", "true", text, sizeof text);
    rd_kafka_conf_set(conf, "message.max.bytes", "16777216", text, sizeof text);
    for (size_t i = 0; settings[i][0]; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text))
            fprintf(stderr, "bench: %s\n", text);
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
    if (!rk) fprintf(stderr, "bench: %s\n", text);
    if (rk && type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(rk);
    return rk;
}

static rd_kafka_t *consumer_of(const bench_plan *p)
{
    const char *const settings[][2] = {{"group.id", p->group},
                                       {"fetch.wait.max.ms", "100"},
                                       {"queued.min.messages", "100000"},
                                       {"queued.max.messages.kbytes", "65536"},
                                       {"session.timeout.ms", "6000"},
                                       {"heartbeat.interval.ms", "2000"},
                                       {"enable.auto.commit", "false"},
                                       {"enable.auto.offset.store", "false"},
                                       {"isolation.level", "read_committed"},
                                       {"auto.offset.reset", "earliest"},
                                       {NULL, NULL}};
    return client(p, RD_KAFKA_CONSUMER, settings);
}

static rd_kafka_t *producer_of(const bench_plan *p)
{
    const char *const settings[][2] = {{"transactional.id", p->group},
                                       {"linger.ms", "10"},
                                       {"compression.codec", "lz4"},
                                       {"queue.buffering.max.messages", "100000"},
                                       {"queue.buffering.max.kbytes", "65536"},
                                       {"enable.idempotence", "true"},
                                       {"acks", "all"},
                                       {"partitioner", "murmur2_random"},
                                       {NULL, NULL}};
    return client(p, RD_KAFKA_PRODUCER, settings);
}

static bool well(rd_kafka_error_t *e)
{
    if (!e) return true;
    fprintf(stderr, "bench: %s\n", rd_kafka_error_string(e));
    rd_kafka_error_destroy(e);
    return false;
}

static void warm(rd_kafka_t *rk, const char *topic)
{
    rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
    const struct rd_kafka_metadata *md = NULL;
    if (!rd_kafka_metadata(rk, 0, t, &md, CALL_MS)) rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(t);
}

static bool open_pair(const bench_plan *p, size_t outputs, pair *ret)
{
    ret->producer = producer_of(p);
    ret->consumer = consumer_of(p);
    if (!ret->producer || !ret->consumer) return false;
    if (!well(rd_kafka_init_transactions(ret->producer, CALL_MS))) return false;
    for (size_t i = 0; i < outputs; i++) warm(ret->producer, ret->output[i]);
    snprintf(ret->input, sizeof ret->input, "%s.%s", p->prefix, p->from ? p->from : "submitted");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, ret->input, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(ret->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return !err;
}

static void close_pair(pair *x)
{
    if (x->consumer) rd_kafka_consumer_close(x->consumer);
    if (x->consumer) rd_kafka_destroy(x->consumer);
    if (x->producer) rd_kafka_destroy(x->producer);
}

static bool put(pair *x, const char *topic, const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL, *copy = NULL;
    if (!rd_kafka_message_headers(m, &headers)) copy = rd_kafka_headers_copy(headers);
    for (;;) {
        rd_kafka_resp_err_t err = rd_kafka_producev(
            x->producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(m->key, m->key_len), RD_KAFKA_V_VALUE(m->payload, m->len),
            RD_KAFKA_V_HEADERS(copy), RD_KAFKA_V_END);
        if (!err) break;
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
        rd_kafka_poll(x->producer, 10);
    }
    x->records++;
    x->bytes += m->key_len + m->len;
    rd_kafka_poll(x->producer, 0);
    return true;
}

static bool commit(pair *x)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(BENCH_PARTITIONS);
    for (int32_t i = 0; i < BENCH_PARTITIONS; i++)
        if (x->next[i]) rd_kafka_topic_partition_list_add(list, x->input, i)->offset = x->next[i];
    memset(x->next, 0, sizeof x->next);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(x->consumer);
    bool ok = rd_kafka_flush(x->producer, CALL_MS) == 0 &&
              well(rd_kafka_send_offsets_to_transaction(x->producer, list, group, CALL_MS)) &&
              well(rd_kafka_commit_transaction(x->producer, CALL_MS));
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(list);
    return ok;
}

/* What is written for each record read. */
typedef bool (*carry)(pair *x, void *arg, const rd_kafka_message_t *m);

static bool run(const bench_plan *p, pair *x, carry f, void *arg, bench_result *ret)
{
    double start = 0, began = 0, until = bench_now() + PATIENCE_MS / 1000.0;
    size_t gathered = 0;
    bool ok = true;
    while (ok && x->messages < p->messages && bench_now() < until) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(x->consumer, gathered ? 0 : 50);
        bool drained = !m;
        if (m && !m->err) {
            if (x->messages == 0) {
                start = bench_now();
                bench_cpu_us();
            }
            if (!gathered++) {
                began = bench_now();
                ok = well(rd_kafka_begin_transaction(x->producer));
            }
            ok = ok && f(x, arg, m);
            x->next[m->partition] = m->offset + 1;
            x->messages++;
            until = bench_now() + PATIENCE_MS / 1000.0;
        }
        if (m) rd_kafka_message_destroy(m);
        bool due = drained || gathered == p->commit_messages || x->messages == p->messages ||
                   bench_now() - began >= GATHER_MS / 1000.0;
        if (!gathered || !due) continue;
        ok = ok && commit(x);
        gathered = 0;
    }
    *ret = (bench_result){.seconds = bench_now() - start,
                          .cpu_us = bench_cpu_us(),
                          .messages = x->messages,
                          .records = x->records,
                          .bytes = x->bytes};
    return ok && x->messages == p->messages;
}

static bool carry_on(pair *x, void *arg, const rd_kafka_message_t *m)
{
    (void)arg;
    return put(x, x->output[0], m);
}

bool bench_pass(const bench_plan *p, bench_result *ret)
{
    pair x = {0};
    snprintf(x.output[0], sizeof x.output[0], "%s.pass", p->prefix);
    bool ok = open_pair(p, 1, &x) && run(p, &x, carry_on, NULL, ret);
    close_pair(&x);
    return ok;
}

/* --- the records that the exchange made ----------------------------------------------------------
 */

static const char *const made_topics[BENCH_TOPICS] = {"case", "audit", "deliver.cps",
                                                      "deliver.essex"};

typedef struct made {
    rd_kafka_t *reader;
    rd_kafka_message_t **records[BENCH_TOPICS];
    size_t count[BENCH_TOPICS], given[BENCH_TOPICS];
    size_t messages;
} made;

static bool keep(made *x, size_t topic, rd_kafka_message_t *m)
{
    size_t n = x->count[topic];
    if ((n & (n - 1)) == 0) {
        rd_kafka_message_t **grown =
            realloc(x->records[topic], (n ? n * 2 : 1) * sizeof(rd_kafka_message_t *));
        if (!grown) return false;
        x->records[topic] = grown;
    }
    x->records[topic][x->count[topic]++] = m;
    return true;
}

static size_t topic_of(const bench_plan *p, const rd_kafka_message_t *m)
{
    const char *name = rd_kafka_topic_name(m->rkt) + strlen(p->prefix) + 1;
    size_t i = 0;
    while (i < BENCH_TOPICS && strcmp(made_topics[i], name) != 0) i++;
    return i;
}

static bool load(const bench_plan *p, made *x)
{
    char group[160], topic[128];
    snprintf(group, sizeof group, "%s-load", p->group);
    const char *const settings[][2] = {{"group.id", group},
                                       {"isolation.level", "read_committed"},
                                       {"enable.partition.eof", "true"},
                                       {"enable.auto.commit", "false"},
                                       {NULL, NULL}};
    x->reader = client(p, RD_KAFKA_CONSUMER, settings);
    if (!x->reader) return false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(BENCH_TOPICS);
    for (size_t i = 0; i < BENCH_TOPICS; i++) {
        snprintf(topic, sizeof topic, "%s.%s", p->prefix, made_topics[i]);
        for (int32_t n = 0; n < BENCH_PARTITIONS; n++)
            rd_kafka_topic_partition_list_add(list, topic, n)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(x->reader, list);
    int open = list->cnt;
    rd_kafka_topic_partition_list_destroy(list);
    while (open > 0) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(x->reader, PATIENCE_MS);
        if (!m) return false;
        size_t i = topic_of(p, m);
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) open--;
        if (m->err || i == BENCH_TOPICS)
            rd_kafka_message_destroy(m);
        else if (!keep(x, i, m))
            return false;
    }
    return true;
}

/* In step with what is read: after half of it, half of each topic is written. */
static bool carry_made(pair *x, void *arg, const rd_kafka_message_t *m)
{
    made *d = arg;
    (void)m;
    for (size_t i = 0; i < BENCH_TOPICS; i++)
        while (d->given[i] * d->messages < d->count[i] * (x->messages + 1)) {
            const rd_kafka_message_t *record = d->records[i][d->given[i]++];
            if (!put(x, x->output[i], record)) return false;
        }
    return true;
}

static void forget(made *x)
{
    for (size_t i = 0; i < BENCH_TOPICS; i++) {
        for (size_t n = 0; n < x->count[i]; n++) rd_kafka_message_destroy(x->records[i][n]);
        free(x->records[i]);
    }
    if (x->reader) rd_kafka_consumer_close(x->reader);
    if (x->reader) rd_kafka_destroy(x->reader);
}

bool bench_fan(const bench_plan *p, bench_result *ret)
{
    pair x = {0};
    made d = {.messages = p->messages};
    for (size_t i = 0; i < BENCH_TOPICS; i++)
        snprintf(x.output[i], sizeof x.output[i], "%s.fan.%s", p->prefix, made_topics[i]);
    bool ok = load(p, &d) && open_pair(p, BENCH_TOPICS, &x) && run(p, &x, carry_made, &d, ret);
    close_pair(&x);
    forget(&d);
    return ok;
}

/* --- how long it took
 * -------------------------------------------------------------------------------- */

/* The id ends in the microsecond at which the message was sent. */
static double waited(const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;
    if (rd_kafka_message_headers(m, &headers) ||
        rd_kafka_header_get_last(headers, "ce_id", &value, &size))
        return -1;
    const char *dot = memrchr(value, '.', size);
    return dot ? bench_now() * 1e6 - (double)atoll(dot + 1) : -1;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool bench_watch(const bench_plan *p, bench_result *ret)
{
    char group[160], topic[128];
    snprintf(group, sizeof group, "%s-watch", p->group);
    snprintf(topic, sizeof topic, "%s.%s", p->prefix, p->watched);
    const char *const settings[][2] = {{"group.id", group},
                                       {"isolation.level", "read_committed"},
                                       {"enable.auto.commit", "false"},
                                       {NULL, NULL}};
    double *waits = calloc(p->messages, sizeof *waits);
    rd_kafka_t *reader = client(p, RD_KAFKA_CONSUMER, settings);
    if (!reader || !waits) return false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(BENCH_PARTITIONS);
    for (int32_t n = 0; n < BENCH_PARTITIONS; n++)
        rd_kafka_topic_partition_list_add(list, topic, n)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    size_t seen = 0, n = 0;
    double until = bench_now() + PATIENCE_MS / 1000.0;
    while (seen < p->messages && bench_now() < until) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(reader, 100);
        if (m && !m->err && seen++ >= p->messages / 5) waits[n++] = waited(m);
        if (m) rd_kafka_message_destroy(m);
    }
    qsort(waits, n, sizeof *waits, by_size);
    *ret = (bench_result){.messages = seen};
    if (n > 0) {
        ret->wait_us[0] = waits[n / 2];
        ret->wait_us[1] = waits[n * 99 / 100];
        ret->wait_us[2] = waits[n * 999 / 1000];
    }
    free(waits);
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    return seen == p->messages;
}
