/* test_receipt.c - what is told of a delivery, and what of a job when it is over. */
#include "daemon/delivery_job.h"
#include "daemon/receipt.h"
#include "fixture.h"

static dcf_arena arena;

static dcf_job *job_of(dcf_buf *packed)
{
    dcf_record r = {
        .topic = "t.deliver.cps", .partition = 2, .offset = 41, .key = dcf_span_str("45AA0000126")};
    r.value = dcf_buf_span(packed);
    dcf_job *j = dcf_job_new(&r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    return j;
}

static dcf_job *new_job(void)
{
    dcf_buf packed = {0};
    fx_envelope("surrey-mini:a1", "45AA0000126", &packed);
    dcf_job *j = job_of(&packed);
    dcf_buf_fini(&packed);
    return j;
}

static const dcf_job_end end = {
    .party = "cps", .attempts = 4, .memory = 8 << 20, .record_max = 1 << 20};

static Dcf__V1__Envelope *receipt_of(const dcf_job *j)
{
    Dcf__V1__Envelope *e = NULL;
    OK(dcf_envelope_unpack(dcf_buf_span(&j->receipt), &arena, &e));
    return e;
}

static Dcf__V1__Held *held_of(const dcf_job *j)
{
    ProtobufCMessage *m = NULL;
    OK(dcf_message_unpack(&dcf__v1__held__descriptor, dcf_buf_span(&j->held), &arena, &m));
    return (Dcf__V1__Held *)m;
}

static dcf_outcome_of_attempt refused(dcf_faults *faults)
{
    dcf_faults_init(faults, &arena, 10);
    dcf_faults_add(faults, DCF_FAULT_LOST_ON_WRITE, 0, 0, "", "urn", "first");
    dcf_faults_add(faults, DCF_FAULT_RECEIVER_REFUSED, 0, 0, "", "", "the receiver answered 422");
    return (dcf_outcome_of_attempt){
        .result = DCF_ATTEMPT_REFUSED, .http_status = 422, .faults = faults};
}

static void a_delivery_is_told_to_the_sender_once_per_news(void)
{
    dcf_arena_init(&arena, 8 << 20);
    dcf_job *j = new_job();
    OK(dcf_job_conclude(
        j,
        &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_OK, .receiver_text = dcf_span_str("CMS-7")},
        &end));
    Dcf__V1__Envelope *e = receipt_of(j);
    CU_ASSERT_STRING_EQUAL(e->message_id, "surrey-mini:a1/receipt/delivered");
    CU_ASSERT_STRING_EQUAL(e->source->party, "dcf");
    CU_ASSERT_STRING_EQUAL(e->destination->party, "surrey");
    CU_ASSERT_STRING_EQUAL(e->case_key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(e->receipt->about_message_id, "surrey-mini:a1");
    CU_ASSERT_STRING_EQUAL(e->receipt->about_source_id, "own-id");
    CU_ASSERT_STRING_EQUAL(e->receipt->receiver_reference, "CMS-7");
    CU_ASSERT_EQUAL(e->receipt->attempts, 4);
    CU_ASSERT_EQUAL(j->held.size, 0);
    CU_ASSERT_EQUAL(j->packed.size, 0); /* final: its bytes are let go */
    /* the same news after more attempts is the same to the dedupe */
    dcf_job *again = new_job();
    dcf_job_end later = end;
    later.attempts = 9;
    OK(dcf_job_conclude(again, &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_OK}, &later));
    Dcf__V1__Envelope *f = receipt_of(again);
    CU_ASSERT_EQUAL(memcmp(e->body_sha256.data, f->body_sha256.data, 32), 0);
    dcf_job_free(j);
    dcf_job_free(again);
    dcf_arena_fini(&arena);
}

