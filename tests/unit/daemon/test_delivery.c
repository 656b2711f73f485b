/* test_delivery.c - the delivery stage, the whole loop between an in-process Kafka and a receiver
 * on the loopback: what it commits, tells and lets pass. */
#include "delivery_kit.h"

#include "dcf/v1/audit.pb-c.h"
#include "delivery/offsets.h"

#include <librdkafka/rdkafka.h>

static void a_delivered_message_is_told_with_a_receipt(void)
{
    begin();
    submit("s:1", "45AA0000126");
    start();
    Dcf__V1__Envelope *e = told_at(0);
    CU_ASSERT_STRING_EQUAL(e->message_id, "s:1/receipt/delivered");
    CU_ASSERT_STRING_EQUAL(e->receipt->receiver_reference, "ref-1");
    CU_ASSERT_EQUAL(e->receipt->attempts, 1);
    CU_ASSERT_STRING_EQUAL(e->native->dialect, "mini");
    CU_ASSERT_STRING_EQUAL(e->native->mapping_version, "7"); /* that wrote it */
    CU_ASSERT_EQUAL(calls(), 1);
    dcf_arena_fini(&arena);
    end();
}

/* Whether the figures the daemon shows hold this line. */
static bool shows(const char *line)
{
    dcf_buf text = {0};
    dcf_metrics_write(measures, NULL, &text);
    const char *found = dcf_buf_cstr(&text);
    bool shown = found && strstr(found, line);
    dcf_buf_fini(&text);
    return shown;
}

static void what_is_delivered_is_counted_once_it_is_committed(void)
{
    begin();
    submit("s:1", "45AA0000126");
    start();
    AWAIT(shows("dcf_deliveries_total{party=\"cps\"} 1\n"));
    CU_ASSERT(shows("dcf_delivery_attempts_total{party=\"cps\",reason=\"delivered\"} 1\n"));
    end();
}

static void the_receiver_is_shown_the_token_of_the_links_file(void)
{
    begin();
    fx_write("token", "secret-1\n");
    link_.out.token_file = fx_path("token");
    submit("s:1", "45AA0000126");
    start();
    AWAIT(taken() == 1);
    CU_ASSERT_STRING_EQUAL(r.authorization, "Bearer secret-1");
    end();
}

static void without_the_token_it_has_no_delivery_starts(void)
{
    dcf_yaml_error err = {{0}};
    begin();
    const dcf_delivery_config d = {&config, &conf, dialects, &party, measures};
    link_.out.token_file = fx_path("none");
    CU_ASSERT(dcf_is(dcf_delivery_loop_start(&d, &loop, &err), DCF_E_CONFIG));
    CU_ASSERT(strstr(err.text, "cps-mini") != NULL);
    fx_write("token", " \n");
    link_.out.token_file = fx_path("token");
    CU_ASSERT(dcf_is(dcf_delivery_loop_start(&d, &loop, NULL), DCF_E_CONFIG));
    CU_ASSERT_PTR_NULL(loop);
    end();
}

static void a_refused_message_is_told_and_held(void)
{
    dcf_reader *reader = NULL;
    begin();
    set_code(422);
    submit("s:1", "45AA0000126");
    start();
    CU_ASSERT_STRING_EQUAL(told_at(0)->message_id, "s:1/receipt/not_delivered");
    dcf_arena_fini(&arena);
    dcf_record held = fx_read(&conf, "t.held", 0, &reader);
    CU_ASSERT(dcf_span_eq_str(held.key, "45AA0000126"));
    CU_ASSERT(dcf_span_eq_str(dcf_record_header(&held, "ce_type"), "uk.dcf.v1.Held"));
    dcf_record_free(&held);
    dcf_reader_close(reader);
    end();
}

