/* test_held_desk.c - operators' jobs on what is held, from question to words: the desk with a
 * ledger and an in-process Kafka. The exchange that acts on the words is not here, so what is held
 * stays held. */
#include "daemon/held_desk.h"

#include "fixture.h"

#include "../ledger/ledger_events.h"
#include "daemon/held_jobs.h"
#include "kafka/producer.h"

static dcf_embedded *cluster;
static dcf_kafka_conf conf;
static dcf_producer *producer;
static dcf_ledger *ledger;
static dcf_held_desk *desk;
static dcf_config config;
static _Atomic bool ready;
static int64_t told, kept; /* offsets of dcf.audit and dcf.held */

static void open_desk(const char *instance)
{
    config.instance = (char *)instance;
    const dcf_held_desk_config c = {
        .config = &config, .kafka = &conf, .ledger = ledger, .ledger_ready = &ready};
    OK(dcf_held_desk_start(&c, &desk));
}

static void close_desk(void)
{
    dcf_held_desk_stop(desk);
    dcf_held_desk_join(desk);
}

static void begin(void)
{
    static const char *const topics[] = {"t.submitted", "t.held", "t.job"};
    fx_begin();
    OK(dcf_embedded_start(1, &cluster));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster)};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        OK(dcf_embedded_topic(cluster, topics[i], 1));
    OK(dcf_producer_open(&conf, NULL, 0, &producer, NULL));
    OK(dcf_ledger_open(fx_path("ledger"), &ledger));
    config = (dcf_config){.max_message_bytes = 64 << 10,
                          .held_approve_above = 2,
                          .held_per_minute = DCF_HELD_RATE_MOST,
                          .names = {.submitted = "t.submitted", .held = "t.held", .job = "t.job"}};
    told = kept = 0;
    atomic_store(&ready, true);
    open_desk("dcfd-1");
}

static void end(void)
{
    close_desk();
    dcf_ledger_close(ledger);
    dcf_producer_close(producer, 1000);
    dcf_embedded_stop(cluster);
    fx_end();
}

/* --- what is held ----------------------------------------------------------------------------- */

static void tell(int kind, const char *id, const char *key, int64_t at_ms)
{
    const bool held = kind == KIND(HELD);
    OK(put_event(ledger, 0, told++,
                 &(step){kind, id, key, held ? "DCF-4001" : NULL, at_ms, NULL, NULL}));
}

/* Waits in the state of its case: the ledger alone tells of it. */
static void hold_waiting(const char *id, const char *key, int64_t at_ms)
{
    tell(KIND(RECEIVED), id, key, at_ms);
    tell(KIND(HELD), id, key, at_ms);
}

/* Held whole, in a record of its own. */
static void hold(const char *id, const char *key, int64_t at_ms)
{
    Dcf__V1__Held h = DCF__V1__HELD__INIT;
    Dcf__V1__Fault fault = DCF__V1__FAULT__INIT, *faults[] = {&fault};
    Dcf__V1__Envelope *e = NULL;
    dcf_buf packed = {0};
    dcf_arena arena;
    dcf_arena_init(&arena, 1 << 20);
    fx_envelope_of(id, key, 5, &packed);
    OK(dcf_envelope_unpack(dcf_buf_span(&packed), &arena, &e));
    dcf_buf_clear(&packed);
    fault.field = (char *)"defendants.person.name.family_name";
    h.held_id = (char *)id;
    h.case_key = (char *)key;
    h.reason = (char *)"DCF-4001";
    h.held_at_ms = at_ms;
    h.envelope = e;
    h.faults = faults;
    h.n_faults = 1;
    OK(dcf_message_pack(&h.base, &packed));
    hold_waiting(id, key, at_ms);
    const dcf_out record = {
        .topic = "t.held", .key = dcf_span_str(key), .value = dcf_buf_span(&packed)};
    OK(dcf_producer_send(producer, &record, NULL, NULL));
    OK(dcf_producer_flush(producer, PATIENCE_MS));
    OK(dcf_ledger_apply(ledger, &(dcf_record){.topic = "t.held",
                                              .offset = kept++,
                                              .key = record.key,
                                              .value = record.value}));
    dcf_buf_fini(&packed);
    dcf_arena_fini(&arena);
}

