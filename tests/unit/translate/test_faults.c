/* test_faults.c - what a mapping tells of a document: every fault of syntax and content, with its
 * path. */
#include "kit.h"

static dcf_dialect *xml, *json;

#define CASE(inner)                                                                                \
    "<NewCase xmlns='urn:case' Flow='NewCases'><Case><URN>01AB0209820</URN>" inner                 \
    "</Case></NewCase>"
#define DEFENDANT(in) CASE("<Defendant>" in "</Defendant>")
#define FINE          "<Defendant><ASN>9700000000000123456K</ASN></Defendant>"
#define SUB(in)                                                                                    \
    "{\"messageType\":\"submission\",\"header\":{\"messageId\":\"1\"},\"urn\":\"01AB0209820\"" in  \
    "}"

static void load(void)
{
    if (!xml) xml = kit_dialect(KIT_DIR "xml.yaml");
    if (!json) json = kit_dialect(KIT_DIR "json.yaml");
}

static void unload(void)
{
    dcf_dialect_free(DCF_TAKE(xml));
    dcf_dialect_free(DCF_TAKE(json));
}

typedef struct row {
    const char *doc;
    int code;
    const char *path;
} row;

static void all(const row *rows, size_t n)
{
    load();
    for (size_t i = 0; i < n; i++)
        kit_expect(rows[i].doc[0] == '{' ? json : xml, rows[i].doc, rows[i].code, rows[i].path);
    unload();
}

static void structure_is_told(void)
{
    static const row rows[] = {
        {CASE(FINE), 0, NULL},
        {"<Other xmlns='urn:case'/>", DCF_FAULT_UNKNOWN_MESSAGE, "Other"},
        {"<NewCase/>", DCF_FAULT_WRONG_NAMESPACE, "NewCase"},
        {CASE(FINE "<Nope/>"), DCF_FAULT_UNMAPPED, "NewCase/Case/Nope"},
        {CASE(FINE "<Area nope='1'>A</Area>"), DCF_FAULT_UNMAPPED, "NewCase/Case/Area/@nope"},
        {CASE(FINE "<Area xmlns=''>A</Area>"), DCF_FAULT_WRONG_NAMESPACE, "NewCase/Case/Area"},
        {DEFENDANT("<Person><Address><PAON>1</PAON></Address></Person>"), DCF_FAULT_WRONG_NAMESPACE,
         "NewCase/Case/Defendant[1]/Person/Address/PAON"},
        {CASE(FINE "<URN>01AB0209820</URN>"), DCF_FAULT_REPEATED, "NewCase/Case/URN"},
        {CASE("<Initiation>C</Initiation><OldInitiation>S</OldInitiation>" FINE),
         DCF_FAULT_REPEATED, "NewCase/Case/OldInitiation"},
        {CASE("<Initiation>C</Initiation><OldInitiation>C</OldInitiation>" FINE), 0, NULL},
        {CASE("text" FINE), DCF_FAULT_STRAY_TEXT, "NewCase/Case"},
        {CASE("<Area>A<!-- c -->B</Area>" FINE), 0, NULL},
        {CASE("<Area>A<x/>B</Area>" FINE), DCF_FAULT_STRAY_TEXT, "NewCase/Case/Area"},
        {CASE("<Shade/>" FINE), DCF_FAULT_UNMAPPED, NULL},
        {DEFENDANT("<ASN>9700000000000123456K</ASN><Shade>x</Shade><Extra a='1'><b>2</b></Extra>"),
         0, NULL},
        {DEFENDANT("<ASN xsi:nil='true' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'/>"),
         0, NULL},
        {SUB(",\"urn\":{}"), DCF_FAULT_DUPLICATE_KEY, NULL},
        {"{\"messageType\":\"submission\",\"urn\":{}}", DCF_FAULT_WRONG_KIND, "urn"},
        {SUB(",\"officer\":\"x\""), DCF_FAULT_WRONG_KIND, "officer"},
        {SUB(",\"officer\":[{}]"), DCF_FAULT_WRONG_KIND, "officer"},
        {SUB(",\"officer\":null,\"included\":[null],\"codes\":[]"), 0, NULL},
        {SUB(",\"included\":{}"), DCF_FAULT_WRONG_KIND, "included[1]"},
        {SUB(",\"included\":[1]"), DCF_FAULT_WRONG_KIND, "included[1]"},
        {SUB(",\"codes\":\"X\""), DCF_FAULT_WRONG_KIND, "codes[1]"},
        {SUB(",\"domesticAbuse\":\"true\""), DCF_FAULT_WRONG_KIND, "domesticAbuse"},
        {SUB(",\"new\":{\"a\":[\"x\"],\"b\":1}"), DCF_FAULT_CARRIED, "new/a[1]"},
        {SUB(",\"officer\":{\"emails\":[\"a\",\"b\",\"c\"]}"), DCF_FAULT_CARRIED,
         "officer/emails[3]"},
        {SUB(",\"included\":[{\"type\":\"dog\",\"id\":\"1\"}]"), DCF_FAULT_UNMAPPED, "included[1]"},
    };
    all(rows, sizeof rows / sizeof rows[0]);
}

