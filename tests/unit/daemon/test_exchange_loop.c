/* test_exchange_loop.c - stage 2, the whole loop on an in-process Kafka: what it makes of what is
 * submitted, and what it does when it cannot. That cluster's transactions have no effect: what is
 * aborted is seen here, and what was read is read again. */
#include "fixture.h"

#include "../exchange/fixture.h"
#include "daemon/exchange_loop.h"
#include "daemon/wire.h"
#include "kafka/producer.h"

#include <time.h>

#define PRE DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE

enum { MESSAGE_MOST = 16 << 10 };

static dcf_embedded *cluster;
static dcf_kafka_conf conf;
static dcf_producer *producer;
static dcf_measures *measures;
static dcf_store *store;
static dcf_exchange_loop *loop;
static dcf_config config;
static world w;
static int32_t last_partition;

static void start(void)
{
    const dcf_exchange_loop_config x = {&config, &conf, w.x, store, measures};
    OK(dcf_exchange_loop_start(&x, &loop));
}

/* The case KEY lies in the first partition, every other in the last. */
static void begin_on(int partitions)
{
    static const char *const topics[] = {"t.submitted",
                                         "t.case",
                                         "t.held",
                                         "t.audit",
                                         "t.deliver.cps-se",
                                         "t.deliver.cps-se.urgent",
                                         "t.deliver.force-45",
                                         "t.deliver.force-45.urgent"};
    fx_begin();
    open_world(&w, "", &(dcf_exchange_config){.clocks = "config/clocks.yaml"});
    w.now = dcf_clock_ms();
    OK(dcf_embedded_start(1, &cluster));
    conf = (dcf_kafka_conf){.bootstrap = dcf_embedded_bootstrap(cluster)};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        OK(dcf_embedded_topic(cluster, topics[i], i < 2 ? partitions : 1));
    last_partition = partitions - 1;
    OK(dcf_producer_open(&conf, topics, 1, &producer, NULL));
    OK(dcf_measures_open(&measures));
    OK(dcf_store_open(fx_path("state"), 64 << 20, &store));
    config = (dcf_config){.instance = "i",
                          .prefix = "t",
                          .max_message_bytes = MESSAGE_MOST,
                          .commit_messages = 100,
                          .parties = w.parties,
                          .names = {.submitted = "t.submitted",
                                    .state = "t.case",
                                    .held = "t.held",
                                    .audit = "t.audit",
                                    .exchange = "t-exchange"}};
}

static void begin(void)
{
    begin_on(1);
}

static void end(void)
{
    if (loop) dcf_exchange_loop_stop(loop);
    dcf_exchange_loop_join(loop);
    loop = NULL;
    dcf_store_close(store);
    dcf_metrics_close(measures);
    dcf_producer_close(producer, 1000);
    dcf_embedded_stop(cluster);
    close_world(&w);
    fx_end();
}

static void send_bytes(dcf_producer *p, const char *key, dcf_span value)
{
    OK(dcf_producer_send(p,
                         &(dcf_out){.topic = "t.submitted",
                                    .partition = strcmp(key, KEY) == 0 ? 0 : last_partition,
                                    .key = dcf_span_str(key),
                                    .value = value},
                         NULL, NULL));
}

static void send(dcf_producer *p, const Dcf__V1__Envelope *e)
{
    dcf_buf packed = {0};
    OK(dcf_envelope_pack(e, &packed));
    send_bytes(p, e->case_key, dcf_buf_span(&packed));
    dcf_buf_fini(&packed);
}

static void submit(const Dcf__V1__Envelope *e)
{
    send(producer, e);
    OK(dcf_producer_flush(producer, PATIENCE_MS));
}

/* As one record batch: whoever reads has both at once. */
static void submit_together(const Dcf__V1__Envelope *first, const Dcf__V1__Envelope *second)
{
    static const char *const both[] = {"linger.ms", "60000", "batch.num.messages", "2", NULL};
    dcf_kafka_conf slow = conf;
    slow.properties = both;
    dcf_producer *p = NULL;
    OK(dcf_producer_open(&slow, NULL, 0, &p, NULL));
    send(p, first);
    send(p, second);
    OK(dcf_producer_flush(p, PATIENCE_MS));
    dcf_producer_close(p, 1000);
}

/* What lies at an offset of a topic: an envelope, or the bytes of another message. */
static const Dcf__V1__Envelope *delivery_at(const char *topic, int64_t offset)
{
    dcf_reader *reader = NULL;
    Dcf__V1__Envelope *e = NULL;
    dcf_record record = fx_read(&conf, topic, offset, &reader);
    OK(dcf_envelope_unpack(record.value, &w.arena, &e));
    dcf_record_free(&record);
    dcf_reader_close(reader);
    return e;
}

static const ProtobufCMessage *message_at(const char *topic, int64_t offset,
                                          const ProtobufCMessageDescriptor *type)
{
    dcf_reader *reader = NULL;
    ProtobufCMessage *m = NULL;
    dcf_record record = fx_read(&conf, topic, offset, &reader);
    OK(dcf_message_unpack(type, record.value, &w.arena, &m));
    dcf_record_free(&record);
    dcf_reader_close(reader);
    return m;
}