static void a_failing_head_holds_up_its_own_case_only(void)
{
    begin();
    set_code(503);
    submit("s:1", "45AA0000126");
    start();
    AWAIT(calls() >= 2);
    set_code(200);
    submit("s:2", "45AA0000126");
    submit("s:3", "45AA0000226");
    Dcf__V1__Envelope *last = NULL;
    for (int64_t i = 0; i < 3; i++) {
        last = told_at(i);
        dcf_arena_fini(&arena);
    }
    CU_ASSERT_PTR_NOT_NULL(last);
    pthread_mutex_lock(&r.lock);
    int first = 0, second = 0;
    for (int i = 0; i < r.calls && i < KEYS_MOST; i++) {
        if (strcmp(r.keys[i], "s:1") == 0) first = i;
        if (strcmp(r.keys[i], "s:2") == 0) second = i;
    }
    pthread_mutex_unlock(&r.lock);
    CU_ASSERT(first < second);
    end();
}

static Dcf__V1__Held *held_at(int64_t offset)
{
    dcf_reader *reader = NULL;
    ProtobufCMessage *m = NULL;
    dcf_arena_init(&arena, 1 << 20);
    dcf_record rec = fx_read(&conf, config.names.held, offset, &reader);
    OK(dcf_message_unpack(&dcf__v1__held__descriptor, rec.value, &arena, &m));
    dcf_record_free(&rec);
    dcf_reader_close(reader);
    return (Dcf__V1__Held *)m;
}

static void what_fails_for_ever_is_held_when_an_operator_says_so_and_its_case_goes_on(void)
{
    begin();
    set_busy('p'); /* locked: its case alone waits, and the breaker stays closed */
    submit("p:1", "45AA0000126");
    submit("s:2", "45AA0000126");
    start();
    AWAIT(calls() >= 2 && depth() == 2);
    CU_ASSERT(dcf_ok(dcf_delivery_loop_hold(loop, "p:1", NULL)));
    CU_ASSERT(dcf_is(dcf_delivery_loop_hold(loop, "s:2", "job-1"), DCF_E_CONFLICT));
    CU_ASSERT(dcf_is(dcf_delivery_loop_hold(loop, "x:9", "job-1"), DCF_E_NOT_FOUND));
    CU_ASSERT_EQUAL(depth(), 2); /* to look, and to ask in vain, changes nothing */
    AWAIT(dcf_ok(dcf_delivery_loop_hold(loop, "p:1", "job-1")));
    CU_ASSERT(dcf_ok(dcf_delivery_loop_hold(loop, "p:1", "job-1"))); /* whoever did not hear it */
    CU_ASSERT(dcf_is(dcf_delivery_loop_hold(loop, "p:1", "job-2"), DCF_E_NOT_FOUND));
    AWAIT(taken() == 1);
    Dcf__V1__Envelope *told = told_at(0);
    CU_ASSERT_STRING_EQUAL(told->message_id, "p:1/receipt/not_delivered");
    CU_ASSERT_STRING_EQUAL(told->receipt->faults[0]->code, "DCF-5004");
    CU_ASSERT_STRING_EQUAL(told->receipt->faults[0]->detail, "by job-1");
    CU_ASSERT(told->receipt->attempts >= 2);
    dcf_arena_fini(&arena);
    Dcf__V1__Held *held = held_at(0);
    CU_ASSERT_STRING_EQUAL(held->held_id, "p:1");
    CU_ASSERT_STRING_EQUAL(held->reason, "DCF-5004");
    CU_ASSERT_PTR_NOT_NULL(held->envelope);
    dcf_arena_fini(&arena);
    AWAIT(depth() == 0);
    end();
}

