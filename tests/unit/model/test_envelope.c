/* test_envelope.c - the envelope's type, case key, body bytes and headers, for each body there is.
 */
#include "model/envelope.h"

#include "base/clock.h"
#include "unit.h"

static dcf_arena arena;
static Dcf__V1__Envelope e;
static Dcf__V1__CaseSubmission submission;

static void start(const char *urn)
{
    dcf_arena_fini(&arena);
    dcf_arena_init(&arena, 1 << 20);
    dcf__v1__envelope__init(&e);
    dcf__v1__case_submission__init(&submission);
    submission.urn = (char *)urn;
    e.body_case = DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION;
    e.case_submission = &submission;
}

static void check_key(const char *urn, const char *want)
{
    start(urn);
    const char *key = dcf_envelope_case_key(&e, &arena);
    CU_ASSERT_PTR_NOT_NULL_FATAL(key);
    CU_ASSERT_STRING_EQUAL(key, want);
}

static void types_are_the_bodies_of_the_descriptor(void)
{
    size_t count = 0;
    while (dcf_envelope_type_at(count)) count++;
    CU_ASSERT_EQUAL(count, 15);
    CU_ASSERT_STRING_EQUAL(dcf_envelope_type_at(0), "case_submission");
    CU_ASSERT_STRING_EQUAL(dcf_envelope_type_at(count - 1), "court_result");
    CU_ASSERT_PTR_NULL(dcf_envelope_type_at(count + 1));
}

