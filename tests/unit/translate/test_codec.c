/* test_codec.c - every codec both ways: native to canonical and back, and what it refuses. */
#include "kit.h"
#include "translate/codec.h"

typedef struct row {
    const char *codec, *pattern, *native, *canonical,
        *back; /* canonical NULL: refused; back NULL: as native */
} row;

static const char *run(dcf_arena *a, dcf_codec_use *use, bool read, const char *text,
                       const char *old)
{
    const char *out = NULL;
    dcf_codec_in in = {.use = use, .text = dcf_span_str(text), .old = old, .day = "", .arena = a};
    dcf_codec_result r = read ? use->codec->read(&in, &out) : use->codec->write(&in, &out);
    return r == DCF_CODEC_OK ? out : NULL;
}

static void every_codec_runs_both_ways(void)
{
    static char of_254[255], of_255[256]; /* e-mail addresses of so many characters */
    memset(of_254, 'a', sizeof of_254 - 1);
    memset(of_255, 'a', sizeof of_255 - 1);
    of_254[1] = of_255[1] = '@';
    static const row rows[] = {
        {"text", NULL, " a b ", " a b ", NULL},
        {"date", NULL, "2004-12-09", "2004-12-09", NULL},
        {"date", NULL, " 2004-12-09Z ", "2004-12-09", "2004-12-09"},
        {"date", NULL, "2004-12-09+01:00", "2004-12-09", "2004-12-09"},
        {"date", NULL, "2004-02-29", "2004-02-29", NULL},
        {"date", NULL, "2003-02-29", NULL, NULL},
        {"date", NULL, "1900-02-29", NULL, NULL},
        {"date", NULL, "2000-02-29", "2000-02-29", NULL},
        {"date", NULL, "2004-00-09", NULL, NULL},
        {"date", NULL, "2004-12-00", NULL, NULL},
        {"date", NULL, "2004-12", NULL, NULL},
        {"date", NULL, "2004-12-09T00:00:00", NULL, NULL},
        {"date", NULL, "2004-12-09T09:00:00", NULL, NULL},
        {"datetime", NULL, "2004-12-09T24:00:00Z", NULL, NULL},
        {"date", NULL, "2004-12-09+15:00", NULL, NULL},
        {"date", NULL, "2004-12-09 ", "2004-12-09", "2004-12-09"},
        {"date", "DD/MM/YYYY", "09/12/2004", "2004-12-09", NULL},
        {"date", "DD/MM/YYYY", "9/12/2004", NULL, NULL},
        {"date", "DD/MM/YYYY", "09/12/2004Z", NULL, NULL},
        {"date", "DD-MON-YYYY", "09-DEC-2004", "2004-12-09", NULL},
        {"date", "DD-MON-YYYY", "09-Dec-2004", NULL, NULL},
        {"date", "DD-MON-YYYY", "31-JUN-2004", NULL, NULL},
        {"date", "DD Mon YYYY|Mon YYYY", "31 May 2004", "2004-05-31", NULL},
        {"date", "DD Mon YYYY|Mon YYYY", "Jan 2004", "2004-01", NULL},
        {"date", "DD-MON-YY from 1930", "29-FEB-28", "2028-02-29", NULL},
        {"date", "DD-MON-YY from 1930", "01-JAN-29", "2029-01-01", NULL},
        {"date", "DD-MON-YY from 1930", "01-JAN-30", "1930-01-01", NULL},
        {"date", "DD/MM/YY from 2000", "01/02/99", "2099-02-01", NULL},
        {"date", "DD/MM/YY from 2000", "01/02/2099", NULL, NULL},
        {"datetime", "DDMMYY HH:MM from 1950", "010249 09:30", "2049-02-01T09:30:00", NULL},
        {"date", "YYYYMMDD", "20041209", "2004-12-09", NULL},
        {"date", "YYYY", "2004", "2004", NULL},
        {"date", "YYYY-MM", "2004-12", "2004-12", NULL},
        {"time", NULL, "09:00:00", "09:00:00", NULL},
        {"time", NULL, "09:00:00.0000000-00:00", "09:00:00-00:00", "09:00:00-00:00"},
        {"time", NULL, "10:34:13.350Z", "10:34:13.35Z", "10:34:13.35Z"},
        {"time", NULL, "10:34", "10:34:00", "10:34:00"},
        {"time", NULL, "24:00:00", "24:00:00", NULL},
        {"time", NULL, "24:00:01", NULL, NULL},
        {"time", NULL, "24:01:00", NULL, NULL},
        {"time", NULL, "25:00:00", NULL, NULL},
        {"time", NULL, "10:60:00", NULL, NULL},
        {"time", NULL, "10:00:00.", NULL, NULL},
        {"time", NULL, "10:00:00+1", NULL, NULL},
        {"time", "HH:MM", "10:34", "10:34:00", NULL},
        {"time", "HH:MM", "10:34:00", NULL, NULL},
        {"datetime", NULL, "2004-12-09T10:34:13.100+01:00", "2004-12-09T10:34:13.1+01:00",
         "2004-12-09T10:34:13.1+01:00"},
        {"datetime", NULL, "2004-12-09T10:34:13Z", "2004-12-09T10:34:13Z", NULL},
        {"datetime", NULL, "2004-12-09 10:34:13Z", NULL, NULL},
        {"datetime", NULL, "2004-12-09", NULL, NULL},
        {"integer", NULL, "42", "42", NULL},
        {"integer", NULL, " 007 ", "7", "7"},
        {"integer", NULL, "-0", "0", "0"},
        {"integer", NULL, "-05", "-5", "-5"},
        {"integer", NULL, "+5", "5", "5"},
        {"integer", NULL, "-+5", NULL, NULL},
        {"integer", NULL, "5.0", NULL, NULL},
        {"integer", NULL, "1e3", NULL, NULL},
        {"integer", "3", "007", "7", "007"},
        {"integer", "3", "1234", "1234", NULL},
        {"integer", "9", "000000007", "7", NULL},
        {"upper", NULL, "WIT_12", "WIT_12", NULL},
        {"upper", NULL, "~D3F-~A1", "d3f-A1", NULL},
        {"upper", NULL, "A~~~B", "A~b", NULL},
        {"upper", NULL, "A~", "A~", NULL},
        {"upper", NULL, "~1~A", "~1~A", NULL},
        {"number", NULL, "100.00", "100.00", NULL},
        {"number", NULL, "-0.5", "-0.5", NULL},
        {"number", NULL, "1.", NULL, NULL},
        {"number", NULL, ".5", NULL, NULL},
        {"number", NULL, "01", NULL, NULL},
        {"number", NULL, "1e5", NULL, NULL},
        {"boolean", NULL, "true", "true", NULL},
        {"boolean", NULL, "0", "false", "false"},
        {"boolean", NULL, "yes", NULL, NULL},
        {"urn", NULL, " 01AB0209820 ", "01AB0209820", "01AB0209820"},
        {"urn", NULL, "x", NULL, NULL},
        {"asn", NULL, "9700000000000123456K", "9700000000000123456K", NULL},
        {"asn", NULL, "9700000000000123456A", NULL, NULL},
        {"pnc", NULL, "1979/0163001B", "1979/0163001B", NULL},
        {"cro", NULL, "SF05/482703J", "SF05/482703J", NULL},
        {"offence", NULL, "TH68001", "TH68001", NULL},
        {"ou", NULL, "B01EF01", "B01EF01", NULL},
        {"email", NULL, "a.b@c.d", "a.b@c.d", NULL},
        {"email", NULL, "a@b@c", NULL, NULL},
        {"email", NULL, "@c", NULL, NULL},
        {"email", NULL, "a@", NULL, NULL},
        {"email", NULL, "a@c", "a@c", NULL},
        {"email", NULL, "a b@c", NULL, NULL},
        {"email", NULL, of_254, of_254, NULL},
        {"email", NULL, of_255, NULL, NULL},
        {"phone", NULL, "+44 (0)117 911-911", "+44 (0)117 911-911", NULL},
        {"phone", NULL, "call me", NULL, NULL},
        {"phone", NULL, "1", NULL, NULL},
        {"phone", NULL, "12", "12", NULL},
        {"phone", NULL, "12345678901234567890123456789012345",
         "12345678901234567890123456789012345", NULL},
        {"phone", NULL, "123456789012345678901234567890123456", NULL, NULL},
    };
    dcf_arena a;
    dcf_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const row *r = &rows[i];
        dcf_codec_use use = {.codec = dcf_codec_find(r->codec), .pattern = r->pattern};
        CU_ASSERT_PTR_NOT_NULL_FATAL(use.codec);
        const char *got = run(&a, &use, true, r->native, "");
        bool good = r->canonical ? got && strcmp(got, r->canonical) == 0 : !got;
        const char *back = got ? run(&a, &use, false, got, "") : NULL;
        if (got) good = good && back && strcmp(back, r->back ? r->back : r->native) == 0;
        if (!good)
            printf("\n  %s %s: %s -> %s -> %s\n", r->codec, r->pattern ? r->pattern : "", r->native,
                   got ? got : "refused", back ? back : "refused");
        CU_ASSERT_TRUE(good);
    }
    dcf_arena_fini(&a);
}