/* What is no envelope: held as it came, and a person is told. */
static void bytes_that_nobody_can_read_are_held_and_told(void)
{
    dcf_reader *reader = NULL;
    ProtobufCMessage *m = NULL;
    begin();
    snprintf(config.names.audit, sizeof config.names.audit, "t.audit");
    OK(dcf_embedded_topic(cluster, "t.audit", 1));
    OK(dcf_producer_send(producer,
                         &(dcf_out){.topic = "t.deliver.cps",
                                    .key = dcf_span_str("45AA0000126"),
                                    .value = dcf_span_str("\xff")},
                         NULL, NULL));
    start();
    dcf_arena_init(&arena, 1 << 20);
    dcf_record rec = fx_read(&conf, "t.held", 0, &reader);
    OK(dcf_message_unpack(&dcf__v1__held__descriptor, rec.value, &arena, &m));
    CU_ASSERT_STRING_EQUAL(((Dcf__V1__Held *)m)->held_id, "t.deliver.cps/0/0");
    CU_ASSERT_EQUAL(((Dcf__V1__Held *)m)->native_body.len, 1);
    dcf_record_free(&rec);
    dcf_reader_close(reader);
    rec = fx_read(&conf, "t.audit", 0, &reader);
    CU_ASSERT(dcf_span_eq_str(dcf_record_header(&rec, "ce_type"), "uk.dcf.v1.AuditEvent"));
    OK(dcf_message_unpack(&dcf__v1__audit_event__descriptor, rec.value, &arena, &m));
    const Dcf__V1__AuditEvent *event = (Dcf__V1__AuditEvent *)m;
    CU_ASSERT_STRING_EQUAL(event->message_id, "t.deliver.cps/0/0");
    CU_ASSERT_STRING_EQUAL(event->case_key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(event->destination_party, "cps");
    dcf_record_free(&rec);
    dcf_reader_close(reader);
    CU_ASSERT_EQUAL(calls(), 0);
    dcf_arena_fini(&arena);
    end();
}

/* Whether the held record of this message is there, and with it the message itself. */
static bool is_held(const char *id, bool *ret_whole)
{
    bool found = false;
    for (int64_t i = 0; i < 4 && !found; i++) { /* aborted ones are seen here, too */
        dcf_reader *reader = NULL;
        ProtobufCMessage *m = NULL;
        dcf_arena_init(&arena, 1 << 20);
        dcf_record r_ = fx_read(&conf, "t.held", i, &reader);
        OK(dcf_message_unpack(&dcf__v1__held__descriptor, r_.value, &arena, &m));
        const Dcf__V1__Held *h = (Dcf__V1__Held *)m;
        found = strcmp(h->held_id, id) == 0;
        *ret_whole = h->envelope->body_case != DCF__V1__ENVELOPE__BODY__NOT_SET;
        dcf_record_free(&r_);
        dcf_reader_close(reader);
        dcf_arena_fini(&arena);
    }
    return found;
}

static void a_record_kafka_refuses_is_told_shorter_and_blocks_nobody(void)
{
    static const char *const narrow[] = {"message.max.bytes", "3000", NULL};
    bool whole = true;
    begin();
    set_code(422);
    submit_message(&(message){.id = "s:big", .key = "45AA0000126", .letters = 5000});
    submit("s:small", "45AA0000226");
    conf.properties = narrow; /* less than the configuration thinks */
    start();
    CU_ASSERT(is_held("s:big", &whole) && !whole);
    CU_ASSERT(is_held("s:small", &whole) && whole);
    CU_ASSERT(strstr(told_at(0)->message_id, "/receipt/not_delivered") != NULL);
    dcf_arena_fini(&arena);
    end();
}

static void what_an_aborted_commit_did_not_tell_is_told_again_and_not_delivered_again(void)
{
    begin();
    dcf_embedded_fail(cluster, 25 /* AddOffsetsToTxn */, 30 /* GROUP_AUTHORIZATION_FAILED */, 1);
    submit("s:1", "45AA0000126");
    start();
    for (int64_t i = 0; i < 2; i++) { /* the aborted one is seen here, too */
        CU_ASSERT_STRING_EQUAL(told_at(i)->message_id, "s:1/receipt/delivered");
        dcf_arena_fini(&arena);
    }
    submit("s:2", "45AA0000126"); /* what was read a second time lies before it */
    CU_ASSERT_STRING_EQUAL(told_at(2)->message_id, "s:2/receipt/delivered");
    dcf_arena_fini(&arena);
    CU_ASSERT_EQUAL(calls(), 2);
    end();
}

/* Whether it was committed nobody knows: both clients are made anew, and Kafka is asked. */
static void after_a_commit_of_unknown_outcome_it_starts_anew_with_the_same_key(void)
{
    begin();
    dcf_embedded_fail(cluster, 26 /* EndTxn */, 47 /* INVALID_PRODUCER_EPOCH */, 1);
    submit("s:1", "45AA0000126");
    start();
    AWAIT(calls() == 2);
    submit("s:2", "45AA0000126");
    AWAIT(calls() == 3);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[0], "s:1");
    CU_ASSERT_STRING_EQUAL(r.taken_keys[1], "s:1");
    CU_ASSERT_STRING_EQUAL(r.taken_keys[2], "s:2");
    end();
}

