/* carriers.c - see carriers.h. */
#include "carriers.h"

#include "base/clock.h"
#include "documents.h"
#include "kafka/topics.h"
#include "packed.h"

#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PARTITIONS = 8, KEYS = 1000, PATIENCE_MS = 40000, REST_MS = 1000, CALL_MS = 60000 };

static const struct {
    const char *dialect;
    bench_form form;
} kinds[BENCH_KINDS] = {{"spi", BENCH_SPI}, {"pole", BENCH_POLE}};

static bool make_topic(const char *bootstrap, const char *name)
{
    dcf_kafka_conf kafka = {.bootstrap = bootstrap, .client_id = "bench"};
    dcf_topic_spec spec = {name, PARTITIONS, false, 8 << 20, -1};
    dcf_kafka_error err = {{0}};
    if (dcf_ok(dcf_topics_ensure(&kafka, NULL, &spec, 1, CALL_MS, &err))) return true;
    fprintf(stderr, "bench: topic %s: %s\n", name, err.text);
    return false;
}

/* --- what lies before them ----------------------------------------------------------------------
 */

bool bench_load_make(size_t size, size_t messages, bench_load *ret)
{
    bool ok = true;
    *ret = (bench_load){.messages = messages};
    for (size_t i = 0; ok && i < BENCH_KINDS; i++) {
        dcf_dialect *d = bench_dialect(kinds[i].dialect);
        bench_document(kinds[i].form, size, &ret->document[i]);
        ok = d && bench_packed(d, dcf_buf_span(&ret->document[i]), &ret->packed[i]);
        dcf_dialect_free(d);
    }
    return ok;
}

void bench_load_free(bench_load *l)
{
    for (size_t i = 0; i < BENCH_KINDS; i++) {
        dcf_buf_fini(&l->document[i]);
        dcf_buf_fini(&l->packed[i]);
    }
}

struct bench_feeder {
    rd_kafka_t *rk;
    char topic[96];
};

static bool well(rd_kafka_error_t *e)
{
    if (!e) return true;
    fprintf(stderr, "bench: %s\n", rd_kafka_error_string(e));
    rd_kafka_error_destroy(e);
    return false;
}

bench_feeder *bench_feeder_open(const char *bootstrap, const char *topic)
{
    char text[256] = "";
    const char *const settings[][2] = {
        {"bootstrap.servers", bootstrap},  {"transactional.id", topic},
        {"partitioner", "murmur2_random"}, {"compression.codec", "lz4"},
        {"socket.nagle.disable", "true"},  {"linger.ms", "20"}};
    bench_feeder *f = calloc(1, sizeof *f);
    if (!f || !make_topic(bootstrap, topic)) {
        free(f);
        return NULL;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text))
            fprintf(stderr, "bench: %s\n", text);
    snprintf(f->topic, sizeof f->topic, "%s", topic);
    f->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (f->rk && well(rd_kafka_init_transactions(f->rk, CALL_MS))) return f;
    fprintf(stderr, "bench: %s\n", text);
    bench_feeder_close(f);
    return NULL;
}

/* Its number goes along as a header, so that each message is known on the other side. */
static rd_kafka_resp_err_t lay_one(bench_feeder *f, dcf_span document, size_t n)
{
    char key[24], number[24];
    int key_size = snprintf(key, sizeof key, "%zu", n % KEYS);
    int number_size = snprintf(number, sizeof number, "%zu", n);
    for (;;) {
        rd_kafka_resp_err_t err = rd_kafka_producev(
            f->rk, RD_KAFKA_V_TOPIC(f->topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(key, (size_t)key_size),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)document.data, document.size),
            RD_KAFKA_V_HEADER("n", number, number_size), RD_KAFKA_V_END);
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) return err;
        rd_kafka_poll(f->rk, 10);
    }
}

bool bench_feeder_lay(bench_feeder *f, const bench_load *l, size_t from, size_t until)
{
    bool ok = well(rd_kafka_begin_transaction(f->rk));
    for (size_t n = from; ok && n < until; n++)
        ok = !lay_one(f, dcf_buf_span(&l->document[n % BENCH_KINDS]), n);
    return ok && !rd_kafka_flush(f->rk, CALL_MS);
}