static void missing_values_are_told_down_to_the_value(void)
{
    static const row rows[] = {
        {"<NewCase xmlns='urn:case' Flow='NewCases'/>", DCF_FAULT_REQUIRED, "NewCase/Case/URN"},
        {CASE(""), DCF_FAULT_REQUIRED, "NewCase/Case/Defendant"},
        {"<NewCase xmlns='urn:case' Flow='NewCases'><Case><URN> </URN>" FINE "</Case></NewCase>",
         DCF_FAULT_REQUIRED, "NewCase/Case/URN"},
        {DEFENDANT("<Person><Name><Given>x</Given></Name></Person>"), DCF_FAULT_REQUIRED,
         "NewCase/Case/Defendant[1]/Person/Name/Family"},
        {"{\"messageType\":\"submission\",\"urn\":\"01AB0209820\"}", DCF_FAULT_REQUIRED,
         "header/messageId"},
        {"{\"messageType\":\"submission\",\"urn\":\"01AB0209820\",\"header\":null}",
         DCF_FAULT_REQUIRED, "header/messageId"},
        {"{\"messageType\":\"submission\",\"header\":{\"messageId\":\"1\"},\"urn\":\"\"}",
         DCF_FAULT_REQUIRED, "urn"},
        {SUB(",\"included\":[{\"type\":\"person\",\"attributes\":{\"role\":\"suspect\",\"home\":{}}"
             "}]"),
         DCF_FAULT_REQUIRED, "included[1]/attributes/home/town"},
    };
    all(rows, sizeof rows / sizeof rows[0]);
}