static void a_newer_version_takes_the_place_of_what_nobody_attempted(void)
{
    begin();
    start();
    submit("b:1", "45AA0000226");
    AWAIT(taken() == 1 && depth() == 0); /* so that what comes now is known to be untouched */
    set_busy('a');
    submit("a:0", "45AA0000126");
    AWAIT(calls() >= 2);
    submit("s:1", "45AA0000126");
    submit_message(&(message){.id = "s:2", .key = "45AA0000126", .supersedes = "s:1"});
    AWAIT(depth() == 3);
    set_busy(0);
    AWAIT(taken() == 3);
    const Dcf__V1__Envelope *e = told_at(2);
    CU_ASSERT_STRING_EQUAL(e->message_id, "s:1/receipt/not_delivered");
    CU_ASSERT_EQUAL(e->receipt->attempts, 0);
    CU_ASSERT_EQUAL_FATAL(e->receipt->n_faults, 1);
    CU_ASSERT_STRING_EQUAL(e->receipt->faults[0]->code, dcf_fault_row_of(DCF_FAULT_SUPERSEDED)->id);
    dcf_arena_fini(&arena);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[2], "s:2");
    end();
}

static void what_is_in_flight_at_the_end_gets_its_answer(void)
{
    begin();
    r.hold = true;
    submit("s:1", "45AA0000126");
    start();
    AWAIT(calls() == 1);
    dcf_delivery_loop_stop(loop);
    usleep(200000);
    dcf_http_reply(r.held, 200, NULL, NULL, (dcf_span){0});
    dcf_delivery_loop_join(loop);
    loop = NULL;
    CU_ASSERT_STRING_EQUAL(told_at(0)->message_id, "s:1/receipt/delivered");
    dcf_arena_fini(&arena);
    end();
}

static void the_end_does_not_wait_for_a_silent_receiver_longer_than_told(void)
{
    begin();
    r.hold = true;
    config.drain_ms = 300;
    link_.out.timeout_ms = 10 * PATIENCE_MS;
    submit("s:1", "45AA0000126");
    start();
    AWAIT(calls() == 1);
    int64_t asked = dcf_clock_mono_ms();
    stop();
    CU_ASSERT(dcf_clock_mono_ms() - asked < 5 * PATIENCE_MS); /* not the receiver's */
    dcf_http_reply(r.held, 200, NULL, NULL, (dcf_span){0});
    end();
}

/* --- how far it was done --------------------------------------------------------------- */

/* Commits for the group of the loop, as another before it. */
static void commit_as_another(int64_t offset, const char *metadata)
{
    rd_kafka_conf_t *c = rd_kafka_conf_new();
    rd_kafka_conf_set(c, "bootstrap.servers", conf.bootstrap, NULL, 0);
    rd_kafka_conf_set(c, "group.id", "t-deliver-cps", NULL, 0);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, c, NULL, 0);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_add(list, "t.deliver.cps", 0);
    p->offset = offset;
    p->metadata = strdup(metadata);
    p->metadata_size = strlen(metadata);
    CU_ASSERT_EQUAL_FATAL(rd_kafka_commit(rk, list, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
}

static void four_are_submitted(void)
{
    begin();
    submit("s:1", "45AA0000126");
    submit("s:2", "45AA0000126");
    submit("s:3", "45AA0000126");
    submit("s:4", "45AA0000126");
}

/* The first, which the offset tells, and the third, which the marks do. */
static void four_of_which_two_are_done(void)
{
    char metadata[64];
    dcf_offsets o;
    dcf_offset_node n[3];
    OK(dcf_offsets_init(&o, 1, NULL));
    for (int i = 0; i < 3; i++) CU_ASSERT(dcf_offsets_open(&o, 1 + i, &n[i]));
    dcf_offsets_close(&o, &n[1]);
    dcf_offsets_encode(&o, metadata, sizeof metadata);
    dcf_offsets_fini(&o);
    four_are_submitted();
    commit_as_another(1, metadata);
}

static void the_others_are_delivered(void)
{
    start();
    AWAIT(taken() == 2);
    submit("s:5", "45AA0000126");
    AWAIT(taken() == 3);
    CU_ASSERT_EQUAL_FATAL(calls(), 3);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[0], "s:2");
    CU_ASSERT_STRING_EQUAL(r.taken_keys[1], "s:4");
    CU_ASSERT_STRING_EQUAL(r.taken_keys[2], "s:5");
}

