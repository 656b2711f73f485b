/* test_csv.c - tables as documents: record types, keys, one flat table, the dialects of CSV, and
 * every way a table can be wrong. */
#include "kit.h"

static dcf_dialect *tally, *sheet;

/* The first and the last test: others need what the first makes. */
static void the_mappings_compile(void)
{
    tally = kit_dialect(KIT_DIR "csv.yaml");
    sheet = kit_dialect(KIT_DIR "table.yaml");
}

static void the_mappings_are_freed(void)
{
    dcf_dialect_free(tally);
    dcf_dialect_free(sheet);
}

#define CASE "H,M1,2026-03-01T10:00:00Z,CH\r\nC,45AA1234526,,,\r\n"

static const Dcf__V1__CaseSubmission *submission(const kit *k)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(k->envelope);
    CU_ASSERT_PTR_NOT_NULL_FATAL(k->envelope->case_submission);
    return k->envelope->case_submission;
}

static void expect_text(kit *k, const char *text)
{
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&k->out), text);
}

/* --- record types ------------------------------------------------------------------------ */

static void rows_belong_to_the_last_row_of_their_parent(void)
{
    kit k;
    kit_read(&k, tally,
             CASE "D,1,SMITH,JOHN,01/02/1990,M\r\nO,TH68001,one\r\nO,TH68002,two\r\n"
                  "D,2,JONES,ANN,,F\r\nO,TH68003,three\r\nW,BROWN\r\nZ,99\r\n");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = submission(&k);
    CU_ASSERT_EQUAL(c->kind, DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED);
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 2);
    CU_ASSERT_EQUAL_FATAL(c->defendants[0]->n_offences, 2);
    CU_ASSERT_EQUAL_FATAL(c->defendants[1]->n_offences, 1);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->person->birth_date, "1990-02-01");
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->offences[0]->wording, "three");
    CU_ASSERT_EQUAL(c->n_witnesses, 1);
    kit_round(&k, tally);
    kit_end(&k);
}

static void rows_with_a_key_find_their_parent_anywhere(void)
{
    kit k;
    kit_read(&k, tally,
             "A,20,GREY\r\n" CASE "D,10,SMITH,,,\r\nD,20,JONES,,,\r\nA,10,BLACK\r\nA,20,WHITE\r\n");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = submission(&k);
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 2);
    CU_ASSERT_EQUAL_FATAL(c->defendants[0]->person->n_aliases, 1);
    CU_ASSERT_EQUAL_FATAL(c->defendants[1]->person->n_aliases, 2);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->person->aliases[0]->family_name, "BLACK");
    CU_ASSERT_STRING_EQUAL(c->defendants[1]->person->aliases[0]->family_name, "GREY");
    kit_round(&k, tally);
    expect_text(&k, "H,M1,2026-03-01T10:00:00Z,CH\r\nC,45AA1234526,,,\r\nD,1,SMITH,,,\r\n"
                    "A,1,BLACK\r\nD,2,JONES,,,\r\nA,2,GREY\r\nA,2,WHITE\r\n");
    kit_end(&k);
}

static void numbers_that_are_made_are_not_there_already(void)
{
    dcf_dialect *d = NULL;
    kit k;
    CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(
        &k,
        "dialect: s\nversion: '1'\nformat: csv\ncsv: {type: t, line_end: lf, records: {"
        "D: {columns: [no, name]}, O: {in: D, key: {of: no}, columns: [of, code]}}}\n"
        "messages: {M: {canonical: case_submission, fields: [{each: D, canonical: defendants, "
        "fields: [{native: no, canonical: source_id}, {native: name, canonical: asn, as: text}, "
        "{each: O, canonical: offences, fields: [{native: code, canonical: code}]}]}]}}\n",
        &d)));
    kit_end(&k);
    kit_read(&k, d, "D,4,A\nD,1,B\nO,1,x\nO,4,y\n");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    submission(&k)->defendants[1]->source_id = (char *)"";
    CU_ASSERT_TRUE(dcf_ok(dcf_from_canonical(d, k.envelope, &k.arena, &k.faults, &k.out)));
    expect_text(&k, "D,4,A\nO,4,y\nD,5,B\nO,5,x\n");
    kit_end(&k);
    dcf_dialect_free(d);
}

static void what_belongs_together_is_told_when_it_does_not(void)
{
    kit_expect(tally, "O,TH68001,x\r\n" CASE, 1014, "O");
    kit_expect(tally, CASE "D,1,SMITH,,,\r\nA,2,GREY\r\n", 1014, "A");
    kit_expect(tally, CASE "D,1,SMITH,,,\r\nA,,GREY\r\n", 1014, "A");
    kit_expect(tally, CASE "D,1,A,,,\r\nD,1,B,,,\r\nA,1,GREY\r\n", 1015, "D");
    kit_expect(tally, CASE "C,45AA1234626,,,\r\n", 2010, "C");
    kit_expect(tally, CASE "X,1,2\r\n", 2003, "X");
    kit_expect(tally, "C,45AA1234526,,,\r\n", 2005, "H/id");
}

