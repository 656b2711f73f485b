/* test_roundtrip.c - one declaration, both directions: documents read, written and read again. */
#include "kit.h"

#define NEW_CASE                                                                                   \
    "<NewCase xmlns='urn:case' "                                                                   \
    "Flow='NewCases'><Case><URN>01AB0209820</URN><Initiation>C</Initiation>"                       \
    "<Hearing><Date>2004-12-09Z</Date><Time>09:00:00.0000000-00:00</Time></Hearing><Domestic>Y</"  \
    "Domestic>"                                                                                    \
    "<Codes><Code>DOMV</Code><Code>HNRC</Code></Codes><Officer>Vega van Non</Officer>"             \
    "<Officer2><Email/><Email>a@b.c</Email><Phone>01632 960117</Phone></Officer2>"                 \
    "<Defendant><ASN>9700000000000123456K</ASN><PNC>1979/0163001B</PNC><Status>PY</Status>"        \
    "<Person><Name><Given>john</Given><Family>PENHALIGON</Family></Name><Born>03/05/1974</"        \
    "Born><Year>2006</Year>"                                                                       \
    "<Gender>M</Gender><Address><b:PAON xmlns:b='urn:address'>   "                                 \
    "89</b:PAON><Line2>Two</Line2></Address>"                                                      \
    "<Alias><Family>One</Family></Alias><Alias><Title>Mr</Title><Family>Two</Family></Alias></"    \
    "Person>"                                                                                      \
    "<Charge seq='001' code='TH68001'>He &amp; she\r\ndid &lt;it&gt;</Charge><Charge seq='2' "     \
    "code='TH68010'>second</Charge>"                                                               \
    "</Defendant></Case></NewCase>"

static void reads_every_kind_of_row(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "xml.yaml");
    kit k;
    kit_read(&k, d, NEW_CASE);
    kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.faults.count, 0);
    Dcf__V1__Envelope *e = k.envelope;
    CU_ASSERT_STRING_EQUAL(e->native->message, "NewCase");
    CU_ASSERT_STRING_EQUAL(e->native->dialect, "testxml");
    CU_ASSERT_STRING_EQUAL(e->native->mapping_version, "7");
    CU_ASSERT_EQUAL_FATAL(e->body_case, DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION);
    Dcf__V1__CaseSubmission *c = e->case_submission;
    CU_ASSERT_EQUAL(c->kind, DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED);
    CU_ASSERT_STRING_EQUAL(c->urn, "01AB0209820");
    CU_ASSERT_EQUAL(c->initiation, DCF__V1__INITIATION__INITIATION_CHARGE);
    CU_ASSERT_STRING_EQUAL(c->initial_hearing->date, "2004-12-09");
    CU_ASSERT_STRING_EQUAL(c->initial_hearing->time, "09:00:00-00:00");
    CU_ASSERT_TRUE(c->domestic_abuse);
    CU_ASSERT_EQUAL_FATAL(c->n_monitoring_codes, 2);
    CU_ASSERT_STRING_EQUAL(c->monitoring_codes[1], "HNRC");
    CU_ASSERT_STRING_EQUAL(c->cps_organisation, "A01");
    CU_ASSERT_STRING_EQUAL(c->officer_in_case->name->given_name_1, "Vega van");
    CU_ASSERT_STRING_EQUAL(c->officer_in_case->name->family_name, "Non");
    CU_ASSERT_STRING_EQUAL(c->officer_in_case->contact->email_1, "");
    CU_ASSERT_STRING_EQUAL(c->officer_in_case->contact->email_2, "a@b.c");
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 1);
    Dcf__V1__Defendant *f = c->defendants[0];
    CU_ASSERT_STRING_EQUAL(f->offender_code, "youth");
    CU_ASSERT_STRING_EQUAL(f->person->birth_date, "1974-05-03");
    CU_ASSERT_STRING_EQUAL(f->person->perceived_birth_year, "2006");
    CU_ASSERT_EQUAL(f->person->gender, DCF__V1__GENDER__GENDER_MALE);
    CU_ASSERT_STRING_EQUAL(f->person->address->primary_object, "   89");
    CU_ASSERT_EQUAL_FATAL(f->person->address->n_lines, 2);
    CU_ASSERT_STRING_EQUAL(f->person->address->lines[0], "");
    CU_ASSERT_STRING_EQUAL(f->person->address->lines[1], "Two");
    CU_ASSERT_EQUAL_FATAL(f->person->n_aliases, 2);
    CU_ASSERT_STRING_EQUAL(f->person->aliases[1]->title, "Mr");
    CU_ASSERT_EQUAL_FATAL(f->n_offences, 2);
    CU_ASSERT_STRING_EQUAL(f->offences[0]->sequence_number, "1");
    CU_ASSERT_STRING_EQUAL(f->offences[0]->wording, "He & she\ndid <it>");
    CU_ASSERT_STRING_EQUAL(f->offences[1]->code, "TH68010");
    CU_ASSERT_STRING_EQUAL(f->offences[1]->wording, "second");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void what_is_read_is_written_and_read_the_same(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "xml.yaml");
    kit k;
    kit_read(&k, d, NEW_CASE);
    k.envelope->correlation_id = (char *)"CID";
    k.envelope->test = 1;
    kit_round(&k, d);
    const char *doc = dcf_buf_cstr(&k.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "<RouteData xmlns=\"urn:operations\" Version=\"1.0\">"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "<Test>true</Test>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "&lt;Gender&gt;1&lt;/Gender&gt;"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "&lt;Born&gt;03/05/1974&lt;/Born&gt;"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "&lt;Email/&gt;&lt;Email&gt;a@b.c"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(doc, "&lt;Charge seq=\"1\" code=\"TH68001\"&gt;He &amp;amp; she"));
    CU_ASSERT_PTR_NULL(strstr(doc, "OldInitiation"));
    CU_ASSERT_PTR_NULL(strstr(doc, "Submit"));
    CU_ASSERT(strstr(doc, "URN&gt;") < strstr(doc, "Initiation&gt;"));
    kit_end(&k);
    dcf_dialect_free(d);
}