static void values_are_told(void)
{
    static const row rows[] = {
        {CASE("<Hearing><Date>2004-13-09</Date></Hearing>" FINE), DCF_FAULT_BAD_VALUE,
         "NewCase/Case/Hearing/Date"},
        {CASE("<Initiation>X</Initiation>" FINE), DCF_FAULT_UNKNOWN_CODE,
         "NewCase/Case/Initiation"},
        {"<NewCase xmlns='urn:case' Flow='Other'><Case><URN>01AB0209820</URN>" FINE
         "</Case></NewCase>",
         DCF_FAULT_BAD_VALUE, "NewCase/@Flow"},
        {"<NewCase xmlns='urn:case' Flow='NewCases'><Case><URN>01AB0209820123456</URN>" FINE
         "</Case></NewCase>",
         DCF_FAULT_TOO_LONG, "NewCase/Case/URN"},
        {"<NewCase xmlns='urn:case' Flow='NewCases'><Case><URN>nonsense</URN>" FINE
         "</Case></NewCase>",
         DCF_FAULT_BAD_URN, "NewCase/Case/URN"},
        {DEFENDANT("<ASN>9700000000000123456A</ASN>"), DCF_FAULT_BAD_ASN, NULL},
        {DEFENDANT("<PNC>2001/0171310S</PNC>"), DCF_FAULT_BAD_PNC_ID, NULL},
        {DEFENDANT("<CRO>85227/65G</CRO>"), DCF_FAULT_BAD_CRO, NULL},
        {DEFENDANT("<Charge code='nope'/>"), DCF_FAULT_BAD_OFFENCE_CODE,
         "NewCase/Case/Defendant[1]/Charge[1]/@code"},
        {DEFENDANT("<Charge ou='nope!'/>"), DCF_FAULT_BAD_OU_CODE, NULL},
        {DEFENDANT("<Status>ZZ</Status>"), DCF_FAULT_UNKNOWN_CODE, NULL},
        {DEFENDANT("<Status>PP</Status>"), 0, NULL},
    };
    all(rows, sizeof rows / sizeof rows[0]);
}

/* A warning lets the value go on: as it came in a text, among the extensions otherwise. */
static void a_doubtful_value_is_kept(void)
{
    load();
    kit k;
    kit_read(&k, xml, DEFENDANT("<ASN> bad </ASN><Status>ZZ</Status>"));
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.faults.count, 2);
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->defendants[0]->asn, "bad");
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->defendants[0]->offender_code, "ZZ");
    kit_end(&k);
    kit_read(&k, json,
             SUB(",\"included\":[{\"type\":\"person\",\"attributes\":{\"role\":\"suspect\","
                 "\"gender\":\"Xx\"}}]"));
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL_FATAL(k.envelope->n_extensions, 1);
    CU_ASSERT_STRING_EQUAL(k.envelope->extensions[0]->path, "included[1]/attributes/gender");
    CU_ASSERT_STRING_EQUAL(k.envelope->extensions[0]->value, "Xx");
    CU_ASSERT_EQUAL(k.envelope->case_submission->defendants[0]->n_offences, 0);
    kit_round(&k, json);
    CU_ASSERT_PTR_NULL(
        kit_fault(&k, DCF_FAULT_LOST_ON_WRITE)); /* this message has a place for extensions */
    kit_end(&k);
    unload();
}

static void all_faults_are_told_at_once(void)
{
    load();
    kit k;
    kit_read(&k, xml,
             CASE("<Initiation>X</Initiation>\n<Nope/><Area>A</Area><Area>B</"
                  "Area><Defendant><PNC>x</PNC></Defendant>"));
    CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
    CU_ASSERT_EQUAL(k.faults.count, 4);
    CU_ASSERT_EQUAL(kit_fault(&k, DCF_FAULT_UNMAPPED)->line, 2);
    CU_ASSERT_EQUAL(kit_fault(&k, DCF_FAULT_UNMAPPED)->column, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(k.envelope); /* for showing what it was about */
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->urn, "01AB0209820");
    for (size_t i = 0; i < k.faults.count; i++)
        CU_ASSERT_PTR_NULL(strstr(k.faults.items[i].detail, "01AB"));
    kit_end(&k);
    unload();
}

static char *escaped(const char *text, int times)
{
    dcf_buf a = {0};
    dcf_buf_adds(&a, text);
    for (int i = 0; i < times; i++) {
        dcf_buf b = {0};
        for (size_t k = 0; k < a.size; k++) {
            uint8_t c = a.data[k];
            if (c == '<')
                dcf_buf_adds(&b, "&lt;");
            else if (c == '&')
                dcf_buf_adds(&b, "&amp;");
            else
                dcf_buf_addc(&b, (char)c);
        }
        dcf_buf_fini(&a);
        a = b;
    }
    char *out = strdup(dcf_buf_cstr(&a));
    dcf_buf_fini(&a);
    return out;
}

