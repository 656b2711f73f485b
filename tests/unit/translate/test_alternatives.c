/* test_alternatives.c - what a document only tells as a whole: which of two groups is there, and on
 * which day its codes hold. And values that are written in several ways. */
#include "kit.h"

static dcf_dialect *load(const char *yaml)
{
    kit k;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(&k, yaml, &d);
    if (dcf_failed(s)) kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&k);
    return d;
}

#define HEAD(format, rows)                                                                         \
    "dialect: s\nversion: '1'\nformat: " format "\n"                                               \
    "codes: {dated: {rows: [{native: A, canonical: OLD, to: 2019-12-31}, "                         \
    "{native: A, canonical: NEW, from: 2020-01-01}]}}\n"                                           \
    "messages: {M: {canonical: case_submission, fields: [" rows "]}}\n"

static void a_group_that_is_there_tells_the_alternative(void)
{
    dcf_dialect *d = load(
        HEAD("xml",
             "{each: D, when: {Person: '*'}, where: {person: '*'}, canonical: defendants, fields: "
             "[{in: Person, canonical: person, fields: [{native: '@no', canonical: source_id}, "
             "{native: Name, canonical: name.family_name}]}]}, "
             "{each: D, when: {Firm: '*'}, where: {organisation: '*'}, canonical: defendants, "
             "fields: [{native: Firm/Name, canonical: organisation.name}]}"));
    kit k;
    kit_read(&k, d,
             "<M><D><Person><Name>A</Name></Person></D><D><Firm><Name>B</Name></Firm></D>"
             "<D><Person no='7'/></D></M>");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 3);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->person->name->family_name, "A");
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->organisation->name, "B");
    CU_ASSERT_STRING_EQUAL(c->defendants[2]->person->source_id, "7");
    kit_round(&k, d);
    kit_end(&k);
    kit_expect(d, "<M><D><Other/></D></M>", 2003, "M/D[1]");
    kit_expect(d, "<M><D><Person><Name>A</Name></Person><Firm><Name>B</Name></Firm></D></M>", 2003,
               "M/D[1]/Firm");
    kit_expect(d, "<M><D><Person/><Firm><Name>B</Name></Firm></D></M>", 2003, NULL);
    kit_expect(d, "<M><D><Personal><x>1</x></Personal></D></M>", 2003, "M/D[1]");
    kit_expect(d, "<M><D><Personal>1</Personal></D></M>", 2003, "M/D[1]");
    kit_read(&k, d, /* a text is not what stood in the group before */
             "<M><D><Person><Name>A</Name></Person></D><D>x<Firm><Name>B</Name></Firm></D></M>");
    CU_ASSERT_EQUAL_FATAL(k.faults.count, 1);
    CU_ASSERT_EQUAL(k.faults.items[0].code, DCF_FAULT_STRAY_TEXT);
    CU_ASSERT_STRING_EQUAL(k.faults.items[0].path, "M/D[2]");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void the_first_value_tells_the_alternative(void)
{
    dcf_dialect *d = load(HEAD("xml", "{each: D, when: {T: a, U: b}, canonical: defendants, "
                                      "fields: [{native: N, canonical: source_id}]}"));
    kit_expect(d, "<M><D><T>a</T><U>b</U></D></M>", 0, NULL);
    kit_expect(d, "<M><D><T>a</T><T>c</T><U>b</U></D></M>", 2010, "M/D[1]/T");
    kit_expect(d, "<M><D><T>c</T><T>a</T><U>b</U></D></M>", 2003, "M/D[1]");
    kit_expect(d, "<M><D><T>a</T></D></M>", 2003, "M/D[1]");
    dcf_dialect_free(d);
}

static const char *first(const kit *k, size_t i)
{
    const Dcf__V1__CaseSubmission *c = k->envelope->case_submission;
    return c && c->n_monitoring_codes > i ? c->monitoring_codes[i] : "";
}

