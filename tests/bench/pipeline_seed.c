/* pipeline_seed.c - what is sent: case files and notices of invented people, each case under its
 * own number; and the configuration of those that take part. */
#include "base/arena.h"
#include "daemon/wire.h"
#include "dcf/translate.h"
#include "kafka/topics.h"
#include "model/envelope.h"
#include "pipeline.h"
#include "security/digest.h"

#include <stdio.h>
#include <time.h>

enum { MEMORY = 8 << 20, BLOCK = 500, KINDS = 2 };

static const char *const samples[KINDS] = {"investigation-charged-mixed.json",
                                           "material-notice.json"};

bool bench_topics(const bench_plan *p)
{
    static const char *const kinds[] = {
        "submitted",        "case", "held",     "audit",     "deliver.cps",
        "deliver.essex",    "pass", "fan.case", "fan.audit", "fan.deliver.cps",
        "fan.deliver.essex"};
    enum { N = sizeof kinds / sizeof kinds[0] };
    static char names[N][128];
    dcf_topic_spec specs[N];
    dcf_kafka_conf kafka = {.bootstrap = p->bootstrap, .client_id = "bench"};
    dcf_kafka_error err = {{0}};
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "%s.%s", p->prefix, kinds[i]);
        specs[i] = (dcf_topic_spec){names[i], BENCH_PARTITIONS, i == 1, 8 << 20, -1};
    }
    if (dcf_ok(dcf_topics_ensure(&kafka, NULL, specs, N, 30000, &err))) return true;
    fprintf(stderr, "bench: %s\n", err.text);
    return false;
}