#define HELD_AT(offset)                                                                            \
    ((const Dcf__V1__Held *)message_at("t.held", offset, &dcf__v1__held__descriptor))

/* What an audit record tells, by name. */
static bool tells(int64_t offset, const char *hop)
{
    dcf_reader *reader = NULL;
    dcf_record record = fx_read(&conf, "t.audit", offset, &reader);
    dcf_span hops = dcf_record_header(&record, DCF_WIRE_HOPS);
    bool told = memmem(hops.data, hops.size, hop, strlen(hop)) != NULL;
    dcf_record_free(&record);
    dcf_reader_close(reader);
    return told;
}

static void is_delivered(int64_t offset, const char *id, uint64_t sequence)
{
    const Dcf__V1__Envelope *e = delivery_at("t.deliver.cps-se", offset);
    CU_ASSERT_STRING_EQUAL(e->message_id, id);
    CU_ASSERT_EQUAL(e->sequence, sequence);
}

static void a_case_is_kept_between_its_messages_and_takes_each_once(void)
{
    begin();
    submit(submission(&w, "m1", PRE));
    start();
    is_delivered(0, "m1", 1);
    CU_ASSERT_EQUAL(dcf_exchange_loop_partitions(loop), 1);
    const ProtobufCMessage *state = message_at("t.case", 0, &dcf__v1__case_state__descriptor);
    CU_ASSERT_STRING_EQUAL(((const Dcf__V1__CaseState *)state)->case_key, KEY);
    submit(submission(&w, "m1", PRE));
    submit(material(&w, "m2", "new"));
    is_delivered(1, "m2", 2);
    end();
}

static Dcf__V1__Envelope *of_another_case(const char *id)
{
    Dcf__V1__Envelope *e = submission(&w, id, PRE);
    e->case_key = e->case_submission->urn = (char *)"45AA0209920";
    seal(&w, e);
    return e;
}

/* What ops shows has this line. */
static bool is_measured(const char *line)
{
    dcf_buf text = {0};
    dcf_metrics_write(measures, NULL, &text);
    bool found = strstr(dcf_buf_cstr(&text), line) != NULL;
    dcf_buf_fini(&text);
    return found;
}

static void each_case_of_a_transaction_has_its_state_sent_and_all_is_counted(void)
{
    begin();
    submit_together(submission(&w, "m1", PRE), of_another_case("o1"));
    start();
    const ProtobufCMessage *state = message_at("t.case", 1, &dcf__v1__case_state__descriptor);
    CU_ASSERT_STRING_EQUAL(((const Dcf__V1__CaseState *)state)->case_key, "45AA0209920");
    AWAIT(is_measured("dcf_outputs_total{kind=\"state\"} 2")); /* the last of them */
    CU_ASSERT(is_measured("dcf_outputs_total{kind=\"state\"} 2"));
    CU_ASSERT(is_measured("dcf_exchanged_total 2"));
    end();
}

static void each_partition_it_is_given_is_read(void)
{
    begin_on(2);
    start();
    submit(of_another_case("o1"));
    is_delivered(0, "o1", 1);
    submit(submission(&w, "m1", PRE));
    is_delivered(1, "m1", 1);
    CU_ASSERT_EQUAL(dcf_exchange_loop_partitions(loop), 2);
    end();
}

static size_t seen_in_state(int64_t offset)
{
    const ProtobufCMessage *m = message_at("t.case", offset, &dcf__v1__case_state__descriptor);
    return ((const Dcf__V1__CaseState *)m)->n_seen;
}

static void the_state_of_a_case_is_sent_once_a_transaction(void)
{
    begin();
    submit_together(submission(&w, "m1", PRE), material(&w, "m2", "new"));
    start();
    is_delivered(1, "m2", 2);
    submit(material(&w, "m3", "newer"));
    is_delivered(2, "m3", 3);
    CU_ASSERT_EQUAL(seen_in_state(0), 2);
    CU_ASSERT_EQUAL(seen_in_state(1), 3);
    end();
}

static void what_is_no_envelope_is_held_and_what_follows_goes_on(void)
{
    begin();
    send_bytes(producer, KEY, dcf_span_str("\xff"));
    submit(submission(&w, "m1", PRE));
    start();
    const Dcf__V1__Held *held = HELD_AT(0);
    CU_ASSERT_STRING_EQUAL(held->held_id, "t.submitted/0/0");
    CU_ASSERT_STRING_EQUAL(held->reason, "DCF-6105");
    CU_ASSERT_EQUAL(held->native_body.len, 1);
    is_delivered(0, "m1", 1);
    end();
}