static void every_type_has_a_body_message_of_its_own(void)
{
    const ProtobufCMessageDescriptor *d = &dcf__v1__envelope__descriptor;
    for (size_t i = 0; dcf_envelope_type_at(i); i++) {
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(d, dcf_envelope_type_at(i));
        CU_ASSERT_PTR_NOT_NULL_FATAL(f);
        CU_ASSERT_EQUAL_FATAL(f->type, PROTOBUF_C_TYPE_MESSAGE);
        char bytes[8] = {(char)((f->id << 3 & 0x7f) | 0x82), (char)(f->id >> 4), 0};
        dcf_arena_fini(&arena);
        dcf_arena_init(&arena, 1 << 20);
        Dcf__V1__Envelope *got = NULL;
        CU_ASSERT_FATAL(dcf_ok(dcf_envelope_unpack(dcf_span_of(bytes, 3), &arena, &got)));
        CU_ASSERT_STRING_EQUAL(dcf_envelope_type(got), f->name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(dcf_envelope_body(got));
        CU_ASSERT_PTR_EQUAL(dcf_envelope_body(got)->descriptor, f->descriptor);
        CU_ASSERT_STRING_EQUAL(dcf_envelope_urn(got), "");
    }
}

static void without_a_body_there_is_no_type_and_no_case(void)
{
    start("45AA0209820");
    e.body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
    CU_ASSERT_STRING_EQUAL(dcf_envelope_type(&e), "");
    CU_ASSERT_PTR_NULL(dcf_envelope_body(&e));
    CU_ASSERT_STRING_EQUAL(dcf_envelope_urn(&e), "");
    CU_ASSERT_STRING_EQUAL(dcf_envelope_case_key(&e, &arena), "");
}

static void a_body_without_urn_has_no_case(void)
{
    start("");
    Dcf__V1__Refusal refusal = DCF__V1__REFUSAL__INIT;
    e.body_case = DCF__V1__ENVELOPE__BODY_REFUSAL;
    e.refusal = &refusal;
    CU_ASSERT_STRING_EQUAL(dcf_envelope_type(&e), "refusal");
    CU_ASSERT_STRING_EQUAL(dcf_envelope_case_key(&e, &arena), "");
}

static void split_and_merged_cases_keep_the_root_as_key(void)
{
    check_key("45AA0209820", "45AA0209820");
    check_key(" 45 aa0209820/2\n", "45AA0209820");
    check_key("45AA0209820 (M)/2", "45AA0209820");
}

static void an_unknown_form_still_keeps_its_order(void)
{
    check_key("ref 99/x", "REF99/X");
    check_key("", "");
    check_key("   ", "");
    check_key("a\tb", "");
    check_key("caf\xc3\xa9", "");
    check_key("1234567890123456789012345678901234567890",
              "1234567890123456789012345678901234567890");
    check_key("12345678901234567890123456789012345678901", "");
}

static void a_key_over_the_arena_is_null(void)
{
    start("45AA0209820");
    dcf_arena none;
    dcf_arena_init(&none, 0);
    CU_ASSERT_PTR_NULL(dcf_envelope_case_key(&e, &none));
    submission.urn = (char *)"another form";
    CU_ASSERT_PTR_NULL(dcf_envelope_case_key(&e, &none));
    dcf_envelope_header headers[DCF_ENVELOPE_HEADERS_MAX];
    size_t count = 99;
    CU_ASSERT(dcf_is(dcf_envelope_headers(&e, &none, headers, &count), DCF_E_NOMEM));
    CU_ASSERT_EQUAL(count, 99);
    dcf_arena_fini(&none);
}

static void packed_and_unpacked_is_the_same(void)
{
    start("45AA0209820");
    e.message_id = (char *)"spi-45:1";
    dcf_buf one = {0}, two = {0};
    Dcf__V1__Envelope *back = NULL;
    CU_ASSERT(dcf_ok(dcf_envelope_pack(&e, &one)));
    CU_ASSERT_FATAL(dcf_ok(dcf_envelope_unpack(dcf_buf_span(&one), &arena, &back)));
    CU_ASSERT_STRING_EQUAL(dcf_envelope_urn(back), "45AA0209820");
    CU_ASSERT(dcf_ok(dcf_envelope_pack(back, &two)));
    CU_ASSERT(dcf_span_eq(dcf_buf_span(&one), dcf_buf_span(&two)));
    dcf_buf_fini(&one);
    dcf_buf_fini(&two);
}

static void body_bytes_leave_the_header_out_and_the_type_in(void)
{
    dcf_buf one = {0}, two = {0}, other = {0};
    start("45AA0209820");
    CU_ASSERT(dcf_ok(dcf_envelope_pack_body(&e, &one)));
    e.message_id = (char *)"another";
    e.received_at_ms = 99;
    CU_ASSERT(dcf_ok(dcf_envelope_pack_body(&e, &two)));
    CU_ASSERT_TRUE(one.size > 11);
    CU_ASSERT(dcf_span_eq(dcf_buf_span(&one), dcf_buf_span(&two)));
    Dcf__V1__WitnessNotice witness = DCF__V1__WITNESS_NOTICE__INIT;
    Dcf__V1__VictimNotice victim = DCF__V1__VICTIM_NOTICE__INIT; /* both empty, and not the same */
    dcf_buf_clear(&one);
    e.body_case = DCF__V1__ENVELOPE__BODY_WITNESS_NOTICE;
    e.witness_notice = &witness;
    CU_ASSERT(dcf_ok(dcf_envelope_pack_body(&e, &one)));
    e.body_case = DCF__V1__ENVELOPE__BODY_VICTIM_NOTICE;
    e.victim_notice = &victim;
    CU_ASSERT(dcf_ok(dcf_envelope_pack_body(&e, &other)));
    CU_ASSERT_FALSE(dcf_span_eq(dcf_buf_span(&one), dcf_buf_span(&other)));
    dcf_buf_fini(&one);
    dcf_buf_fini(&two);
    dcf_buf_fini(&other);
}

static void headers_are_cloudevents(void)
{
    start("45AA0209820");
    Dcf__V1__Endpoint source = DCF__V1__ENDPOINT__INIT;
    source.party = (char *)"force-45";
    source.link = (char *)"spi-45";
    e.source = &source;
    e.message_id = (char *)"spi-45:1";
    e.received_at_ms = 1795274270123;
    e.traceparent = (char *)"00-a-b-01";
    static const char *const want[][2] = {{"ce_specversion", "1.0"},
                                          {"ce_id", "spi-45:1"},
                                          {"ce_source", "/force-45/spi-45"},
                                          {"ce_type", "uk.dcf.v1.CaseSubmission"},
                                          {"ce_time", "2026-11-21T15:17:50.123Z"},
                                          {"content-type", "application/protobuf"},
                                          {"traceparent", "00-a-b-01"}};
    dcf_envelope_header got[DCF_ENVELOPE_HEADERS_MAX];
    size_t count = 0;
    CU_ASSERT_FATAL(dcf_ok(dcf_envelope_headers(&e, &arena, got, &count)));
    CU_ASSERT_EQUAL_FATAL(count, 7);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_STRING_EQUAL(got[i].name, want[i][0]);
        CU_ASSERT_STRING_EQUAL(got[i].value, want[i][1]);
    }
    e.traceparent = (char *)"";
    e.source = NULL;
    e.body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
    CU_ASSERT(dcf_ok(dcf_envelope_headers(&e, &arena, got, &count)));
    CU_ASSERT_EQUAL(count, 6);
    CU_ASSERT_STRING_EQUAL(got[2].value, "/");
    CU_ASSERT_STRING_EQUAL(got[3].value, "uk.dcf.v1.Envelope");
    dcf_arena_fini(&arena);
}

#define TESTS(X)                                                                                   \
    X(types_are_the_bodies_of_the_descriptor)                                                      \
    X(every_type_has_a_body_message_of_its_own)                                                    \
    X(without_a_body_there_is_no_type_and_no_case)                                                 \
    X(a_body_without_urn_has_no_case)                                                              \
    X(split_and_merged_cases_keep_the_root_as_key)                                                 \
    X(an_unknown_form_still_keeps_its_order)                                                       \
    X(a_key_over_the_arena_is_null)                                                                \
    X(packed_and_unpacked_is_the_same)                                                             \
    X(body_bytes_leave_the_header_out_and_the_type_in)                                             \
    X(headers_are_cloudevents)
UNIT_MAIN("envelope", TESTS)