const char *bench_config(const bench_plan *p)
{
    static char path[512];
    const char *s = p->source;
    snprintf(path, sizeof path, "%s/%s.yaml", p->dir, p->prefix);
    FILE *f = fopen(path, "w");
    if (!f) return NULL;
    fprintf(f, "instance: %s\ndata: %s/%s\ndialects: %s/adapters/dialect\n", p->group, p->dir,
            p->prefix, s);
    fprintf(f, "kafka: {bootstrap: \"%s\", prefix: %s, partitions: %d}\n", p->bootstrap, p->prefix,
            BENCH_PARTITIONS);
    fprintf(f, "timing: {commit_messages: %u}\nrules:\n", p->commit_messages);
    static const char *const rules[][2] = {{"lifecycle", "lifecycle.yaml"},
                                           {"forces", "forces.yaml"},
                                           {"checklists", "checklists"},
                                           {"clocks", "clocks.yaml"},
                                           {"bank_holidays", "bank-holidays.yaml"},
                                           {"policies", "policies.yaml"},
                                           {"redaction_tools", "redaction-tools.yaml"},
                                           {"metrics", "metrics.yaml"},
                                           {"onboarding", "onboarding.yaml"}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        fprintf(f, "  %s: %s/config/%s\n", rules[i][0], s, rules[i][1]);
    fprintf(
        f,
        "parties:\n"
        "  - {name: essex, kind: force, environment: live, cleared: [unredacted], forces: [\"42\"],"
        " links: [{name: essex-pole, dialect: pole, in: {transport: http}, out: {transport: spool,"
        " folder: %s/out}}]}\n"
        "  - {name: cps, kind: cps, environment: live, cleared: [unredacted], areas: [], links: "
        "[{name: cps-cms, dialect: cms, in: {transport: http}, out: {transport: spool, folder: "
        "%s/out}}]}\n",
        p->dir, p->dir);
    static const char *const others[] = {
        "03", "04", "05", "06", "07", "10", "11", "12", "13", "14", "16", "17", "20", "21",
        "22", "23", "24", "30", "31", "32", "33", "34", "35", "36", "37", "40", "41", "43",
        "44", "45", "46", "47", "50", "52", "53", "54", "55", "60", "61", "62", "63"};
    for (size_t i = 0; i < p->links && i < sizeof others / sizeof others[0]; i++)
        fprintf(f,
                "  - {name: force-%s, kind: force, environment: live, forces: [\"%s\"], links: "
                "[{name: force-%s-pole, dialect: pole, in: {transport: http}, out: {transport: "
                "spool, folder: %s/out}}]}\n",
                others[i], others[i], others[i], p->dir);
    return fclose(f) == 0 ? path : NULL;
}

char *bench_urn(size_t n, char out[16])
{
    snprintf(out, 16, "42%c%c%05u%02u", (char)('A' + n / 100000 / 26 % 26),
             (char)('A' + n / 100000 % 26), (unsigned)(n % 100000), 26U);
    return out;
}

/* --- one message ------------------------------------------------------------------------------ */

static bool read_sample(const bench_plan *p, const dcf_dialect *d, const char *name,
                        dcf_arena *arena, Dcf__V1__Envelope **ret)
{
    char path[512];
    dcf_buf *document = dcf_arena_alloc(arena, sizeof *document); /* as long as what borrows */
    dcf_faults faults;
    *document = (dcf_buf){0};
    snprintf(path, sizeof path, "%s/adapters/dialect/pole/samples/%s", p->source, name);
    dcf_faults_init(&faults, arena, 20);
    if (dcf_failed(dcf_buf_read_file(document, path, 1 << 20)) ||
        dcf_failed(dcf_to_canonical(d, dcf_buf_span(document), NULL, arena, &faults, ret))) {
        fprintf(stderr, "bench: %s cannot be read\n", path);
        return false;
    }
    Dcf__V1__Envelope *e = *ret;
    e->schema_version = 1;
    e->force = (char *)"42";
    e->source->party = (char *)"essex";
    e->source->link = (char *)"essex-pole";
    return true;
}

typedef struct sender {
    Dcf__V1__Envelope *kinds[KINDS];
    dcf_producer *producer;
    char topic[128];
    dcf_buf packed;
    size_t bytes;
} sender;

/* Paced messages say in their id when they were sent. */
static void name_message(Dcf__V1__Envelope *e, size_t case_n, size_t nth, char id[96])
{
    uint8_t hash[DCF_SHA256_SIZE];
    char hex[DCF_SHORT_ID_SIZE], text[64];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "%zu/%zu", case_n, nth);
    dcf_sha256(dcf_span_str(text), hash);
    dcf_short_id(hash, hex);
    snprintf(id, 96, "essex-pole:%s.%lld", hex,
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    e->message_id = id;
    e->source_message_id = e->correlation_id = id + 11;
}

static dcf_status send_one(sender *s, size_t case_n, size_t nth)
{
    char urn[16], id[96];
    uint8_t hash[DCF_SHA256_SIZE];
    struct timespec now;
    Dcf__V1__Envelope *e = s->kinds[nth > 0];
    clock_gettime(CLOCK_REALTIME, &now);
    name_message(e, case_n, nth, id);
    dcf_sha256(dcf_span_str(id), hash);
    e->case_key = bench_urn(case_n, urn);
    if (nth > 0)
        e->material_notice->urn = urn;
    else
        e->case_submission->urn = urn;
    e->body_sha256 = (ProtobufCBinaryData){.data = hash, .len = sizeof hash};
    e->received_at_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    dcf_buf_clear(&s->packed);
    DCF_TRY(dcf_envelope_pack(e, &s->packed));
    s->bytes += s->packed.size;
    dcf_status status;
    while (dcf_is(
        status = dcf_wire_produce(s->producer, s->topic, e, dcf_buf_span(&s->packed), NULL, NULL),
        DCF_E_AGAIN))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return status;
}

/* Blocks of cases: all their files, then all their first notices, and so on. */
static dcf_status send_all(const bench_plan *p, sender *s)
{
    double start = bench_now();
    for (size_t i = 0; i < p->messages; i++) {
        size_t block = i / (BLOCK * p->per_case), in_block = i % (BLOCK * p->per_case);
        size_t case_n = p->first_case + block * BLOCK + in_block % BLOCK;
        while (p->rate > 0 && bench_now() < start + (double)i / p->rate)
            nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
        DCF_TRY(send_one(s, case_n, in_block / BLOCK));
    }
    return dcf_producer_flush(s->producer, 60000);
}

static dcf_status load_dialect(const bench_plan *p, dcf_arena *arena, dcf_dialect **ret)
{
    char path[512];
    dcf_faults faults;
    dcf_faults_init(&faults, arena, 20);
    snprintf(path, sizeof path, "%s/adapters/dialect/pole/mapping.yaml", p->source);
    return dcf_dialect_load(path, &faults, ret);
}

bool bench_notice(const bench_plan *p, dcf_arena *arena, Dcf__V1__Envelope **ret)
{
    dcf_dialect *d = NULL;
    return dcf_ok(load_dialect(p, arena, &d)) && read_sample(p, d, samples[1], arena, ret);
}

bool bench_seed(const bench_plan *p, bench_result *ret)
{
    dcf_arena arena;
    dcf_dialect *d = NULL;
    sender s = {0};
    dcf_kafka_conf kafka = {.bootstrap = p->bootstrap, .client_id = "bench-seed"};
    dcf_kafka_error err = {{0}};
    dcf_arena_init(&arena, MEMORY);
    snprintf(s.topic, sizeof s.topic, "%s.submitted", p->prefix);
    const char *const topics[] = {s.topic};
    bool ok = dcf_ok(load_dialect(p, &arena, &d));
    for (size_t i = 0; ok && i < KINDS; i++)
        ok = read_sample(p, d, samples[i], &arena, &s.kinds[i]);
    ok = ok && dcf_ok(dcf_producer_open(&kafka, topics, 1, &s.producer, &err));
    double start = bench_now();
    bench_cpu_us();
    ok = ok && dcf_ok(send_all(p, &s));
    *ret = (bench_result){.seconds = bench_now() - start,
                          .cpu_us = bench_cpu_us(),
                          .messages = p->messages,
                          .records = p->messages,
                          .bytes = s.bytes};
    dcf_producer_close(s.producer, 10000);
    return ok;
}
