/* test_wrappers.c - what is around a message: wrappers, payloads, and when a message goes bare. */
#include "language.h"

#define WRAPPED                                                                                    \
    "dialect: t\nversion: '1'\nformat: xml\nnamespaces:\n  n: ['urn:n', '']\n"                     \
    "drop:\n  - {native: '@shown', reason: display}\n  - {native: 'n:Note', reason: display}\n"    \
    "wrappers:\n"                                                                                  \
    "  - root: W\n    payload: Content\n    write: true\n    fields:\n"                            \
    "      - {native: '@Way', canonical: /request_kind}\n"                                         \
    "      - {native: Head/Kind, wrap: true}\n"                                                    \
    "      - {native: Head/Id, canonical: /message_id}\n"                                          \
    "      - {native: Head/Sort, canonical: /causation_id, only: read}\n"                          \
    "      - {native: Head/Sort, canonical: /correlation_id, only: write}\n"                       \
    "messages:\n"                                                                                  \
    "  A:\n    canonical: case_submission\n"                                                       \
    "    wrap: {'@Way': Request, Head/Kind: new, Head/Sort: plain}\n"                              \
    "    fields: [{native: 'n:URN', canonical: urn}]\n"                                            \
    "  Ok:\n    canonical: receipt\n    only: read\n    where: {kind: RECEIPT_KIND_ACCEPTED}\n"    \
    "    fields: [{native: URN, canonical: urn}]\n"                                                \
    "  R:\n    canonical: receipt\n    wrapped: false\n    where: {kind: RECEIPT_KIND_REJECTED}\n" \
    "    fields: [{native: URN, canonical: urn}]\n"

static void a_message_sets_values_of_its_wrapper(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    const char *inside = "<Content><A><URN xmlns=\"urn:n\">u</URN></A></Content></W>";
    char doc[300];
    snprintf(doc, sizeof doc, "<W Way=\"Request\">%s", inside); /* they open no parent */
    becomes(d, "<A><URN xmlns=\"urn:n\">u</URN></A>", doc);
    snprintf(doc, sizeof doc,
             "<W Way=\"Result\"><Head><Kind>old</Kind><Id>i</Id></Head>"
             "<Content><A><URN>u</URN></A></Content></W>");
    char out[300];
    snprintf(out, sizeof out,
             "<W Way=\"Result\"><Head><Kind>new</Kind><Id>i</Id><Sort>plain</Sort></Head>%s",
             inside);
    becomes(d, doc, out);
    dcf_dialect_free(d);
}

static void what_a_wrapper_holds_is_a_message_alone(void)
{
    dcf_dialect *d = dialect(
        "dialect: t\nversion: '1'\nformat: xml\nunknown: carry\nwrappers:\n  - root: W\n    "
        "payload: "
        "P\n    fields:\n      - {native: P/Note, canonical: /request_kind}\nmessages:\n"
        "  A:\n    canonical: case_submission\n    fields: [{native: URN, canonical: urn}]\n");
    kit_expect(d, "<W><P><A><URN>u</URN></A></P></W>", 0, NULL);
    kit_expect(d, "<W><P><Nope>x</Nope></P></W>", DCF_FAULT_UNKNOWN_MESSAGE, "W/P/Nope");
    kit_expect(d, "<W><P><Note>x</Note></P></W>", DCF_FAULT_UNKNOWN_MESSAGE, "W/P/Note");
    kit_expect(d, "<Nope/>", DCF_FAULT_UNKNOWN_MESSAGE, "Nope");
    kit_expect(d, "<W><P><A/><A/></P></W>", DCF_FAULT_REPEATED, "W/P/A");
    dcf_dialect_free(d);
}