static void a_month_has_its_days_and_no_more(void)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    dcf_codec_use use = {.codec = dcf_codec_find("date")};
    dcf_arena a;
    dcf_arena_init(&a, 1 << 20);
    for (int month = 1; month <= 13; month++)
        for (int day = 0; day <= 32; day++) {
            char text[32];
            bool is = month <= 12 && day > 0 && day <= days[month - 1];
            snprintf(text, sizeof text, "2003-%02d-%02d", month, day);
            CU_ASSERT_EQUAL(run(&a, &use, true, text, "") != NULL, is);
        }
    dcf_arena_fini(&a);
}

static void white_space_is_kept_trimmed_or_collapsed(void)
{
    static const char *const wanted[] = {" a \n b ", "a \n b", "a b"};
    dcf_arena a;
    dcf_arena_init(&a, 1 << 16);
    for (int i = 0; i < 3; i++) {
        dcf_codec_use use = {.codec = dcf_codec_find("text"), .space = (dcf_space)i};
        CU_ASSERT_STRING_EQUAL(run(&a, &use, true, " a \n b ", ""), wanted[i]);
    }
    dcf_arena_fini(&a);
}

static void boolean_words_run_both_ways(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 1 << 16);
    dcf_codec_use use = {.codec = dcf_codec_find("boolean"), .yes = "Y", .no = "N"};
    CU_ASSERT_STRING_EQUAL(run(&a, &use, true, " Y ", ""), "true");
    CU_ASSERT_STRING_EQUAL(run(&a, &use, true, "N", ""), "false");
    CU_ASSERT_PTR_NULL(run(&a, &use, true, "true", ""));
    CU_ASSERT_STRING_EQUAL(run(&a, &use, false, "true", ""), "Y");
    CU_ASSERT_STRING_EQUAL(run(&a, &use, false, "false", ""), "N");
    CU_ASSERT_PTR_NULL(run(&a, &use, false, "maybe", ""));
    dcf_arena_fini(&a);
}