static void the_discriminator_may_stand_last(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "json.yaml");
    kit k;
    kit_read(
        &k, d,
        "{\"urn\":\"01AB0209820\",\"included\":["
        "{\"id\":\"p1\",\"attributes\":{\"year\":1974,\"gender\":\"Male\",\"home\":{\"town\":"
        "\"Hull\"},"
        "\"offences\":[{\"code\":\"TH68001\"}],\"role\":\"suspect\"},\"type\":\"person\"},"
        "{\"type\":\"person\",\"attributes\":{\"role\":\"witness\"},\"id\":\"w1\"},"
        "{\"id\":\"p2\",\"type\":\"person\",\"attributes\":{\"role\":\"suspect\",\"size\":1.50}}],"
        "\"officer\":{\"emails\":[\"a@b\",\"c@d\"]},\"codes\":[\"X\"],\"domesticAbuse\":true,"
        "\"header\":{\"messageId\":\"m1\",\"test\":false},\"messageType\":\"submission\"}");
    kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 2);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->source_id, "p1");
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->person->perceived_birth_year, "1974");
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->offences[0]->code, "TH68001");
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->bail_conditions, "1.50");
    CU_ASSERT_EQUAL_FATAL(c->n_witnesses, 1);
    CU_ASSERT_STRING_EQUAL(c->witnesses[0]->source_id, "w1");
    kit_round(&k, d);
    const char *doc = dcf_buf_cstr(&k.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "\"messageType\":\"submission\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "\"type\":\"person\",\"attributes\":{\"role\":\"suspect\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "\"test\":false"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "\"year\":1974"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "\"size\":1.50"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "\"codes\":[\"X\"]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(doc, "\"emails\":[\"a@b\",\"c@d\"]"));
    kit_end(&k);
    dcf_dialect_free(d);
}