/* --- what is asked, and the answer ------------------------------------------------------------ */

static atomic_bool replied; /* the rest is the desk's until then */
static struct reply {
    int http;
    char error[128], job[32], state[16], approved_by[32], instance[32], last_error[128];
    uint64_t done, failed;
    size_t jobs;
    dcf_held_preview preview;
} reply;

static void on_reply(void *ctx, const dcf_held_reply *r)
{
    (void)ctx;
    reply = (struct reply){.http = r->http, .jobs = r->job_count};
    snprintf(reply.error, sizeof reply.error, "%s", r->error ? r->error : "");
    if (r->preview) reply.preview = *r->preview;
    if (r->job_count) {
        const dcf_held_job_info *j = &r->jobs[0];
        snprintf(reply.job, sizeof reply.job, "%s", j->job->job_id);
        snprintf(reply.state, sizeof reply.state, "%s", j->state);
        snprintf(reply.approved_by, sizeof reply.approved_by, "%s", j->approved_by);
        snprintf(reply.instance, sizeof reply.instance, "%s", j->instance);
        snprintf(reply.last_error, sizeof reply.last_error, "%s", j->last_error);
        reply.done = j->done;
        reply.failed = j->failed;
    }
    atomic_store(&replied, true);
}

static int ask(dcf_held_ask what, const char *who, const char *job_id, const Dcf__V1__HeldJob *job)
{
    const dcf_held_request q = {.ask = what, .operator_ = who, .job = job, .job_id = job_id};
    atomic_store(&replied, false);
    dcf_held_desk_ask(desk, &q, on_reply, NULL);
    AWAIT(atomic_load(&replied));
    CU_ASSERT_TRUE_FATAL(atomic_load(&replied));
    return reply.http;
}

static Dcf__V1__HeldSelection all;

/* The next to be asked for: about all that is held, until its selection says otherwise. */
static Dcf__V1__HeldJob *job_of(Dcf__V1__HeldVerb verb)
{
    static Dcf__V1__HeldJob job;
    dcf__v1__held_job__init(&job);
    dcf__v1__held_selection__init(&all);
    job.verb = verb;
    job.selection = &all;
    return &job;
}

#define REPLAY  job_of(DCF__V1__HELD_VERB__HELD_VERB_REPLAY)
#define DISCARD job_of(DCF__V1__HELD_VERB__HELD_VERB_DISCARD)
#define CORRECT job_of(DCF__V1__HELD_VERB__HELD_VERB_CORRECT)

static bool job_is(const char *id, const char *state)
{
    return ask(DCF_HELD_JOBS, "", id, NULL) == 200 && strcmp(reply.state, state) == 0;
}

/* The first question is refused while the desk has no Kafka yet. */
static void await_desk(void)
{
    AWAIT(ask(DCF_HELD_JOBS, "", NULL, NULL) == 200);
    CU_ASSERT_EQUAL_FATAL(reply.http, 200);
}