static void wrapped(const char *inside, int code)
{
    dcf_buf doc = {0};
    dcf_buf_adds(&doc,
                 "<RouteData xmlns='urn:operations'><From><CorrelationID>\n C1 "
                 "\n</CorrelationID><Test>1</Test></From>"
                 "<DataStream><Dated>2013-12-01</Dated><Timed>10:34:13.350Z</Timed><Content>");
    dcf_buf_adds(&doc, inside);
    dcf_buf_adds(&doc, "</Content></DataStream></RouteData>");
    kit_expect(xml, dcf_buf_cstr(&doc), code, NULL);
    if (!code) {
        kit k;
        kit_read(&k, xml, dcf_buf_cstr(&doc));
        CU_ASSERT_STRING_EQUAL(k.envelope->correlation_id, "C1");
        CU_ASSERT_TRUE(k.envelope->test);
        CU_ASSERT_STRING_EQUAL(k.envelope->sent_at, "2013-12-01T10:34:13.35Z");
        CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->urn, "01AB0209820");
        kit_round(&k, xml);
        kit_end(&k);
    }
    dcf_buf_fini(&doc);
}

static void a_payload_is_found_however_it_is_wrapped(void)
{
    load();
    const char *prolog =
        "\xEF\xBB\xBF  <?xml version=\"1.0\" encoding=\"utf-16\"?> <!-- hash --> " CASE(
            FINE) "\n\n";
    for (int times = 1; times <= 4; times++) {
        char *once = escaped(CASE(FINE), times), *more = escaped(prolog, times);
        wrapped(once, times <= 3 ? 0 : DCF_FAULT_WRAPPED_TOO_DEEP);
        wrapped(more, times <= 3 ? 0 : DCF_FAULT_WRAPPED_TOO_DEEP);
        free(once);
        free(more);
    }
    wrapped(CASE(FINE), 0); /* not escaped at all */
    wrapped("<![CDATA[ " CASE(FINE) " ]]>", 0);
    wrapped("<![CDATA[&lt;Other/&gt;]]>", DCF_FAULT_UNKNOWN_MESSAGE);
    char *twice = escaped(CASE(FINE), 2); /* once by the element it is in */
    dcf_buf half = {0};
    dcf_buf_printf(&half, "%s&lt;b/&gt;", twice);
    wrapped(dcf_buf_cstr(&half), DCF_FAULT_NOT_WELL_FORMED);
    dcf_buf_fini(&half);
    free(twice);
    wrapped("&lt;!DOCTYPE a&gt;", DCF_FAULT_DTD_REFUSED);
    wrapped("&lt;NewCase", DCF_FAULT_NOT_WELL_FORMED);
    wrapped("&amp;lt;a&amp;nope;", DCF_FAULT_NOT_WELL_FORMED);
    wrapped("no document", DCF_FAULT_NOT_WELL_FORMED);
    wrapped("", DCF_FAULT_UNKNOWN_MESSAGE);
    wrapped(CASE(FINE) CASE(FINE), DCF_FAULT_REPEATED);
    unload();
}

static void wrappers_stand_in_order(void)
{
    load();
    char *inner =
        escaped("<RouteData "
                "xmlns='urn:operations'><From><CorrelationID>C</CorrelationID><Test>0</Test></From>"
                "<DataStream><Content>" CASE(FINE) "</Content></DataStream></RouteData>",
                1);
    dcf_buf doc = {0};
    dcf_buf_printf(&doc,
                   "<Submit "
                   "xmlns='urn:operations'><Body><RequestID>R</RequestID><Message>%s</Message></"
                   "Body></Submit>",
                   inner);
    kit k;
    kit_read(&k, xml, dcf_buf_cstr(&doc));
    kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_STRING_EQUAL(k.envelope->source_message_id, "R");
    CU_ASSERT_STRING_EQUAL(k.envelope->correlation_id, "C");
    kit_end(&k);
    dcf_buf_fini(&doc);
    wrapped("<Submit xmlns='urn:operations'/>", DCF_FAULT_UNKNOWN_MESSAGE);
    wrapped("<RouteData xmlns='urn:operations'/>", DCF_FAULT_UNKNOWN_MESSAGE);
    free(inner);
    unload();
}