static void a_date_time_in_two_halves_comes_together_in_any_order(void)
{
    dcf_arena a;
    dcf_arena_init(&a, 1 << 16);
    dcf_codec_use day = {.codec = dcf_codec_find("date_part")},
                  time = {.codec = dcf_codec_find("time_part")};
    const char *first = run(&a, &day, true, "2013-12-01", "");
    CU_ASSERT_STRING_EQUAL(run(&a, &time, true, "10:34:13.357Z", first),
                           "2013-12-01T10:34:13.357Z");
    first = run(&a, &time, true, "10:34:13Z", "");
    const char *both = run(&a, &day, true, "2013-12-01", first);
    CU_ASSERT_STRING_EQUAL(both, "2013-12-01T10:34:13Z");
    CU_ASSERT_STRING_EQUAL(run(&a, &day, false, both, ""), "2013-12-01");
    CU_ASSERT_STRING_EQUAL(run(&a, &time, false, both, ""), "10:34:13Z");
    CU_ASSERT_STRING_EQUAL(run(&a, &time, false, "2013-12-01", ""), "");
    CU_ASSERT_PTR_NULL(run(&a, &day, true, "2013-12-01", both));
    CU_ASSERT_PTR_NULL(run(&a, &time, true, "10:00", both));
    dcf_arena_fini(&a);
}