/* The word that lies there: of whom it is, and about what. */
static void says(int64_t offset, const char *operator_, const char *held_id)
{
    dcf_reader *reader = NULL;
    Dcf__V1__Envelope *e = NULL;
    dcf_arena arena;
    dcf_arena_init(&arena, 1 << 20);
    dcf_record r = fx_read(&conf, "t.submitted", offset, &reader);
    OK(dcf_envelope_unpack(r.value, &arena, &e));
    CU_ASSERT_PTR_NOT_NULL_FATAL(e->held_action);
    CU_ASSERT_STRING_EQUAL(e->held_action->step->operator_, operator_);
    CU_ASSERT_STRING_EQUAL(e->held_action->step->held_id, held_id);
    dcf_record_free(&r);
    dcf_reader_close(reader);
    dcf_arena_fini(&arena);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void a_preview_counts_page_by_page_and_acts_on_nothing(void)
{
    enum { N = 2 * DCF_LEDGER_LIMIT + 1 };
    begin();
    await_desk();
    OK(dcf_ledger_begin(ledger));
    for (int i = 0; i < N; i++) {
        char id[32];
        snprintf(id, sizeof id, "m%05d", i);
        hold_waiting(id, "45AA0000126", i < 3 ? 1000 : 2000); /* most at one moment */
    }
    tell(KIND(RELEASED), "m00001", "45AA0000126", 3000);
    OK(dcf_ledger_commit(ledger));
    hold("whole", "45AA0000226", 2500);
    tell(KIND(RECEIVED), "taken", "45AA0000326", 900);
    tell(KIND(APPLIED), "taken", "45AA0000326", 900);
    hold("taken/conflict/1", "45AA0000326", 1500);
    CU_ASSERT_EQUAL(ask(DCF_HELD_PREVIEW, "", NULL, DISCARD), 200);
    CU_ASSERT_EQUAL(reply.preview.count, N - 1 + 2);
    CU_ASSERT_EQUAL(reply.preview.waiting, N - 1);
    CU_ASSERT_EQUAL(reply.preview.oldest_ms, 1000);
    CU_ASSERT_EQUAL(reply.preview.newest_ms, 2500);
    CU_ASSERT_EQUAL(reply.preview.duplicates, 1);
    CU_ASSERT_TRUE(reply.preview.needs_approval);
    CU_ASSERT_EQUAL_FATAL(reply.preview.destination_count, 2);
    CU_ASSERT_STRING_EQUAL(reply.preview.destinations[0].party, "cps");
    CU_ASSERT_EQUAL(reply.preview.destinations[0].count, N - 1);
    CU_ASSERT_EQUAL(reply.preview.destinations[1].count, 2); /* not decided yet */
    CU_ASSERT_EQUAL(ask(DCF_HELD_JOBS, "", NULL, NULL), 200);
    CU_ASSERT_EQUAL(reply.jobs, 0);
    end();
}

static void a_job_says_one_word_on_each_and_is_done(void)
{
    begin();
    await_desk();
    hold("m1", "45AA0000126", 1000);
    hold("m2", "45AA0000226", 1001);
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, REPLAY), 200);
    CU_ASSERT_EQUAL(reply.preview.count, 2);
    char id[32];
    snprintf(id, sizeof id, "%s", reply.job);
    AWAIT(job_is(id, "done"));
    CU_ASSERT_EQUAL(reply.done, 2);
    CU_ASSERT_EQUAL(reply.failed, 0);
    says(0, "ann", "m1");
    says(1, "ann", "m2");
    CU_ASSERT_EQUAL(ask(DCF_HELD_STOP, "ann", id, NULL), 409);
    CU_ASSERT_EQUAL(ask(DCF_HELD_RESUME, "ann", id, NULL), 409);
    end();
}

/* What is named is acted upon, in that order, and what is no longer held is passed over. */
static void a_job_on_named_messages_is_about_no_other(void)
{
    char *names[] = {(char *)"m3", (char *)"gone", (char *)"m1"};
    begin();
    await_desk();
    hold("m1", "45AA0000126", 1000);
    hold("m2", "45AA0000226", 1001);
    hold("m3", "45AA0000326", 1002);
    Dcf__V1__HeldJob *job = DISCARD;
    all.held_ids = names;
    all.n_held_ids = 3;
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, job), 200);
    CU_ASSERT_EQUAL(reply.preview.count, 2);
    AWAIT(job_is(NULL, "done"));
    CU_ASSERT_EQUAL(reply.done, 2);
    says(0, "ann", "m3");
    says(1, "ann", "m1");
    end();
}

static void what_cannot_be_done_is_told_with_its_message_and_the_rest_goes_on(void)
{
    begin();
    await_desk();
    hold_waiting("m1", "45AA0000126", 1000); /* it goes on by itself: nothing to replay */
    hold("m2", "45AA0000226", 1001);
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, REPLAY), 200);
    AWAIT(job_is(NULL, "done"));
    CU_ASSERT_EQUAL(reply.done, 1);
    CU_ASSERT_EQUAL(reply.failed, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(reply.last_error, "m1: it waits for its case"));
    says(0, "ann", "m2");
    end();
}

static void what_is_asked_in_vain_starts_nothing(void)
{
    begin();
    await_desk();
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, REPLAY), 404);
    hold_waiting("m1", "45AA0000126", 1000);
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, REPLAY), 422);
    hold("m2", "45AA0000226", 1001);
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, CORRECT), 400);
    CU_ASSERT_EQUAL(ask(DCF_HELD_STOP, "ann", "job-0", NULL), 404);
    CU_ASSERT_EQUAL(ask(DCF_HELD_JOBS, "ann", "job-0", NULL), 404);
    atomic_store(&ready, false);
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, REPLAY), 503);
    CU_ASSERT_EQUAL(ask(DCF_HELD_JOBS, "", NULL, NULL), 200);
    CU_ASSERT_EQUAL(reply.jobs, 0);
    end();
}