static void all_faults_are_told_with_line_and_column(void)
{
    kit k;
    kit_read(&k, tally, CASE "D,1,,JOHN,31/02/1990,Q\r\nO,TH68001\r\nW,BROWN,more\r\n");
    CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
    static const struct {
        int code;
        uint32_t line, column;
        const char *path;
    } wanted[] = {{1011, 4, 1, ""},
                  {1011, 5, 9, ""},
                  {2005, 3, 1, "C/D[1]/surname"},
                  {2006, 3, 11, "C/D[1]/born"},
                  {2007, 3, 22, "C/D[1]/sex"}};
    CU_ASSERT_EQUAL(k.faults.count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        bool found = false;
        for (size_t j = 0; j < k.faults.count; j++) {
            const dcf_fault *f = &k.faults.items[j];
            found =
                found || ((int)f->code == wanted[i].code && f->line == wanted[i].line &&
                          f->column == wanted[i].column && strcmp(f->path, wanted[i].path) == 0);
        }
        CU_ASSERT_TRUE(found);
        if (!found)
            printf("  no %d %u:%u %s\n", wanted[i].code, wanted[i].line, wanted[i].column,
                   wanted[i].path);
    }
    if (k.faults.count != 5) kit_show(&k);
    kit_end(&k);
}

static void a_column_that_repeats_is_a_list(void)
{
    kit k;
    kit_read(&k, tally, "H,M1,,\r\nC,45AA1234526,,DOMV,HATE\r\n");
    CU_ASSERT_EQUAL_FATAL(submission(&k)->n_monitoring_codes, 2);
    CU_ASSERT_STRING_EQUAL(submission(&k)->monitoring_codes[1], "HATE");
    kit_round(&k, tally);
    char *three[] = {(char *)"A", (char *)"B", (char *)"C"};
    k.envelope->case_submission->monitoring_codes = three;
    k.envelope->case_submission->n_monitoring_codes = 3;
    CU_ASSERT_TRUE(
        dcf_is(dcf_from_canonical(tally, k.envelope, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_NO_COLUMN));
    kit_end(&k);
}

/* --- one table ------------------------------------------------------------------------------- */

#define HEAD "Message ref;urn;Last name;Date of birth;code;Mark\n"

static void a_line_holds_one_of_each_record(void)
{
    kit k;
    const char *text = HEAD "M1;45AA1234526;SMITH;01/02/1990;TH68001;a\n"
                            "M1;45AA1234526;SMITH;01/02/1990;TH68001;a\n"
                            "M1;45AA1234526;JONES;;;\n";
    kit_read(&k, sheet, text);
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = submission(&k);
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 2);
    CU_ASSERT_EQUAL(c->defendants[0]->n_offences, 2);
    CU_ASSERT_EQUAL(c->defendants[1]->n_offences, 0);
    kit_round(&k, sheet);
    expect_text(&k, text);
    kit_end(&k);
}

static void columns_are_found_by_their_heading(void)
{
    kit k;
    kit_read(&k, sheet,
             "\xEF\xBB\xBF"
             "Mark;code;extra;urn;Last name;Date of birth;Message ref\n"
             "a;TH68001;seven;45AA1234526;SMITH;01/02/1990;M1\n"
             "b;TH68002;\n");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__CaseSubmission *c = submission(&k);
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 1);
    CU_ASSERT_EQUAL_FATAL(c->defendants[0]->n_offences, 2);
    CU_ASSERT_STRING_EQUAL(c->defendants[0]->offences[1]->code, "TH68002");
    CU_ASSERT_EQUAL_FATAL(k.envelope->n_extensions, 1);
    CU_ASSERT_STRING_EQUAL(k.envelope->extensions[0]->path, "case/person[1]/offence[1]/extra");
    kit_end(&k);
}