/* It fails the batch it is in; each of that batch goes alone then. */
static void what_cannot_be_kept_is_held_alone(void)
{
    static char text[2 * MESSAGE_MOST];
    begin();
    memset(text, 'x', sizeof text - 1);
    Dcf__V1__Envelope *big = material(&w, "m2", text);
    submit(submission(&w, "m1", PRE));
    submit(big);
    submit(material(&w, "m3", "new"));
    start();
    CU_ASSERT_STRING_EQUAL(HELD_AT(0)->held_id, "m2");
    CU_ASSERT_STRING_EQUAL(HELD_AT(0)->reason, "DCF-1005");
    int64_t at = 0;
    while (strcmp(delivery_at("t.deliver.cps-se", at)->message_id, "m3") != 0) at++;
    is_delivered(at, "m3", 2);
    end();
}

/* The word on a commit is lost, though it took place: its state is read back, and says so. */
static void a_commit_of_unknown_outcome_is_learnt_from_the_topic(void)
{
    begin();
    dcf_embedded_fail(cluster, 26 /* EndTxn */, 47 /* INVALID_PRODUCER_EPOCH */, 1);
    submit(submission(&w, "m1", PRE));
    start();
    is_delivered(0, "m1", 1);
    submit(material(&w, "m2", "new"));
    is_delivered(1, "m2", 2);
    CU_ASSERT_EQUAL(dcf_exchange_loop_partitions(loop), 1);
    send_bytes(producer, KEY, dcf_span_str("\xff"));
    CU_ASSERT_STRING_EQUAL(HELD_AT(0)->held_id, "t.submitted/0/2"); /* nothing was before */
    end();
}

/* The store may be lost: whoever comes next reads the states from the topic. */
static void who_comes_next_knows_the_cases(void)
{
    begin();
    submit(submission(&w, "m1", PRE));
    start();
    is_delivered(0, "m1", 1);
    dcf_exchange_loop_stop(loop);
    dcf_exchange_loop_join(loop);
    dcf_store_close(store);
    OK(dcf_store_open(fx_path("other"), 64 << 20, &store));
    submit(material(&w, "m2", "new"));
    start();
    is_delivered(1, "m2", 2);
    end();
}

/* Only it waits, and the reason is the case's, not the message's. */
static void a_case_whose_state_cannot_be_read_waits_whole(void)
{
    begin();
    const dcf_out damaged = {.topic = "t.case",
                             .partition = 0,
                             .key = dcf_span_str(KEY),
                             .value = dcf_span_str("\xff no state")};
    OK(dcf_producer_send(producer, &damaged, NULL, NULL));
    submit(submission(&w, "m1", PRE));
    start();
    const Dcf__V1__Held *held = HELD_AT(0);
    CU_ASSERT_STRING_EQUAL(held->held_id, "m1");
    CU_ASSERT_STRING_EQUAL(held->reason, "DCF-6106");
    CU_ASSERT_PTR_NOT_NULL(held->envelope);
    end();
}

/* A suspect's time in custody ends in 8 s. */
static void submit_urgent(void)
{
    char ends[40];
    time_t soon = (time_t)(dcf_clock_ms() / 1000 + 8);
    struct tm tm;
    strftime(ends, sizeof ends, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&soon, &tm));
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->case_submission->pace_clock_expires_at = ends;
    seal(&w, e);
    submit(e);
}

/* One that it had to learn of would keep the first message to it waiting. */
static void every_topic_it_may_write_to_is_known_before_the_first_message(void)
{
    begin();
    start();
    AWAIT(dcf_exchange_loop_partitions(loop) == 1);
    const dcf_out mark = {.topic = "t.deliver.cps-se.urgent", .value = dcf_span_str("mark")};
    OK(dcf_producer_send(producer, &mark, NULL, NULL));
    dcf_reader *reader = NULL; /* knows its topic by the first it reads */
    dcf_record r = fx_read(&conf, mark.topic, 0, &reader);
    dcf_record_free(&r);
    dcf_embedded_hide_topics(cluster);
    submit_urgent();
    AWAIT(dcf_ok(dcf_reader_poll(reader, 100, &r)));
    CU_ASSERT_EQUAL(r.offset, 1);
    dcf_record_free(&r);
    dcf_reader_close(reader);
    end();
}

/* No message says so. */
static void a_time_limit_that_passes_is_told(void)
{
    begin();
    submit_urgent();
    start();
    int64_t at = 0;
    while (!tells(at, "deadline_missed")) at++;
    CU_ASSERT(is_measured("what=\"missed\"}"));
    end();
}

#define TESTS(X)                                                                                   \
    X(a_case_is_kept_between_its_messages_and_takes_each_once)                                     \
    X(the_state_of_a_case_is_sent_once_a_transaction)                                              \
    X(each_case_of_a_transaction_has_its_state_sent_and_all_is_counted)                            \
    X(each_partition_it_is_given_is_read)                                                          \
    X(what_is_no_envelope_is_held_and_what_follows_goes_on)                                        \
    X(what_cannot_be_kept_is_held_alone)                                                           \
    X(a_commit_of_unknown_outcome_is_learnt_from_the_topic)                                        \
    X(a_case_whose_state_cannot_be_read_waits_whole)                                               \
    X(who_comes_next_knows_the_cases)                                                              \
    X(every_topic_it_may_write_to_is_known_before_the_first_message)                               \
    X(a_time_limit_that_passes_is_told)
UNIT_MAIN("exchange_loop", TESTS)