static void codes_hold_on_the_day_wherever_it_is_told(void)
{
    dcf_dialect *d =
        load(HEAD("json", "{native: 'codes[]', canonical: monitoring_codes, as: {code: "
                          "dated}}, {native: one, canonical: informant, as: {code: "
                          "dated}}, {native: sent, canonical: /sent_at, as: datetime}"));
    static const struct {
        const char *document, *one, *list;
    } rows[] = {
        {"{\"sent\":\"2018-05-01T00:00:00Z\",\"one\":\"A\",\"codes\":[\"A\",\"A\"]}", "OLD", "OLD"},
        {"{\"codes\":[\"A\",\"A\"],\"one\":\"A\",\"sent\":\"2018-05-01T00:00:00Z\"}", "OLD", "OLD"},
        {"{\"codes\":[\"A\",\"A\"],\"sent\":\"2024-05-01T00:00:00Z\",\"one\":\"A\"}", "NEW", "NEW"},
        {"{\"codes\":[\"A\",\"A\"],\"one\":\"A\"}", "OLD", "OLD"}, /* no day: the first row */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        kit_read(&k, d, rows[i].document);
        CU_ASSERT_TRUE(dcf_ok(k.status));
        CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->informant, rows[i].one);
        CU_ASSERT_STRING_EQUAL(first(&k, 0), rows[i].list);
        CU_ASSERT_STRING_EQUAL(first(&k, 1), rows[i].list);
        kit_end(&k);
    }
    kit_expect(d, "{\"codes\":[\"A\",\"Q\"],\"sent\":\"2024-05-01T00:00:00Z\"}", 2007, "codes[2]");
    dcf_dialect_free(d);
}

static void names_stand_alone_as_the_mapping_says(void)
{
    dcf_dialect *d = load(
        HEAD("json", "{each: d, canonical: defendants, fields: [{native: name, canonical: "
                     "[person.name.family_name, person.name.given_name_1], as: {join: {by: ', ', "
                     "alone: first}}}]}"));
    kit k;
    kit_read(&k, d, "{\"d\":[{\"name\":\"SMITH, Jo\"},{\"name\":\"JONES\"},{\"name\":\", Ann\"}]}");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 3);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->person->name->given_name_1, "Jo");
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->person->name->family_name, "JONES");
    CU_ASSERT_STRING_EQUAL(c->defendants[2]->person->name->given_name_1, "Ann");
    kit_round(&k, d);
    kit_end(&k);
    dcf_dialect_free(d);
}

/* Written and read by `as`; NULL: refused. */
static void check_value(const char *as, const char *native, const char *canonical, const char *back)
{
    kit k;
    char yaml[1024], document[200], expected[200];
    snprintf(yaml, sizeof yaml,
             HEAD("json", "{native: v, canonical: informant, as: %s}, {native: w, canonical: urn}"),
             as);
    dcf_dialect *d = load(yaml);
    snprintf(document, sizeof document, "{\"v\":\"%s\"}", native);
    kit_read(&k, d, document);
    CU_ASSERT_EQUAL(dcf_ok(k.status), canonical != NULL);
    if (dcf_ok(k.status) && canonical) {
        CU_ASSERT_STRING_EQUAL(k.envelope->case_submission->informant, canonical);
        snprintf(expected, sizeof expected, "{\"v\":\"%s\"}", back ? back : native);
        CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out)));
        CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&k.out), expected);
    }
    kit_end(&k);
    dcf_dialect_free(d);
}