static void a_header_that_lacks_a_column_is_refused_unless_padded(void)
{
    dcf_dialect *strict = NULL;
    kit k;
    CU_ASSERT_TRUE_FATAL(dcf_ok(
        kit_load_text(&k,
                      "dialect: s\nversion: '1'\nformat: csv\ncsv: {header: true, records: {r: "
                      "{columns: [a, b]}}}\n"
                      "messages: {M: {canonical: case_submission, fields: [{in: r, fields: ["
                      "{native: a, canonical: urn}, {native: b, canonical: informant}]}]}}\n",
                      &strict)));
    kit_end(&k);
    kit_expect(strict, "a\nx\n", 1012, "b");
    kit_expect(strict, "b,a\nx,y\n", 0, NULL);
    kit_expect(strict, "a,b\nx,y,z\n", 1011, "");
    kit_expect(strict, "a,b\nx,y,\n", 1011, "");
    kit_expect(strict, "a,b\nx\n", 1011, "");
    kit_expect(strict, "a,b,c\nx,y,z\n", 2003, "r/c");
    kit_expect(strict, "a,b\nx,y\nu,v\n", 2010, "r");
    dcf_dialect_free(strict);
    kit_expect(sheet, HEAD "M1;45AA1234526;S;01/01/1990;c;m;; \n", 0, NULL);
    kit_expect(sheet, HEAD "M1;45AA1234526;S;01/01/1990;c;m;;x\n", 1011, "");
}

static void entries_a_table_cannot_tell_apart_are_not_written(void)
{
    kit k;
    kit_read(&k, sheet, HEAD "M1;45AA1234526;SMITH;;TH68001;\nM1;45AA1234526;JONES;;TH68001;\n");
    Dcf__V1__CaseSubmission *c = k.envelope->case_submission;
    CU_ASSERT_EQUAL_FATAL(c->n_defendants, 2);
    c->defendants[1]->person->name->family_name = (char *)"SMITH";
    CU_ASSERT_TRUE(
        dcf_is(dcf_from_canonical(sheet, k.envelope, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_INDISTINCT));
    c->defendants[1]->person->name->family_name = (char *)"";
    c->defendants[1]->offences[0]->code = (char *)"";
    k.faults.count = k.faults.errors = 0;
    CU_ASSERT_TRUE(
        dcf_is(dcf_from_canonical(sheet, k.envelope, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
    CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, DCF_FAULT_INDISTINCT));
    kit_end(&k);
}

/* --- cells --------------------------------------------------------------------------------------
 */

static void cells_hold_whatever_is_quoted(void)
{
    kit k;
    kit_read(
        &k, tally,
        CASE
        "D,1,\"SMITH, \"\"JACK\"\"\",\"two\r\nlines\",,\r\nO,TH68001,=1+1\r\nO,TH68002,\"\"\n");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__Defendant *d = submission(&k)->defendants[0];
    CU_ASSERT_STRING_EQUAL(d->person->name->family_name, "SMITH, \"JACK\"");
    CU_ASSERT_STRING_EQUAL(d->person->name->given_name_1, "two\r\nlines");
    CU_ASSERT_STRING_EQUAL(d->offences[0]->wording, "=1+1");
    kit_round(&k, tally);
    kit_end(&k);
    kit_expect(tally, CASE "W,\"a\r\nb\r\nc\"\r\nW,\r\n", 2005, "C/W[2]/surname");
}

static void the_declared_encoding_goes_both_ways(void)
{
    kit k;
    kit_read(&k, tally, CASE "D,1,M\xDCLLER,\x80\x9E\x9F,,\r\n");
    CU_ASSERT_TRUE(dcf_ok(k.status));
    const Dcf__V1__PersonName *name = submission(&k)->defendants[0]->person->name;
    CU_ASSERT_STRING_EQUAL(name->family_name, "M\xC3\x9CLLER");
    CU_ASSERT_STRING_EQUAL(name->given_name_1, "\xE2\x82\xAC\xC5\xBE\xC5\xB8");
    kit_round(&k, tally);
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&k.out), "D,1,M\xDCLLER,\x80\x9E\x9F,,"));
    submission(&k)->defendants[0]->person->name->given_name_1 = (char *)"\xE2\x98\x83";
    CU_ASSERT_TRUE(
        dcf_is(dcf_from_canonical(tally, k.envelope, &k.arena, &k.faults, &k.out), DCF_E_FAULTY));
    CU_ASSERT_STRING_EQUAL(kit_fault(&k, DCF_FAULT_BAD_VALUE)->path, "C/D[1]/forename");
    kit_end(&k);
    kit_expect(tally, CASE "W,a\x81\r\n", 1013, "");
    kit_expect(sheet, HEAD "M1;x\xFFx\n", 1002, "");
}

static void broken_tables_are_refused_where_they_break(void)
{
    kit k;
    kit_expect(tally, "", 1001, "");
    kit_expect(sheet, HEAD, 1001, "");
    kit_expect(tally, CASE "W,\"open\r\n", 1001, "");
    kit_expect(tally, CASE "W,a\"b\r\n", 1001, "");
    kit_expect(tally, CASE "W,\"a\"b\r\n", 1001, "");
    kit_expect(tally, CASE "W,a\rW,b\r\n", 1001, "");
    kit_read_span(&k, tally, dcf_span_of(CASE "W,a\0b", sizeof CASE - 1 + 5));
    const dcf_fault *f = kit_fault(&k, DCF_FAULT_FORBIDDEN_CHARACTER);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(f->line, 3);
    CU_ASSERT_EQUAL(f->column, 4);
    kit_end(&k);
}