static void the_message_is_chosen_by_its_discriminator(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "json.yaml");
    kit k;
    kit_read(&k, d,
             "{\"header\":{\"messageId\":\"1\"},\"urn\":\"u\",\"messageType\":\"decision\"}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.envelope->body_case, DCF__V1__ENVELOPE__BODY_CHARGING_DECISION);
    kit_round(&k, d);
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&k.out), "\"form\":\"MG3\""));
    kit_end(&k);
    kit_expect(d, "{\"messageType\":\"other\"}", DCF_FAULT_UNKNOWN_MESSAGE, NULL);
    kit_expect(d, "{\"urn\":\"u\"}", DCF_FAULT_UNKNOWN_MESSAGE, NULL);
    dcf_dialect_free(d);
}

static void alternatives_of_one_field_keep_the_order_of_items(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "xml.yaml");
    kit k;
    kit_read(&k, d,
             "<Advice xmlns='urn:case'><URN>x</URN><Items><Item type='suspect'><Ref>1</Ref></Item>"
             "<Item type='other'><Name>2</Name><Kind>youth</Kind></Item><Item "
             "type='suspect'><Ref>3</Ref></Item>"
             "<Item><Name>w</Name></Item></Items></Advice>");
    kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 3);
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->source_id, "2");
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->offender_code, "Y");
    CU_ASSERT_EQUAL(c->n_witnesses, 1);
    k.envelope->correlation_id = (char *)"CID";
    kit_round(&k, d);
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_value_without_a_place_is_told_when_written(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "json.yaml");
    kit k;
    kit_read(&k, d,
             "{\"messageType\":\"submission\",\"urn\":\"01AB0209820\",\"header\":{\"messageId\":"
             "\"1\"}}");
    Dcf__V1__Contact contact = DCF__V1__CONTACT__INIT;
    Dcf__V1__Material material = DCF__V1__MATERIAL__INIT, *materials[] = {&material, &material};
    Dcf__V1__Section empty = DCF__V1__SECTION__INIT, *sections[] = {&empty};
    contact.dx = (char *)"DX 1";
    k.envelope->case_submission->contact = &contact;
    k.envelope->case_submission->n_documents = 2;
    k.envelope->case_submission->documents = materials;
    k.envelope->case_submission->n_outline = 1;
    k.envelope->case_submission->outline = sections;
    dcf_status s = dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out);
    CU_ASSERT_TRUE(dcf_ok(s));
    CU_ASSERT_EQUAL_FATAL(k.faults.count, 3);
    CU_ASSERT_STRING_EQUAL(k.faults.items[0].field, "documents");
    CU_ASSERT_STRING_EQUAL(k.faults.items[1].field, "outline");
    CU_ASSERT_STRING_EQUAL(k.faults.items[2].field, "contact.dx");
    CU_ASSERT_EQUAL(k.faults.items[2].code, DCF_FAULT_LOST_ON_WRITE);
    CU_ASSERT_EQUAL(k.faults.items[2].severity, DCF_SEVERITY_WARN);
    kit_end(&k);
    dcf_dialect_free(d);
}

/* Two of three address lines have a place. */
static void an_item_past_those_that_are_mapped_is_told(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "xml.yaml");
    kit k;
    kit_read(&k, d, NEW_CASE);
    Dcf__V1__Address *a = k.envelope->case_submission->defendants[0]->person->address;
    char *lines[] = {(char *)"1", (char *)"2", (char *)"3"};
    a->lines = lines;
    k.envelope->correlation_id = (char *)"C";
    for (a->n_lines = 2; a->n_lines <= 3; a->n_lines++) {
        dcf_buf_clear(&k.out);
        CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out)));
        const dcf_fault *f = kit_fault(&k, DCF_FAULT_LOST_ON_WRITE);
        CU_ASSERT_EQUAL(f != NULL, a->n_lines == 3);
        if (f) CU_ASSERT_STRING_EQUAL(f->field, "defendants.person.address.lines");
    }
    kit_end(&k);
    dcf_dialect_free(d);
}