static void an_identifier_in_parts_comes_together_in_any_order(void)
{
    static const struct {
        const char *whole, *parts[7]; /* "urn.force=45", as read; the last first */
    } rows[] = {
        {"45AA1234526", {"urn.force=45", "urn.unit=AA", "urn.number=12345", "urn.year=26"}},
        {"45AA1234526/12",
         {"urn.split=12", "urn.force=45", "urn.unit=AA", "urn.number=12345", "urn.year=26"}},
        {"2202XC0200000000021R",
         {"asn.year=22", "asn.force=02", "asn.unit=XC", "asn.system=02", "asn.number=00000000021",
          "asn.check=R"}},
        {"2002/0073319Z", {"pnc.year=2002", "pnc.serial=0073319", "pnc.check=Z"}},
        {"TH68001", {"offence.act=TH", "offence.year=68", "offence.reason=001"}},
        {"TH68001A",
         {"offence.act=TH", "offence.year=68", "offence.reason=001", "offence.qualifier=A"}},
        {"COML004", {"offence.common=COML", "offence.reason=004"}},
    };
    dcf_arena a;
    dcf_arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *whole = "";
        size_t n = 0;
        while (n < 7 && rows[i].parts[n]) n++;
        for (size_t k = n; k-- > 0;) {
            const char *value = strchr(rows[i].parts[k], '=') + 1;
            char name[32];
            snprintf(name, sizeof name, "%.*s", (int)(value - 1 - rows[i].parts[k]),
                     rows[i].parts[k]);
            dcf_codec_use use = {.codec = dcf_codec_find("part"), .pattern = name};
            CU_ASSERT_STRING_EQUAL(run(&a, &use, false, rows[i].whole, ""), value);
            whole = run(&a, &use, true, value, whole);
            CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
        }
        CU_ASSERT_STRING_EQUAL(whole, rows[i].whole);
    }
    dcf_codec_use force = {.codec = dcf_codec_find("part"), .pattern = "urn.force"},
                  act = {.codec = dcf_codec_find("part"), .pattern = "offence.act"};
    CU_ASSERT_PTR_NULL(run(&a, &force, true, "4", ""));
    CU_ASSERT_PTR_NULL(run(&a, &force, true, "4?", ""));
    CU_ASSERT_PTR_NULL(run(&a, &force, false, "45AA1234526 (M)", ""));
    CU_ASSERT_PTR_NULL(run(&a, &force, false, "45AA123", ""));
    CU_ASSERT_STRING_EQUAL(run(&a, &act, false, "COML004", ""), "");
    CU_ASSERT_STRING_EQUAL(run(&a, &act, false, "____004", ""), "");
    CU_ASSERT_STRING_EQUAL(run(&a, &force, false, "45_________", ""), "45");
    dcf_arena_fini(&a);
}