bool bench_feeder_commit(bench_feeder *f)
{
    return well(rd_kafka_commit_transaction(f->rk, CALL_MS));
}

void bench_feeder_close(bench_feeder *f)
{
    if (f && f->rk) rd_kafka_destroy(f->rk);
    free(f);
}

/* --- processes ----------------------------------------------------------------------------------
 */

bool bench_carrier_start(bench_carrier *c, const bench_road *r)
{
    char line[4096];
    int n = snprintf(line, sizeof line, "exec %s %s %s %s %s %u >>%s/%s.log 2>&1", c->command,
                     r->bootstrap, r->to, r->from, r->to, r->commit_ms, r->dir, c->name);
    if (n >= (int)sizeof line) return false;
    c->pid = fork();
    if (c->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* never left behind */
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    return c->pid > 0;
}

void bench_carrier_kill(bench_carrier *c)
{
    if (c->pid <= 0) return;
    (void)kill(c->pid, SIGKILL);
    (void)waitpid(c->pid, NULL, 0);
    c->pid = 0;
}

double bench_carrier_cpu(const bench_carrier *c)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(c->pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return -1;
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --- the book -----------------------------------------------------------------------------------
 */

bool bench_book_open(bench_book *b, const bench_road *r, const bench_load *l)
{
    dcf_kafka_conf kafka = {.bootstrap = r->bootstrap, .client_id = "bench-book"};
    dcf_kafka_error err = {{0}};
    dcf_reader_start starts[PARTITIONS];
    for (int32_t i = 0; i < PARTITIONS; i++)
        starts[i] = (dcf_reader_start){r->to, i, DCF_OFFSET_BEGINNING};
    *b = (bench_book){.load = l,
                      .times = calloc(l->messages, sizeof *b->times),
                      .highest = calloc(KEYS, sizeof *b->highest)};
    if (!b->times || !b->highest || !make_topic(r->bootstrap, r->to)) return false;
    dcf_status s;
    int64_t until = dcf_clock_mono_ms() + CALL_MS;
    do s = dcf_reader_open(&kafka, starts, PARTITIONS, &b->reader, &err);
    while (dcf_status_class(s) == DCF_CLASS_TRANSIENT && dcf_clock_mono_ms() < until);
    if (dcf_ok(s)) return true;
    fprintf(stderr, "bench: %s cannot be read: %s %s\n", r->to, dcf_status_text(s), err.text);
    return false;
}

static void note(bench_book *b, const dcf_record *r)
{
    char number[24] = "";
    dcf_span text = dcf_record_header(r, "n");
    if (text.size && text.size < sizeof number) memcpy(number, text.data, text.size);
    size_t n = strtoul(number, NULL, 10);
    if (!text.size || n >= b->load->messages ||
        !dcf_span_eq(r->value, dcf_buf_span(&b->load->packed[n % BENCH_KINDS]))) {
        b->differing++;
        return;
    }
    if (b->times[n] < UINT8_MAX) b->times[n]++;
    if (b->times[n] > 1) b->twice++;
    if (b->times[n] == 1) b->seen++;
    if (n < b->highest[n % KEYS]) b->disordered++;
    if (n > b->highest[n % KEYS]) b->highest[n % KEYS] = n;
}

/* False when nothing came in that time. */
static bool read_one(bench_book *b, int wait_ms)
{
    dcf_record r = {0};
    if (dcf_failed(dcf_reader_poll(b->reader, wait_ms, &r))) return false;
    note(b, &r);
    dcf_record_free(&r);
    return true;
}

bool bench_book_until(bench_book *b, size_t seen)
{
    int64_t until = dcf_clock_mono_ms() + PATIENCE_MS;
    while (b->seen < seen && b->differing == 0 && dcf_clock_mono_ms() < until)
        if (read_one(b, 100)) until = dcf_clock_mono_ms() + PATIENCE_MS;
    return b->seen >= seen && b->differing == 0;
}

void bench_book_rest(bench_book *b)
{
    while (read_one(b, REST_MS)) {
    }
}

void bench_book_close(bench_book *b)
{
    dcf_reader_close(b->reader);
    free(b->times);
    free(b->highest);
}