static void a_refusal_holds_the_message_whole_with_every_fault(void)
{
    dcf_arena_init(&arena, 8 << 20);
    dcf_faults faults;
    dcf_outcome_of_attempt o = refused(&faults);
    dcf_job *j = new_job();
    OK(dcf_job_conclude(j, &o, &end));
    Dcf__V1__Envelope *e = receipt_of(j);
    CU_ASSERT_STRING_EQUAL(e->message_id, "surrey-mini:a1/receipt/not_delivered");
    CU_ASSERT_EQUAL(e->receipt->n_faults, 2);
    Dcf__V1__Held *h = held_of(j);
    CU_ASSERT_STRING_EQUAL(h->held_id, "surrey-mini:a1");
    CU_ASSERT_STRING_EQUAL(h->reason, "DCF-5001");
    CU_ASSERT_STRING_EQUAL(h->case_key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(h->link, "surrey-mini");
    CU_ASSERT_EQUAL(h->n_faults, 2);
    CU_ASSERT_STRING_EQUAL(h->envelope->case_submission->urn, "45AA0000126");
    dcf_job_free(j);
    dcf_arena_fini(&arena);
}

static void a_held_message_that_is_no_record_says_where_it_lies(void)
{
    dcf_arena_init(&arena, 8 << 20);
    dcf_faults faults;
    dcf_outcome_of_attempt o = refused(&faults);
    dcf_job *j = new_job();
    dcf_job_end narrow = end;
    narrow.record_max = 4200; /* less than the message and what surrounds it */
    OK(dcf_job_conclude(j, &o, &narrow));
    Dcf__V1__Held *h = held_of(j);
    CU_ASSERT_STRING_EQUAL(h->held_id, "surrey-mini:a1");
    CU_ASSERT_EQUAL((int)h->envelope->body_case, DCF__V1__ENVELOPE__BODY__NOT_SET);
    CU_ASSERT_STRING_EQUAL(h->envelope->message_id, "surrey-mini:a1");
    CU_ASSERT(strstr(h->faults[0]->detail, "t.deliver.cps, partition 2, offset 41") != NULL);
    CU_ASSERT_EQUAL(receipt_of(j)->receipt->n_faults, 2); /* the sender still hears why */
    dcf_job_free(j);
    dcf_arena_fini(&arena);
}

static void less_is_told_when_kafka_refuses_and_nothing_at_last(void)
{
    dcf_arena_init(&arena, 8 << 20);
    dcf_faults faults;
    dcf_outcome_of_attempt o = refused(&faults);
    dcf_job *j = new_job();
    /* a body that makes the difference */
    OK(dcf_job_conclude(j, &o, &end));
    Dcf__V1__Held *h = held_of(j);
    char big[4000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    h->envelope->case_submission->urn = big;
    dcf_buf_clear(&j->held);
    OK(dcf_message_pack(&h->base, &j->held));
    size_t whole = j->held.size;
    CU_ASSERT(dcf_job_tell_less(j, 8 << 20));
    CU_ASSERT(j->held.size > 0 && j->held.size < whole && j->receipt.size > 0);
    CU_ASSERT(!dcf_job_tell_less(j, 8 << 20));
    CU_ASSERT_EQUAL(j->held.size + j->receipt.size, 0);
    dcf_job_free(j);
    dcf_arena_fini(&arena);
}

static void bytes_that_are_no_envelope_are_held_as_they_came(void)
{
    dcf_arena_init(&arena, 8 << 20);
    dcf_buf packed = {0};
    dcf_buf_adds(&packed, "\xff\xff no envelope");
    dcf_job *j = job_of(&packed);
    OK(dcf_job_conclude(j, &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_REFUSED}, &end));
    Dcf__V1__Held *h = held_of(j);
    CU_ASSERT_STRING_EQUAL(h->held_id, "t.deliver.cps/2/41");
    CU_ASSERT_EQUAL(h->native_body.len, packed.size);
    CU_ASSERT_EQUAL(memcmp(h->native_body.data, packed.data, packed.size), 0);
    CU_ASSERT_EQUAL(j->receipt.size, 0);
    dcf_job_free(j);
    dcf_buf_fini(&packed);
    dcf_arena_fini(&arena);
}

static void no_memory_makes_nothing_and_keeps_the_message(void)
{
    dcf_arena_init(&arena, 8 << 20);
    dcf_job *j = new_job();
    dcf_job_end poor = end;
    poor.memory = 64;
    CU_ASSERT(
        dcf_is(dcf_job_conclude(j, &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_OK}, &poor),
               DCF_E_NOMEM));
    CU_ASSERT(j->packed.size > 0 && j->receipt.size == 0);
    dcf_job_free(j);
    dcf_arena_fini(&arena);
}

static void lists_keep_order_and_drop_by_partition(void)
{
    dcf_job_list l;
    dcf_job_list_init(&l);
    for (int i = 0; i < 6; i++) {
        dcf_job *j = new_job();
        j->partition = i % 2;
        j->offset = i;
        dcf_job_list_add(&l, j);
    }
    dcf_job_list_drop(&l, 0);
    CU_ASSERT_EQUAL(l.count, 3);
    for (int i = 1; i < 6; i += 2) {
        dcf_job *j = dcf_job_list_take(&l);
        CU_ASSERT_EQUAL(j->offset, i);
        dcf_job_free(j);
    }
    CU_ASSERT_PTR_NULL(dcf_job_list_take(&l));
    dcf_job_list_add(&l, new_job());
    dcf_job_list_drop(&l, -1);
    CU_ASSERT_EQUAL(l.count, 0);
}

#define TESTS(X)                                                                                   \
    X(a_delivery_is_told_to_the_sender_once_per_news)                                              \
    X(a_refusal_holds_the_message_whole_with_every_fault)                                          \
    X(a_held_message_that_is_no_record_says_where_it_lies)                                         \
    X(less_is_told_when_kafka_refuses_and_nothing_at_last)                                         \
    X(bytes_that_are_no_envelope_are_held_as_they_came)                                            \
    X(no_memory_makes_nothing_and_keeps_the_message)                                               \
    X(lists_keep_order_and_drop_by_partition)
UNIT_MAIN("receipt", TESTS)