static void what_a_commit_marks_as_done_is_not_delivered_again(void)
{
    four_of_which_two_are_done();
    the_others_are_delivered();
    end();
}

static void marks_that_cannot_be_read_leave_what_the_offset_says(void)
{
    four_are_submitted();
    commit_as_another(2, "not ours");
    start();
    AWAIT(taken() == 2);
    CU_ASSERT_EQUAL_FATAL(calls(), 2);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[0], "s:3");
    CU_ASSERT_STRING_EQUAL(r.taken_keys[1], "s:4");
    end();
}

/* Rather than to take it for one that was never committed, the loop starts anew. */
static void a_partition_whose_commit_cannot_be_learnt_is_asked_for_again(void)
{
    four_of_which_two_are_done();
    dcf_embedded_fail(cluster, 9 /* OffsetFetch */, 30 /* GROUP_AUTHORIZATION_FAILED */, 3);
    the_others_are_delivered();
    end();
}

/* What may have lain there when the loop came may have been attempted by another. */
static void where_the_end_of_the_topic_is_not_known_nothing_is_skipped(void)
{
    begin();
    commit_as_another(0, ""); /* so that reading needs no such answer */
    dcf_embedded_fail(cluster, 2 /* ListOffsets */, 29 /* TOPIC_AUTHORIZATION_FAILED */, 1000);
    start();
    submit("b:1", "45AA0000226");
    AWAIT(taken() == 1 && depth() == 0);
    set_busy('a');
    submit("a:0", "45AA0000126");
    AWAIT(calls() >= 2);
    submit("s:1", "45AA0000126");
    submit_message(&(message){.id = "s:2", .key = "45AA0000126", .supersedes = "s:1"});
    AWAIT(depth() == 3);
    set_busy(0);
    AWAIT(taken() == 4);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[2], "s:1");
    CU_ASSERT_STRING_EQUAL(r.taken_keys[3], "s:2");
    end();
}

#define TESTS(X)                                                                                   \
    X(a_delivered_message_is_told_with_a_receipt)                                                  \
    X(what_is_delivered_is_counted_once_it_is_committed)                                           \
    X(the_receiver_is_shown_the_token_of_the_links_file)                                           \
    X(without_the_token_it_has_no_delivery_starts)                                                 \
    X(a_refused_message_is_told_and_held)                                                          \
    X(a_failing_head_holds_up_its_own_case_only)                                                   \
    X(what_fails_for_ever_is_held_when_an_operator_says_so_and_its_case_goes_on)                   \
    X(bytes_that_nobody_can_read_are_held_and_told)                                                \
    X(a_record_kafka_refuses_is_told_shorter_and_blocks_nobody)                                    \
    X(what_an_aborted_commit_did_not_tell_is_told_again_and_not_delivered_again)                   \
    X(after_a_commit_of_unknown_outcome_it_starts_anew_with_the_same_key)                          \
    X(a_newer_version_takes_the_place_of_what_nobody_attempted)                                    \
    X(what_is_in_flight_at_the_end_gets_its_answer)                                                \
    X(the_end_does_not_wait_for_a_silent_receiver_longer_than_told)                                \
    X(what_a_commit_marks_as_done_is_not_delivered_again)                                          \
    X(marks_that_cannot_be_read_leave_what_the_offset_says)                                        \
    X(a_partition_whose_commit_cannot_be_learnt_is_asked_for_again)                                \
    X(where_the_end_of_the_topic_is_not_known_nothing_is_skipped)
UNIT_MAIN("delivery", TESTS)