static void a_text_without_lower_case_loses_no_letter(void)
{
    static const char *const texts[] = {"a", "A", "aA", "Aa1-b", "~", "~~", "~A", "a~B", "é-x", ""};
    dcf_codec_use use = {.codec = dcf_codec_find("upper")};
    dcf_arena a;
    dcf_arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *native = run(&a, &use, false, texts[i], "");
        CU_ASSERT_PTR_NOT_NULL_FATAL(native);
        for (const char *p = native; *p; p++) CU_ASSERT_FALSE(*p >= 'a' && *p <= 'z');
        CU_ASSERT_STRING_EQUAL(run(&a, &use, true, native, ""), texts[i]);
    }
    dcf_arena_fini(&a);
}

static void the_first_row_of_a_code_table_that_holds_wins(void)
{
    dcf_code_row rows[] = {{"B", "beta", "", ""},
                           {"A", "alpha", "", "2019-12-31"},
                           {"A", "omega", "2020-01-01", ""},
                           {"AA", "alpha", "", ""}};
    dcf_code_key x[4];
    const dcf_code_row *y[4];
    dcf_codes codes = {.rows = rows, .count = 4, .by_native = x, .by_canonical = y};
    dcf_codes_sort(&codes);
    CU_ASSERT_STRING_EQUAL(dcf_codes_read(&codes, dcf_span_str("A"), "2019-12-31")->canonical,
                           "alpha");
    CU_ASSERT_STRING_EQUAL(dcf_codes_read(&codes, dcf_span_str("A"), "2020-01-01")->canonical,
                           "omega");
    CU_ASSERT_STRING_EQUAL(dcf_codes_read(&codes, dcf_span_str("A"), "")->canonical, "alpha");
    CU_ASSERT_STRING_EQUAL(dcf_codes_read(&codes, dcf_span_str("AA"), "")->canonical, "alpha");
    CU_ASSERT_PTR_NULL(dcf_codes_read(&codes, dcf_span_str("AAA"), ""));
    CU_ASSERT_PTR_NULL(dcf_codes_read(&codes, dcf_span_str(""), ""));
    CU_ASSERT_STRING_EQUAL(dcf_codes_write(&codes, "alpha", "2019-01-01")->native, "A");
    CU_ASSERT_STRING_EQUAL(dcf_codes_write(&codes, "alpha", "2021-01-01")->native, "AA");
    CU_ASSERT_STRING_EQUAL(dcf_codes_write(&codes, "beta", "")->native, "B");
    CU_ASSERT_PTR_NULL(dcf_codes_write(&codes, "bet", ""));
}

static void codes_that_differ_in_the_middle_only_are_told_apart(void)
{
    dcf_code_row rows[] = {{"special-abc-category", "a", "", ""},
                           {"special-xyz-category", "b", "", ""},
                           {"special-abc-category", "c", "", ""}};
    dcf_code_key x[3];
    const dcf_code_row *y[3];
    dcf_codes codes = {.rows = rows, .count = 3, .by_native = x, .by_canonical = y};
    dcf_codes_sort(&codes);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_PTR_EQUAL(dcf_codes_read(&codes, dcf_span_str(rows[i].native), ""), &rows[i]);
    CU_ASSERT_PTR_NULL(dcf_codes_read(&codes, dcf_span_str("special-mno-category"), ""));
}

static void the_rest_of_a_code_table_is_only_written(void)
{
    dcf_code_row rows[] = {{"9", "*", "", ""}, {"1", "one", "", ""}};
    dcf_code_key x[2];
    const dcf_code_row *y[2];
    dcf_codes codes = {.rows = rows, .count = 2, .by_native = x, .by_canonical = y};
    dcf_codes_sort(&codes);
    CU_ASSERT_STRING_EQUAL(dcf_codes_write(&codes, "one", "")->native, "1");
    CU_ASSERT_STRING_EQUAL(dcf_codes_write(&codes, "two", "")->native, "9");
    CU_ASSERT_PTR_NULL(dcf_codes_read(&codes, dcf_span_str("9"), ""));
    rows[1].native = "9"; /* unless another row has it */
    dcf_codes_sort(&codes);
    CU_ASSERT_STRING_EQUAL(dcf_codes_read(&codes, dcf_span_str("9"), "")->canonical, "one");
}