/* Another message of the dialect has a place for extensions; this one has none. */
static void an_extension_this_message_cannot_carry_is_told(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "json.yaml");
    kit k;
    kit_read(&k, d,
             "{\"header\":{\"messageId\":\"1\"},\"urn\":\"u\",\"new\":\"x\",\"messageType\":"
             "\"decision\"}");
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL_FATAL(k.envelope->n_extensions, 1);
    CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out)));
    const dcf_fault *f = kit_fault(&k, DCF_FAULT_LOST_ON_WRITE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_STRING_EQUAL(f->field, "/extensions");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void a_body_the_dialect_has_no_form_for_is_refused(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "json.yaml");
    kit k;
    kit_begin(&k);
    Dcf__V1__Envelope e = DCF__V1__ENVELOPE__INIT;
    Dcf__V1__Receipt receipt = DCF__V1__RECEIPT__INIT;
    e.body_case = DCF__V1__ENVELOPE__BODY_RECEIPT;
    e.receipt = &receipt;
    CU_ASSERT_TRUE(dcf_is(dcf_from_canonical(d, &e, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_NOT_CARRIED));
    kit_end(&k);
    dcf_dialect_free(d);
}

static void values_are_cut_refused_or_told_as_the_mapping_states(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "xml.yaml");
    kit k;
    kit_read(&k, d, NEW_CASE);
    Dcf__V1__Defendant *f = k.envelope->case_submission->defendants[0];
    k.envelope->correlation_id = (char *)"CID";
    f->person->address->street = (char *)"\xC3\xA9"
                                         "2345678901";
    k.status = dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out);
    CU_ASSERT_TRUE(dcf_ok(k.status));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_TRUNCATED));
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&k.out), "&gt;\xC3\xA9"
                                                        "234567890&lt;"));

    k.envelope->case_submission->urn = (char *)"01AB0209820 (M)"; /* an identifier goes whole */
    k.status = dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out);
    CU_ASSERT_TRUE(dcf_ok(k.status));
    CU_ASSERT_PTR_NOT_NULL_FATAL(kit_fault(&k, DCF_FAULT_TOO_LONG));
    CU_ASSERT_STRING_EQUAL(kit_fault(&k, DCF_FAULT_TOO_LONG)->field, "urn");
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&k.out), "01AB0209820 (M)"));

    f->person->name->title = (char *)"a title of more than thirty-five letters";
    dcf_faults_init(&k.faults, &k.arena, 100);
    k.status = dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out);
    CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_TOO_LONG));
    f->person->name->title = (char *)"";

    k.envelope->case_submission->urn = (char *)"01AB\x01";
    f->person->gender = DCF__V1__GENDER__GENDER_NOT_SPECIFIED;
    f->person->birth_date = (char *)"1974";
    f->offences[0]->wording = (char *)"a\xEF\xBF\xBF";
    k.envelope->correlation_id = (char *)"";
    k.envelope->sent_at = (char *)"2026-11-20T10:00:00Z"; /* so there is a wrapper to miss it in */
    dcf_faults_init(&k.faults, &k.arena, 100);
    k.status = dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out);
    CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
    CU_ASSERT_EQUAL(k.faults.errors,
                    5); /* two characters XML cannot carry, a code, a partial date, a missing id */
    CU_ASSERT_STRING_EQUAL(kit_fault(&k, DCF_FAULT_UNKNOWN_CODE)->field,
                           "defendants.person.gender");
    CU_ASSERT_STRING_EQUAL(kit_fault(&k, DCF_FAULT_REQUIRED)->path, "RouteData/From/CorrelationID");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void canonical_json_reads_what_it_writes(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "xml.yaml");
    kit k, again;
    kit_read(&k, d, NEW_CASE);
    uint8_t hash[] = {0, 1, 254, 255};
    k.envelope->body_sha256 = (ProtobufCBinaryData){4, hash};
    k.envelope->received_at_ms = -5;
    k.envelope->sequence = UINT64_MAX;
    for (int pretty = 0; pretty < 2; pretty++) {
        dcf_buf_clear(&k.out);
        CU_ASSERT_TRUE(dcf_ok(dcf_canonical_to_json(k.envelope, pretty, &k.out)));
        kit_begin(&again);
        again.status = dcf_canonical_from_json(dcf_buf_span(&k.out), NULL, &again.arena,
                                               &again.faults, &again.envelope);
        kit_show(&again);
        CU_ASSERT_TRUE_FATAL(dcf_ok(again.status));
        CU_ASSERT_TRUE(kit_same(k.envelope, again.envelope));
        kit_end(&again);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&k.out), "\"body_sha256\": \"AAH+/w==\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&k.out), "\"gender\": \"GENDER_MALE\""));
    kit_end(&k);
    dcf_dialect_free(d);
}