static void the_limits_hold(void)
{
    static const struct {
        dcf_limits limits;
        int code;
    } rows[] = {
        {{.bytes = 20}, 1005}, {{.values = 8}, 1006}, {{.text = 8}, 1007}, {{.depth = 2}, 1004}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit k;
        kit_begin(&k);
        dcf_status s = dcf_to_canonical(tally, dcf_span_str(CASE "W,BROWN\r\n"), &rows[i].limits,
                                        &k.arena, &k.faults, &k.envelope);
        CU_ASSERT_TRUE(dcf_is(s, DCF_E_FAULTY));
        CU_ASSERT_PTR_NOT_NULL(kit_fault(&k, (dcf_fault_code)rows[i].code));
        kit_end(&k);
    }
}

/* --- the mapping ------------------------------------------------------------------------------ */

#define MAPPING(csv, fields)                                                                       \
    "dialect: s\nversion: '1'\nformat: csv\n" csv                                                  \
    "messages: {M: {canonical: case_submission, fields: [" fields "]}}\n"

static void mappings_that_no_table_can_meet_are_refused(void)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {MAPPING("", "{native: r, canonical: urn}"), "\"csv\" is needed here"},
        {MAPPING("csv: {records: {r: {columns: [urm]}}}\n",
                 "{in: r, fields: [{native: urn, canonical: urn}]}"),
         "the nearest is \"urm\""},
        {MAPPING("csv: {records: {r: {columns: [a]}}}\n",
                 "{in: s, fields: [{native: a, canonical: urn}]}"),
         "no record of the table"},
        {MAPPING("csv: {records: {r: {columns: [a]}}}\n",
                 "{in: r, fields: [{native: a/b, canonical: urn}]}"),
         "nothing is inside"},
        {MAPPING("csv: {separator: '\"', records: {r: {columns: [a]}}}\n", ""), "are the same"},
        {MAPPING("csv: {separator: ab, records: {r: {columns: [a]}}}\n", ""), "is one character"},
        {MAPPING("csv: {encoding: utf-16, records: {r: {columns: [a]}}}\n", ""),
         "\"encoding\" is one of"},
        {MAPPING("csv: {records: {r: {columns: [a]}, s: {columns: [b]}}}\n", ""),
         "is \"in\" the one above"},
        {MAPPING("csv: {records: {r: {columns: [a]}, s: {in: r, columns: [b]}, u: {in: r, columns: "
                 "[c]}}}\n",
                 ""),
         "the one above it"},
        {MAPPING("csv: {type: t, records: {r: {in: s, columns: [a]}, s: {columns: [b]}}}\n", ""),
         "stands above this one"},
        {MAPPING("csv: {type: t, records: {r: {columns: [a]}, s: {in: r, columns: [b], key: {b: "
                 "c}}}}\n",
                 ""),
         "\"key\" is a map of columns"},
        {MAPPING("csv: {type: t, records: {r: {columns: [a]}, s: {in: r, columns: [b], key: {b: "
                 "a}}}}\n",
                 "{in: r, fields: [{each: s, canonical: defendants, fields: [{native: b, "
                 "canonical: asn}]}]}"),
         "is filled from the row"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) kit_mistake(rows[i].yaml, rows[i].says);
}

#define TESTS(X)                                                                                   \
    X(the_mappings_compile)                                                                        \
    X(rows_belong_to_the_last_row_of_their_parent)                                                 \
    X(rows_with_a_key_find_their_parent_anywhere)                                                  \
    X(numbers_that_are_made_are_not_there_already)                                                 \
    X(what_belongs_together_is_told_when_it_does_not)                                              \
    X(all_faults_are_told_with_line_and_column)                                                    \
    X(a_column_that_repeats_is_a_list)                                                             \
    X(a_line_holds_one_of_each_record)                                                             \
    X(columns_are_found_by_their_heading)                                                          \
    X(a_header_that_lacks_a_column_is_refused_unless_padded)                                       \
    X(entries_a_table_cannot_tell_apart_are_not_written)                                           \
    X(cells_hold_whatever_is_quoted)                                                               \
    X(the_declared_encoding_goes_both_ways)                                                        \
    X(broken_tables_are_refused_where_they_break)                                                  \
    X(the_limits_hold)                                                                             \
    X(mappings_that_no_table_can_meet_are_refused)                                                 \
    X(the_mappings_are_freed)
UNIT_MAIN("translate.csv", TESTS)