/* The arena's limit is met with NOMEM, at every size, and never with a crash. */
static void memory_is_bounded(void)
{
    load();
    const char *docs[] = {DEFENDANT("<ASN>x</ASN><Charge code='TH68001'>w</Charge><Nope/>"),
                          SUB(",\"included\":[{\"id\":\"1\",\"attributes\":{\"role\":\"suspect\"},"
                              "\"type\":\"person\"}],\"x\":1")};
    for (size_t i = 0; i < 2; i++) {
        bool refused = false, worked = false;
        for (size_t limit = 1; limit < 60000; limit = limit * 9 / 8 + 1) {
            dcf_arena own, arena;
            dcf_faults faults;
            Dcf__V1__Envelope *e;
            dcf_arena_init(&own, 1 << 20);
            dcf_arena_init(&arena, limit);
            dcf_faults_init(&faults, &own, 10);
            dcf_status s =
                dcf_to_canonical(i ? json : xml, dcf_span_str(docs[i]), NULL, &arena, &faults, &e);
            refused = refused || dcf_is(s, DCF_E_NOMEM);
            worked = worked || !dcf_is(s, DCF_E_NOMEM);
            CU_ASSERT_FALSE(dcf_is(s, DCF_E_BUG));
            dcf_arena_fini(&arena);
            dcf_arena_fini(&own);
        }
        CU_ASSERT_TRUE(refused && worked);
    }
    unload();
}

static void nothing_points_into_the_document(void)
{
    load();
    char *doc =
        strdup(DEFENDANT("<ASN>9700000000000123456K</ASN><Charge code='TH68001'>wording</Charge>"));
    kit k;
    kit_read(&k, xml, doc);
    memset(doc, '#', strlen(doc));
    free(doc);
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->defendants[0]->offences[0]->wording,
                           "wording");
    CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->defendants[0]->offences[0]->code,
                           "TH68001");
    kit_end(&k);
    unload();
}

/* Code tables: effective on the day the message was sent. */
static void a_code_counts_on_the_day_of_the_message(void)
{
    load();
    static const char *const days[][2] = {{"2013-12-01", "prolific"}, {"2020-01-01", "persistent"}};
    for (size_t i = 0; i < 2; i++) {
        dcf_buf doc = {0};
        dcf_buf_printf(&doc,
                       "<RouteData "
                       "xmlns='urn:operations'><From><CorrelationID>C</CorrelationID><Test>0</"
                       "Test></From><DataStream>"
                       "<Dated>%s</Dated><Content>%s</Content></DataStream></RouteData>",
                       days[i][0], DEFENDANT("<Status>PP</Status>"));
        kit k;
        kit_read(&k, xml, dcf_buf_cstr(&doc));
        CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
        CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->defendants[0]->offender_code,
                               days[i][1]);
        kit_round(&k, xml);
        kit_end(&k);
        dcf_buf_fini(&doc);
    }
    unload();
}

#define TESTS(X)                                                                                   \
    X(structure_is_told)                                                                           \
    X(missing_values_are_told_down_to_the_value)                                                   \
    X(values_are_told)                                                                             \
    X(a_doubtful_value_is_kept)                                                                    \
    X(all_faults_are_told_at_once)                                                                 \
    X(a_payload_is_found_however_it_is_wrapped)                                                    \
    X(wrappers_stand_in_order)                                                                     \
    X(memory_is_bounded)                                                                           \
    X(nothing_points_into_the_document)                                                            \
    X(a_code_counts_on_the_day_of_the_message)
UNIT_MAIN("translate.faults", TESTS)