static void canonical_json_refuses_what_the_model_has_not(void)
{
    static const struct {
        const char *json;
        int code;
        const char *path;
    } rows[] = {
        {"{\"nope\":1}", DCF_FAULT_UNMAPPED, "nope"},
        {"{\"message_id\":1}", DCF_FAULT_WRONG_KIND, "message_id"},
        {"{\"message_id\":[\"a\"]}", DCF_FAULT_WRONG_KIND, "message_id"},
        {"{\"source\":\"x\"}", DCF_FAULT_WRONG_KIND, "source"},
        {"{\"test\":{}}", DCF_FAULT_WRONG_KIND, "test"},
        {"{\"source\":{\"party\":null}}", DCF_FAULT_WRONG_KIND, "source/party"},
        {"{\"schema_version\":-1}", DCF_FAULT_BAD_VALUE, "schema_version"},
        {"{\"schema_version\":1.5}", DCF_FAULT_BAD_VALUE, "schema_version"},
        {"{\"body_sha256\":\"A===\"}", DCF_FAULT_BAD_VALUE, "body_sha256"},
        {"{\"receipt\":{\"kind\":\"NOPE\"}}", DCF_FAULT_BAD_VALUE, "receipt/kind"},
        {"{\"receipt\":{},\"refusal\":{}}", DCF_FAULT_REPEATED, "refusal"},
        {"{\"routes\":[[]]}", DCF_FAULT_WRONG_KIND, NULL},
        {"{\"case_submission\":{\"monitoring_codes\":[[\"A\"]]}}", DCF_FAULT_WRONG_KIND, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kit k;
        kit_begin(&k);
        k.status = dcf_canonical_from_json(dcf_span_str(rows[i].json), NULL, &k.arena, &k.faults,
                                           &k.envelope);
        CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
        const dcf_fault *f = kit_fault(&k, (dcf_fault_code)rows[i].code);
        if (!f || (rows[i].path && strcmp(f->path, rows[i].path) != 0))
            printf("\n  %s\n", rows[i].json), kit_show(&k);
        CU_ASSERT_TRUE(f && (!rows[i].path || strcmp(f->path, rows[i].path) == 0));
        kit_end(&k);
    }
}

#define TESTS(X)                                                                                   \
    X(reads_every_kind_of_row)                                                                     \
    X(what_is_read_is_written_and_read_the_same)                                                   \
    X(the_discriminator_may_stand_last)                                                            \
    X(the_message_is_chosen_by_its_discriminator)                                                  \
    X(alternatives_of_one_field_keep_the_order_of_items)                                           \
    X(a_value_without_a_place_is_told_when_written)                                                \
    X(an_item_past_those_that_are_mapped_is_told)                                                  \
    X(an_extension_this_message_cannot_carry_is_told)                                              \
    X(a_body_the_dialect_has_no_form_for_is_refused)                                               \
    X(values_are_cut_refused_or_told_as_the_mapping_states)                                        \
    X(canonical_json_reads_what_it_writes)                                                         \
    X(canonical_json_refuses_what_the_model_has_not)
UNIT_MAIN("translate.roundtrip", TESTS)