static void dates_and_times_have_the_forms_a_mapping_declares(void)
{
    static const struct {
        const char *as, *native, *canonical, *back;
    } rows[] = {
        {"{date: DD/MM/YYYY|MM/YYYY|YYYY}", "09/12/2004", "2004-12-09", NULL},
        {"{date: DD/MM/YYYY|MM/YYYY|YYYY}", "12/2004", "2004-12", NULL},
        {"{date: DD/MM/YYYY|MM/YYYY|YYYY}", "2004", "2004", NULL},
        {"{date: DD/MM/YYYY|MM/YYYY|YYYY}", "13/2004", NULL, NULL},
        {"{date: DD/MM/YYYY|YYYY-MM-DD}", "2004-12-09", "2004-12-09", "09/12/2004"},
        {"{date: DD-MON-YY from 1930|DD-MON-YYYY}", "09-DEC-1929", "1929-12-09", NULL},
        {"{date: DD-MON-YY from 1930|DD-MON-YYYY}", "09-DEC-2030", "2030-12-09", NULL},
        {"{date: DD-MON-YY from 1930|DD-MON-YYYY}", "09-DEC-1930", "1930-12-09", "09-DEC-30"},
        {"{date: DD-MON-YY from 1930|DD-MON-YYYY}", "09-DEC-30", "1930-12-09", NULL},
        {"{date: DD-MON-YY from 1930|DD-MON-YYYY}", "09-DEC-29", "2029-12-09", NULL},
        {"{datetime: 'DD/MM/YYYY HH:MM'}", "09/12/2004 07:05", "2004-12-09T07:05:00", NULL},
        {"{datetime: 'DD/MM/YYYY HH:MM'}", "09/12/2004 24:05", NULL, NULL},
        {"{datetime: 'DD/MM/YYYY HH:MM'}", "09/12/2004 07:05:01", NULL, NULL},
        {"{datetime: 'DD/MM/YYYY HH:MM:SS'}", "09/12/2004 07:05:01", "2004-12-09T07:05:01", NULL},
        {"{datetime: YYYYMMDDHHMMSS}", "20041209070501", "2004-12-09T07:05:01", NULL},
        {"{datetime: YYYYMMDDTHHMM}", "20041209T0705", "2004-12-09T07:05:00", NULL},
        {"{datetime: YYYYMMDDHHMMSS}", "20041209235960", "2004-12-09T23:59:60", NULL},
        {"{datetime: YYYYMMDDHHMMSS}", "20041209235961", NULL, NULL},
        {"{datetime: YYYYMMDDHHMMSS}", "20041209236000", NULL, NULL},
        {"{datetime: YYYYMMDDHHMMSS}", "20041209240000", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_value(rows[i].as, rows[i].native, rows[i].canonical, rows[i].back);
}

static void what_has_an_offset_is_written_in_uk_time(void)
{
    dcf_dialect *d = load(
        HEAD("json", "{native: v, canonical: informant, as: {datetime: 'DD/MM/YYYY HH:MM:SS'}}"));
    static const struct {
        const char *canonical, *native;
    } rows[] = {
        {"2026-01-05T10:00:00Z", "05/01/2026 10:00:00"},
        {"2026-07-05T10:00:00Z", "05/07/2026 11:00:00"},
        {"2026-07-05T10:00:00+01:00", "05/07/2026 10:00:00"},
        {"2026-03-29T00:59:59Z", "29/03/2026 00:59:59"}, /* the last Sundays of 2026 */
        {"2026-03-29T01:00:00Z", "29/03/2026 02:00:00"},
        {"2026-10-25T00:59:59Z", "25/10/2026 01:59:59"},
        {"2026-10-25T01:00:00Z", "25/10/2026 01:00:00"},
        {"2025-12-31T23:30:00-02:00", "01/01/2026 01:30:00"},
        {"2024-02-28T23:30:00.25-01:00", "29/02/2024 00:30:00"},
        {"2026-07-05T10:00:00", "05/07/2026 10:00:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        char expected[60];
        kit_read(&k, d, "{\"v\":\"09/12/2004 07:05:00\"}");
        k.envelope->case_submission->informant = (char *)rows[i].canonical;
        CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out)));
        snprintf(expected, sizeof expected, "{\"v\":\"%s\"}", rows[i].native);
        CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&k.out), expected);
        kit_end(&k);
    }
    dcf_dialect_free(d);
}

static void arguments_that_say_nothing_are_refused(void)
{
    static const char *const as[] = {
        "{date: DD/MM/YYYY|}",
        "{date: DD/MM/YYYY|XX}",
        "{datetime: 'DD/MM/YYYY'}",
        "{datetime: 'HH:MM'}",
        "{datetime: 'MM/YYYY HH:MM'}",
        "{datetime: 'DD/MM/YYYY HH'}",
        "{date: DD/MM/YY}",
        "{date: DD-MON-YY from 19}",
        "{date: DD-MON-YYYY from 1930}",
        "{date: DD-MON-MM-YYYY}",
        "{datetime: 'DD/MM/YY HH:MM'}",
        "{join: {by: ', '}}",
        "{join: {by: ', ', alone: both}}",
    };
    for (size_t i = 0; i < sizeof as / sizeof *as; i++) {
        kit k;
        char yaml[1024];
        dcf_dialect *d = NULL;
        snprintf(yaml, sizeof yaml, HEAD("json", "{native: v, canonical: informant, as: %s}"),
                 as[i]);
        CU_ASSERT_TRUE(dcf_is(kit_load_text(&k, yaml, &d), DCF_E_CONFIG));
        if (d) printf("  taken: %s\n", as[i]);
        dcf_dialect_free(d);
        kit_end(&k);
    }
}

#define TESTS(X)                                                                                   \
    X(a_group_that_is_there_tells_the_alternative)                                                 \
    X(the_first_value_tells_the_alternative)                                                       \
    X(codes_hold_on_the_day_wherever_it_is_told)                                                   \
    X(names_stand_alone_as_the_mapping_says)                                                       \
    X(dates_and_times_have_the_forms_a_mapping_declares)                                           \
    X(what_has_an_offset_is_written_in_uk_time)                                                    \
    X(arguments_that_say_nothing_are_refused)
UNIT_MAIN("translate.alternatives", TESTS)