static void what_a_wrapper_writes_of_the_body_is_written(void)
{
    dcf_dialect *d = dialect(
        "dialect: t\nversion: '1'\nformat: xml\nwrappers:\n"
        "  - {root: V, payload: P, fields: [{native: Who, canonical: case_submission.informant}]}\n"
        "  - root: W\n    payload: P\n    write: true\n    fields:\n"
        "      - {native: '@unit', canonical: case_submission.police_unit}\n"
        "messages: {M: {canonical: case_submission, fields: [{native: URN, canonical: urn}]}}\n");
    comes_back(d, "<W unit=\"N\"><P><M><URN>u</URN></M></P></W>");
    kit k;
    kit_read(&k, d, "<V><Who>x</Who><P><M><URN>u</URN></M></P></V>"); /* no wrapper writes it */
    expect_told(&k, d, DCF_FAULT_LOST_ON_WRITE, "informant");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_message_may_stand_without_the_wrapper(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    comes_back(d, "<R><URN>u</URN></R>");
    becomes(d, "<W><Content><R><URN>u</URN></R></Content></W>", "<R><URN>u</URN></R>");
    dcf_dialect_free(d);
}

#define DELIVERED                                                                                  \
    "dialect: t\nversion: '1'\nformat: xml\nwrappers:\n"                                           \
    "  - root: D\n    payload: Message\n    unwrap: true\n    fields:\n"                           \
    "      - {native: Id, canonical: /correlation_id, also: /source_message_id, as: token,\n"      \
    "         only: read, weak: true}\n"                                                           \
    "  - root: W\n    payload: P\n    write: true\n    fields:\n"                                  \
    "      - {native: Id, canonical: /correlation_id, required: true}\n"                           \
    "      - {native: Kind, canonical: /request_kind}\n"                                           \
    "messages:\n  A:\n    canonical: case_submission\n"                                            \
    "    fields: [{native: URN, canonical: urn, max: 3}, {native: I, canonical: informant,\n"      \
    "              max: 3, check: error}]\n"

static void nothing_comes_after_the_message(void)
{
    dcf_dialect *d = dialect(DELIVERED);
    kit_expect(d, "<D><Message><W><Id>i</Id><P><A/></P></W></Message></D>", 0, NULL);
    kit_expect(d, "<D><Message><A/><W><Id>i</Id></W></Message></D>", DCF_FAULT_UNKNOWN_MESSAGE,
               "D/Message/W");
    dcf_dialect_free(d);
}

static void a_weak_row_yields_to_any_other(void)
{
    dcf_dialect *d = dialect(DELIVERED);
    const char *inner = "<W><Id>inner</Id><P><A><URN>u</URN></A></P></W>";
    char doc[200];
    snprintf(doc, sizeof doc, "<D><Id>hop</Id><Message>%s</Message></D>", inner);
    becomes(d, doc, inner);
    snprintf(doc, sizeof doc, "<D><Message>%s</Message><Id>hop</Id></D>", inner);
    becomes(d, doc, inner);
    kit k;
    kit_read(&k, d, "<D><Id> hop </Id><Message><A><URN>u</URN></A></Message></D>");
    CU_ASSERT_STRING_EQUAL(k.envelope->correlation_id, "hop");
    CU_ASSERT_STRING_EQUAL(k.envelope->source_message_id, "hop");
    kit_end(&k);
    kit_expect(d, "<D><Id>two words</Id><Message><A/></Message></D>", DCF_FAULT_BAD_VALUE, "D/Id");
    dcf_dialect_free(d);
}

static void a_message_that_came_bare_goes_bare(void)
{
    dcf_dialect *d = dialect(DELIVERED);
    comes_back(d, "<A><URN>u</URN></A>");
    kit k; /* with a header that is known in part, what is missing is told */
    kit_read(&k, d, "<A><URN>u</URN></A>");
    k.envelope->request_kind = (char *)"Request";
    expect_told(&k, d, DCF_FAULT_REQUIRED, "W/Id");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_long_value_is_read_whole_and_told(void)
{
    dcf_dialect *d = dialect(DELIVERED);
    kit k;
    kit_read(&k, d, "<A><URN>four</URN></A>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->urn, "four");
    CU_ASSERT_EQUAL(k.faults.errors, 0);
    expect_told(&k, d, DCF_FAULT_TOO_LONG, "A/URN");
    kit_end(&k);
    kit_read(&k, d, "<A><I>four</I></A>");
    CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
    CU_ASSERT_EQUAL(k.faults.errors, 1);
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_fault_in_a_payload_is_at_its_line_in_the_document(void)
{
    static const struct {
        const char *doc;
        uint32_t line; /* of X, which nobody knows */
    } rows[] = {
        {"<D>\n<Message>\n&lt;A>\n&lt;X/>&lt;/A></Message></D>", 4},
        {"<D>\n<Message\n>\n\n &amp;lt;A>\n&amp;lt;X/>&amp;lt;/A>\n\n</Message></D>", 6},
        {"<D>\n<Message><![CDATA[<A>\n<X/></A>]]>\n</Message></D>", 3},
        {"<D>\r\n<Message>&lt;A>\r\n&lt;X/>&lt;/A></Message></D>", 3},
        {"<D>\n<Message>&lt;A>&#13;\n&lt;X/>&lt;/A></Message></D>", 3},
        {"<D>\n<Message>\n&lt;W>&lt;Id>i&lt;/Id>&lt;P>\n&lt;A>&lt;X/>&lt;/A>&lt;/P>&lt;/W>"
         "</Message></D>",
         4},
        /* line breaks that only the payload has: its own line */
        {"<D>\n<Message>&lt;A>&#10;&#10;&lt;X/>&lt;/A></Message></D>", 3},
        {"<D>\n<Message>&lt;A>&#13;&#13;&#10;&lt;X/>&lt;/A></Message></D>", 3},
    };
    dcf_dialect *d = dialect(DELIVERED);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        kit_read(&k, d, rows[i].doc);
        const dcf_fault *f = kit_fault(&k, DCF_FAULT_UNMAPPED);
        CU_ASSERT_PTR_NOT_NULL_FATAL(f);
        CU_ASSERT_EQUAL(f->line, rows[i].line);
        if (f->line != rows[i].line) printf("%zu: %u\n", i, f->line);
        kit_end(&k);
    }
    dcf_dialect_free(d);
}

static void a_message_may_be_understood_and_never_written(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    kit k;
    kit_read(&k, d, "<Ok><URN>u</URN></Ok>");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.envelope->receipt->kind, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_ACCEPTED);
    expect_told(&k, d, DCF_FAULT_NOT_CARRIED, "");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_namespace_may_be_none_and_a_name_dropped_everywhere(void)
{
    dcf_dialect *d = dialect(WRAPPED);
    kit_expect(d, "<A shown='1'><URN shown='2'>u</URN><Note>x</Note></A>", 0, NULL);
    kit_expect(d, "<A><x:URN xmlns:x='urn:n' x:shown='1'>u</x:URN><x:Note xmlns:x='urn:n'/></A>", 0,
               NULL);
    kit_expect(d, "<W shown='1'><Head shown='1'/><Content><R><URN>u</URN></R></Content></W>", 0,
               NULL);
    kit_expect(d, "<A><URN xmlns='urn:m'>u</URN></A>", DCF_FAULT_WRONG_NAMESPACE, "A/URN");
    kit_expect(d, "<A><Note xmlns='urn:m'/></A>", DCF_FAULT_UNMAPPED, "A/Note");
    kit_expect(d, "<A hidden='1'/>", DCF_FAULT_UNMAPPED, "A/@hidden");
    dcf_dialect_free(d);
}

static void an_attribute_of_a_namespace_declares_its_prefix(void)
{
    dcf_dialect *d = dialect(
        "dialect: t\nversion: '1'\nformat: xml\nnamespaces: {n: 'urn:n', o: 'urn:o', xml: "
        "'http://www.w3.org/XML/1998/namespace'}\nmessages:\n  A:\n    canonical: case_submission\n"
        "    fields: [{native: '@n:a', canonical: urn}, {native: '@o:a', canonical: informant}, "
        "{native: '@xml:lang', canonical: case_type}, {native: B/@n:a, canonical: case_marker}]\n");
    comes_back(d, "<A xmlns:a1=\"urn:n\" a1:a=\"u\" xmlns:a2=\"urn:o\" a2:a=\"i\" xml:lang=\"cy\">"
                  "<B xmlns:a1=\"urn:n\" a1:a=\"m\"/></A>");
    dcf_dialect_free(d);
}

static void a_message_says_where_a_receiver_takes_it(void)
{
    dcf_dialect *d = dialect("dialect: t\nversion: '1'\nformat: json\nmessages:\n"
                             "  m:\n    canonical: case_submission\n"
                             "    path: /v1/{urn}/of-{initial_hearing.date}{/case_key}/x\n"
                             "    fields: [{native: a, canonical: urn}]\n"
                             "  n:\n    canonical: receipt\n    when: {t: n}\n");
    kit k;
    kit_read(&k, d, "{\"a\":\"\xC3\xA9 1/2\"}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_TRUE(dcf_is(dcf_dialect_path(d, k.envelope, &k.out), DCF_E_FAULTY)); /* no hearing */
    Dcf__V1__Hearing hearing = DCF__V1__HEARING__INIT;
    hearing.date = (char *)"2026-01-02";
    k.envelope->case_submission->initial_hearing = &hearing;
    k.envelope->case_key = (char *)"a-b_c.d~e";
    dcf_buf_clear(&k.out);
    CU_ASSERT_TRUE(dcf_ok(dcf_dialect_path(d, k.envelope, &k.out)));
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&k.out), "/v1/%C3%A9%201%2F2/of-2026-01-02a-b_c.d~e/x");
    kit_end(&k);
    kit_read(&k, d, "{\"t\":\"n\"}");
    CU_ASSERT_TRUE(dcf_is(dcf_dialect_path(d, k.envelope, &k.out), DCF_E_NOT_FOUND));
    k.envelope->body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
    CU_ASSERT_TRUE(dcf_is(dcf_dialect_path(d, k.envelope, &k.out), DCF_E_FAULTY));
    kit_end(&k);
    dcf_dialect_free(d);
}

#define TESTS(X)                                                                                   \
    X(a_message_sets_values_of_its_wrapper)                                                        \
    X(what_a_wrapper_holds_is_a_message_alone)                                                     \
    X(what_a_wrapper_writes_of_the_body_is_written)                                                \
    X(a_message_may_stand_without_the_wrapper)                                                     \
    X(nothing_comes_after_the_message)                                                             \
    X(a_weak_row_yields_to_any_other)                                                              \
    X(a_message_that_came_bare_goes_bare)                                                          \
    X(a_long_value_is_read_whole_and_told)                                                         \
    X(a_fault_in_a_payload_is_at_its_line_in_the_document)                                         \
    X(a_message_may_be_understood_and_never_written)                                               \
    X(a_namespace_may_be_none_and_a_name_dropped_everywhere)                                       \
    X(an_attribute_of_a_namespace_declares_its_prefix)                                             \
    X(a_message_says_where_a_receiver_takes_it)
UNIT_MAIN("translate.wrappers", TESTS)