/* Three are more than one person may act upon. */
static void many_wait_for_a_second_person_and_what_was_approved_stays_so(void)
{
    char id[32];
    begin();
    await_desk();
    for (int i = 0; i < 3; i++) {
        snprintf(id, sizeof id, "m%d", i);
        hold(id, "45AA0000126", 1000 + i);
    }
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, REPLAY), 200);
    CU_ASSERT_STRING_EQUAL(reply.state, "pending");
    snprintf(id, sizeof id, "%s", reply.job);
    CU_ASSERT_EQUAL(ask(DCF_HELD_APPROVE, "Ann", id, NULL), 409);
    CU_ASSERT_EQUAL(ask(DCF_HELD_RESUME, "ben", id, NULL), 409);
    CU_ASSERT_EQUAL(ask(DCF_HELD_STOP, "ann", id, NULL), 200);
    CU_ASSERT_EQUAL(ask(DCF_HELD_APPROVE, "ben", id, NULL), 409); /* it is asked for no more */
    CU_ASSERT_EQUAL(ask(DCF_HELD_RESUME, "ben", id, NULL), 409);
    Dcf__V1__HeldJob *slow = REPLAY;
    slow->per_minute = 1; /* it is stopped after its first */
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, slow), 200);
    snprintf(id, sizeof id, "%s", reply.job);
    CU_ASSERT_EQUAL(ask(DCF_HELD_APPROVE, "ben", id, NULL), 200);
    AWAIT(job_is(id, "running") && reply.done == 1);
    CU_ASSERT_EQUAL(ask(DCF_HELD_STOP, "ann", id, NULL), 200);
    CU_ASSERT_STRING_EQUAL(reply.state, "stopped");
    close_desk();
    open_desk("dcfd-2"); /* another daemon takes it */
    await_desk();
    CU_ASSERT_TRUE(job_is(id, "stopped"));
    CU_ASSERT_STRING_EQUAL(reply.approved_by, "ben");
    CU_ASSERT_EQUAL(ask(DCF_HELD_RESUME, "ann", id, NULL), 200);
    CU_ASSERT_STRING_EQUAL(reply.instance, "dcfd-2");
    says(0, "ann", "m0");
    says(1, "ann", "m0"); /* which is still held here */
    end();
}

static void a_job_of_another_daemon_is_left_to_it(void)
{
    char id[32];
    begin();
    await_desk();
    hold("m1", "45AA0000126", 1000);
    hold("m2", "45AA0000226", 1001);
    Dcf__V1__HeldJob *slow = REPLAY;
    slow->per_minute = 1;
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ann", NULL, slow), 200);
    snprintf(id, sizeof id, "%s", reply.job);
    says(0, "ann", "m1");
    close_desk();
    open_desk("dcfd-2");
    await_desk();
    hold("m3", "45AA0000326", 1002);
    Dcf__V1__HeldJob *own = DISCARD;
    all.case_key = (char *)"45AA0000326";
    CU_ASSERT_EQUAL(ask(DCF_HELD_START, "ben", NULL, own), 200);
    says(1, "ben", "m3"); /* its own goes on, and nothing of the other's came before */
    CU_ASSERT_TRUE(job_is(id, "running"));
    CU_ASSERT_STRING_EQUAL(reply.instance, "dcfd-1");
    end();
}

#define TESTS(X)                                                                                   \
    X(a_preview_counts_page_by_page_and_acts_on_nothing)                                           \
    X(a_job_says_one_word_on_each_and_is_done)                                                     \
    X(a_job_on_named_messages_is_about_no_other)                                                   \
    X(what_cannot_be_done_is_told_with_its_message_and_the_rest_goes_on)                           \
    X(what_is_asked_in_vain_starts_nothing)                                                        \
    X(many_wait_for_a_second_person_and_what_was_approved_stays_so)                                \
    X(a_job_of_another_daemon_is_left_to_it)
UNIT_MAIN("held_desk", TESTS)