static void a_local_time_has_no_offset_and_a_zoned_one_always(void)
{
    static const struct {
        const char *codec, *argument, *native, *canonical, *again;
    } rows[] = {
        {"time", "local", "09:00:00.50+01:00", "09:00:00.5+01:00", "09:00:00"},
        {"time", "local", "09:00", "09:00:00", "09:00:00"},
        {"datetime", "zoned", "2013-12-01T10:34:13", "2013-12-01T10:34:13Z",
         "2013-12-01T10:34:13Z"},
        {"datetime", "zoned", "2013-12-01T10:34:13.50-05:00", "2013-12-01T10:34:13.5-05:00",
         "2013-12-01T10:34:13.5-05:00"},
        {"datetime", "zoned", "2013-12-01T10:34:13Z", "2013-12-01T10:34:13Z",
         "2013-12-01T10:34:13Z"},
    };
    dcf_arena a;
    dcf_arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dcf_codec_use use = {.codec = dcf_codec_find(rows[i].codec), .pattern = rows[i].argument};
        CU_ASSERT_STRING_EQUAL(run(&a, &use, true, rows[i].native, ""), rows[i].canonical);
        CU_ASSERT_STRING_EQUAL(run(&a, &use, false, rows[i].canonical, ""), rows[i].again);
    }
    dcf_codec_use zoned = {.codec = dcf_codec_find("datetime"), .pattern = "zoned"};
    CU_ASSERT_STRING_EQUAL(run(&a, &zoned, false, "2013-12-01T10:34:13", ""),
                           "2013-12-01T10:34:13Z");
    CU_ASSERT_PTR_NULL(run(&a, &zoned, true, "2013-12-01", ""));
    dcf_arena_fini(&a);
}

static void join_splits_at_the_last_separator(void)
{
    dcf_codec_use use = {.codec = dcf_codec_find("join"), .pattern = " "};
    dcf_span left, right;
    dcf_codec_split(&use, dcf_span_str(" Mary Ann Smith "), &left, &right);
    CU_ASSERT_TRUE(dcf_span_eq_str(left, "Mary Ann") && dcf_span_eq_str(right, "Smith"));
    dcf_codec_split(&use, dcf_span_str("Smith"), &left, &right);
    CU_ASSERT_TRUE(left.size == 0 && dcf_span_eq_str(right, "Smith"));
}

static void every_codec_says_what_it_does_not_give_back(void)
{
    size_t n;
    const dcf_codec *all = dcf_codec_all(&n);
    CU_ASSERT(n >= 20);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT_PTR_EQUAL(dcf_codec_find(all[i].name), &all[i]);
        CU_ASSERT_TRUE(all[i].read && all[i].write && all[i].fields);
        bool exact = strcmp(all[i].name, "text") == 0 || strcmp(all[i].name, "number") == 0 ||
                     strcmp(all[i].name, "enum") == 0;
        CU_ASSERT_EQUAL(exact, all[i].loss == NULL);
    }
}

#define TESTS(X)                                                                                   \
    X(every_codec_runs_both_ways)                                                                  \
    X(a_month_has_its_days_and_no_more)                                                            \
    X(white_space_is_kept_trimmed_or_collapsed)                                                    \
    X(boolean_words_run_both_ways)                                                                 \
    X(a_date_time_in_two_halves_comes_together_in_any_order)                                       \
    X(an_identifier_in_parts_comes_together_in_any_order)                                          \
    X(a_text_without_lower_case_loses_no_letter)                                                   \
    X(the_first_row_of_a_code_table_that_holds_wins)                                               \
    X(codes_that_differ_in_the_middle_only_are_told_apart)                                         \
    X(the_rest_of_a_code_table_is_only_written)                                                    \
    X(a_local_time_has_no_offset_and_a_zoned_one_always)                                           \
    X(join_splits_at_the_last_separator)                                                           \
    X(every_codec_says_what_it_does_not_give_back)
UNIT_MAIN("translate.codec", TESTS)
