/* test_ids.c - the published vectors of each identifier, right and wrong, and what must not be
 * taken for one. */
#include "model/ids.h"

#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static dcf_urn urn;
static dcf_asn asn;
static dcf_pnc pnc;
static dcf_cro cro;

static dcf_id_check parse_urn(const char *s)
{
    memset(&urn, 0, sizeof urn);
    return dcf_urn_parse(dcf_span_str(s), &urn);
}

static dcf_id_check parse_asn(const char *s)
{
    memset(&asn, 0, sizeof asn);
    return dcf_asn_parse(dcf_span_str(s), &asn);
}

static dcf_id_check parse_pnc(const char *s)
{
    memset(&pnc, 0, sizeof pnc);
    return dcf_pnc_parse(dcf_span_str(s), &pnc);
}

static dcf_id_check parse_cro(const char *s)
{
    memset(&cro, 0, sizeof cro);
    return dcf_cro_parse(dcf_span_str(s), &cro);
}

typedef dcf_id_check checker(dcf_span);

static void check_each(checker *check, const char *const texts[], size_t count, dcf_id_check want)
{
    for (size_t i = 0; i < count; i++) {
        dcf_id_check got = check(dcf_span_str(texts[i]));
        if (got != want) printf("\n      %s: %d", texts[i], got);
        CU_ASSERT_EQUAL(got, want);
    }
}

static void urn_strict_is_cut_into_its_parts(void)
{
    CU_ASSERT_EQUAL(parse_urn("45AA0209820"), DCF_ID_OK);
    CU_ASSERT_TRUE(urn.strict);
    CU_ASSERT_STRING_EQUAL(urn.force, "45");
    CU_ASSERT_STRING_EQUAL(urn.unit, "AA");
    CU_ASSERT_STRING_EQUAL(urn.number, "02098");
    CU_ASSERT_STRING_EQUAL(urn.year, "20");
    CU_ASSERT_STRING_EQUAL(urn.root, "45AA0209820");
    CU_ASSERT_STRING_EQUAL(urn.text, "45AA0209820");
    CU_ASSERT_EQUAL(urn.split, 0);
    CU_ASSERT_FALSE(urn.merged);
}

static void urn_suffixes_do_not_change_the_root(void)
{
    static const struct {
        const char *in, *text;
        unsigned split;
        bool merged;
    } rows[] = {{"01AB1234514/2", "01AB1234514/2", 2, false},
                {"01AB1234514 (M)", "01AB1234514 (M)", 0, true},
                {"01AB1234514(M)", "01AB1234514 (M)", 0, true},
                {"01AB1234514 (M)/2", "01AB1234514 (M)/2", 2, true},
                {"01AB1234514/999", "01AB1234514/999", 999, false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        CU_ASSERT_EQUAL(parse_urn(rows[i].in), DCF_ID_OK);
        CU_ASSERT_STRING_EQUAL(urn.root, "01AB1234514");
        CU_ASSERT_STRING_EQUAL(urn.text, rows[i].text);
        CU_ASSERT_EQUAL(urn.split, rows[i].split);
        CU_ASSERT_EQUAL(urn.merged, rows[i].merged);
    }
}

static void urn_is_upper_case_without_spaces(void)
{
    CU_ASSERT_EQUAL(parse_urn("  45 aa 02098 20\n"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(urn.root, "45AA0209820");
    CU_ASSERT_EQUAL(parse_urn("01ab1234514 (m) / 2"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(urn.text, "01AB1234514 (M)/2");
}

static void urn_lenient_forms_pass_but_are_not_strict(void)
{
    CU_ASSERT_EQUAL(parse_urn("ABCDEFGHIJK"), DCF_ID_OK);
    CU_ASSERT_FALSE(urn.strict);
    CU_ASSERT_STRING_EQUAL(urn.year, "JK");
    CU_ASSERT_EQUAL(parse_urn("01ZD123"), DCF_ID_OK);
    CU_ASSERT_FALSE(urn.strict);
    CU_ASSERT_STRING_EQUAL(urn.number, "123");
    CU_ASSERT_STRING_EQUAL(urn.year, "");
    CU_ASSERT_EQUAL(parse_urn("01ZD123456"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(urn.number, "123456");
}

static void urn_of_another_form_is_refused_and_ret_untouched(void)
{
    static const char *const bad[] = {"",
                                      "45AA",
                                      "45AA12",
                                      "45AA123A",
                                      "45AA02098201",
                                      "45AA0209820/",
                                      "45AA0209820/0",
                                      "45AA0209820/1000",
                                      "45AA0209820/2X",
                                      "45AA0209820(N)",
                                      "45AA0209820(M",
                                      "45AA0209820(M)2",
                                      "45AA0209820/2(M)",
                                      "45-A0209820",
                                      ("45\xC3\x84"
                                       "A0209820"),
                                      "(M)",
                                      "45AA02098204444444444444444444444444444444444"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        CU_ASSERT_EQUAL(parse_urn(bad[i]), DCF_ID_BAD_FORM);
        CU_ASSERT_STRING_EQUAL(urn.root, "");
    }
    CU_ASSERT_EQUAL(dcf_urn_parse(dcf_span_of("45AA0209820\0", 12), &urn), DCF_ID_BAD_FORM);
}

static void urn_dummies_are_told(void)
{
    static const char *const dummies[] = {"00NP0000008", "00PP1234520", "1200AB12345",
                                          "12001234520"};
    for (size_t i = 0; i < COUNT(dummies); i++)
        CU_ASSERT_EQUAL(parse_urn(dummies[i]), DCF_ID_DUMMY);
    CU_ASSERT_EQUAL(parse_urn("01NP1234520"), DCF_ID_OK);
    CU_ASSERT_EQUAL(parse_urn("A100AB12345"), DCF_ID_OK);
}

static void asn_published_vectors_pass(void)
{
    static const char *const good[] = {"9700000000000123456K", "2005FF0500000000555P",
                                       "22FD112200001234560X", "2202XC0200000000021R",
                                       "1101ZD0100000448754K", "0836FP0100000377244A",
                                       "2311ED0000000003221K", "2300000000000790541H"};
    for (size_t i = 0; i < COUNT(good); i++) {
        CU_ASSERT_EQUAL(parse_asn(good[i]), DCF_ID_OK);
        CU_ASSERT_STRING_EQUAL(asn.text, good[i]);
        CU_ASSERT_EQUAL(asn.top, 0);
    }
}

static void asn_wrong_letters_are_told_with_the_right_one(void)
{
    static const struct {
        const char *in;
        char computed;
    } rows[] = {{"2202XC0200000000021D", 'R'},
                {"1900NP0004361000543N", 'K'},
                {"2391NX0000334257571D", 'Q'},
                {"2391NX0000181519855D", 'J'}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        dcf_id_check got = parse_asn(rows[i].in);
        if (i == 1) /* a dummy by its pattern, and its letter is wrong as well */
            CU_ASSERT_EQUAL(got, DCF_ID_DUMMY)
        else
            CU_ASSERT_EQUAL(got, DCF_ID_BAD_CHECK_LETTER)
        CU_ASSERT_EQUAL(asn.computed, rows[i].computed);
        CU_ASSERT_STRING_EQUAL(asn.text, rows[i].in);
    }
}

static void asn_slash_and_short_forms_are_padded_before_the_number(void)
{
    static const char *const forms[] = {"09/88AA/01/123456/X",      "09/88AA/01/123456X",
                                        "09/88aa/01/00000123456/x", "0988AA01123456X",
                                        "0988AA0100000123456X",     "09 88AA 01 123456 X"};
    for (size_t i = 0; i < COUNT(forms); i++) {
        CU_ASSERT_NOT_EQUAL(parse_asn(forms[i]), DCF_ID_BAD_FORM);
        CU_ASSERT_STRING_EQUAL(asn.text, "0988AA0100000123456X");
    }
    CU_ASSERT_EQUAL(parse_asn("26/0000/00/00000001566Y"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(asn.text, "26000000"
                                     "00000001566Y");
}

static void asn_top_level_is_dropped_and_kept_beside(void)
{
    CU_ASSERT_EQUAL(parse_asn("110"
                              "01ZD0100000448754K"),
                    DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(asn.text, "1101ZD0100000448754K");
    CU_ASSERT_EQUAL(asn.top, '0');
    CU_ASSERT_EQUAL(parse_asn("11G"
                              "01ZD0100000448754K"),
                    DCF_ID_OK);
    CU_ASSERT_EQUAL(asn.top, 'G');
    CU_ASSERT_EQUAL(parse_asn("11H"
                              "01ZD0100000448754K"),
                    DCF_ID_BAD_FORM);
    CU_ASSERT_EQUAL(parse_asn("11/B01ZD/01/448754/K"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(asn.text, "1101ZD0100000448754K");
    CU_ASSERT_EQUAL(asn.top, 'B');
}

static void asn_unit_does_not_count_in_the_letter(void)
{
    CU_ASSERT_EQUAL(parse_asn("1101990100000448754K"), DCF_ID_OK);
    CU_ASSERT_EQUAL(parse_asn("1101ZD0200000448754K"), DCF_ID_BAD_CHECK_LETTER);
}

static void asn_dummies_are_told(void)
{
    static const char *const dummies[] = {
        "0800NP0100000000001H", "0800PP0100000000001H", "9912LN0000000000001A",
        "9900NP0000000000001A", "9963000000000000001A", "9906SS1A00000000001A",
        "9900XX1A00000000001A", "995011ZZ00000000001A", "995012ZZ00000000001A",
        "995021ZZ00000000001A", "995041ZZ00000000001A", "995042ZZ00000000001A",
        "995043ZZ00000000001A", "9950OFZZ00000000001A", "9950SJZZ00000000001A"};
    for (size_t i = 0; i < COUNT(dummies); i++) {
        CU_ASSERT_EQUAL(parse_asn(dummies[i]), DCF_ID_DUMMY);
        CU_ASSERT_STRING_EQUAL(asn.text, dummies[i]);
    }
    CU_ASSERT_EQUAL(parse_asn("2600NRPRABCDEF123456"), DCF_ID_DUMMY);
    CU_ASSERT_STRING_EQUAL(asn.text, "2600NRPRABCDEF123456");
    CU_ASSERT_NOT_EQUAL(parse_asn("995013ZZ00000000001A"), DCF_ID_DUMMY);
    CU_ASSERT_NOT_EQUAL(parse_asn("9912LN0100000000001A"), DCF_ID_DUMMY);
    CU_ASSERT_EQUAL(parse_asn("9912LN0000000000001S"), DCF_ID_BAD_CHECK_LETTER);
}

static void asn_of_another_form_is_refused(void)
{
    static const char *const bad[] = {"",
                                      "A",
                                      "09",
                                      "09/",
                                      "0988AA01X",
                                      "0988AA01123456",
                                      "0988AA0112345612345612X",
                                      "09/88AA/01//X",
                                      "09/88AA01/123456/X",
                                      "9/88AA/01/123456/X",
                                      "09/88AA/01/123456/XX",
                                      "0988AA01123456/X",
                                      "A988AA0100000123456X"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        CU_ASSERT_EQUAL(parse_asn(bad[i]), DCF_ID_BAD_FORM);
        CU_ASSERT_STRING_EQUAL(asn.text, "");
    }
}

static void pnc_published_vectors_pass(void)
{
    static const char *const good[] = {"1979/0163001B", "2002/0073319Z", "2003/0062845E",
                                       "1981/0154257C", "2008/0056560Z", "1967/9893091D"};
    for (size_t i = 0; i < COUNT(good); i++) {
        CU_ASSERT_EQUAL(parse_pnc(good[i]), DCF_ID_OK);
        CU_ASSERT_STRING_EQUAL(pnc.text, good[i]);
    }
}

static void pnc_wrong_letters_are_told_with_the_right_one(void)
{
    CU_ASSERT_EQUAL(parse_pnc("2001/0171310S"), DCF_ID_BAD_CHECK_LETTER);
    CU_ASSERT_EQUAL(pnc.computed, 'W');
    CU_ASSERT_EQUAL(parse_pnc("1950/1581C"), DCF_ID_BAD_CHECK_LETTER);
    CU_ASSERT_EQUAL(pnc.computed, 'D');
    CU_ASSERT_STRING_EQUAL(pnc.text, "1950/0001581C");
}

static void pnc_short_forms_become_the_long_one(void)
{
    static const struct {
        const char *in, *text;
    } rows[] = {{"79/163001B", "1979/0163001B"},
                {"81/34U", "1981/0000034U"},
                {"033Y", "2003/0000003Y"},
                {"19790163001b", "1979/0163001B"},
                {"79163001B", "1979/0163001B"},
                {"2002073319Z", "2002/0073319Z"},
                {"39/1A", "2039/0000001A"},
                {"40/1A", "1940/0000001A"},
                {" 1979/ 0163001 B", "1979/0163001B"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        CU_ASSERT_NOT_EQUAL(parse_pnc(rows[i].in), DCF_ID_BAD_FORM);
        CU_ASSERT_STRING_EQUAL(pnc.text, rows[i].text);
    }
    CU_ASSERT_EQUAL(parse_pnc("81/34U"), DCF_ID_OK);
    CU_ASSERT_EQUAL(parse_pnc("033Y"), DCF_ID_OK);
}

static void pnc_of_another_form_is_refused(void)
{
    static const char *const bad[] = {"",
                                      "Y",
                                      "03Y",
                                      "200/3Y",
                                      "2003/Y",
                                      "2003/3",
                                      "2003/12345678Y",
                                      "200312345678Y",
                                      "2003/3YY",
                                      "20030/3Y",
                                      "123456789Y",
                                      "79/1/B",
                                      "2003-0000003Y"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        CU_ASSERT_EQUAL(parse_pnc(bad[i]), DCF_ID_BAD_FORM);
        CU_ASSERT_STRING_EQUAL(pnc.text, "");
    }
}

static void cro_published_vectors_pass_in_both_forms(void)
{
    CU_ASSERT_EQUAL(parse_cro("SF05/482703J"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(cro.text, "SF05/482703J");
    CU_ASSERT_TRUE(cro.file_form);
    CU_ASSERT_EQUAL(parse_cro("sf83/50058z"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(cro.text, "SF83/50058Z");
    CU_ASSERT_EQUAL(parse_cro("65656/91H"), DCF_ID_OK);
    CU_ASSERT_STRING_EQUAL(cro.text, "065656/91H");
    CU_ASSERT_FALSE(cro.file_form);
    CU_ASSERT_EQUAL(parse_cro("065656/91H"), DCF_ID_OK);
}

static void cro_wrong_letter_is_told_with_the_right_one(void)
{
    CU_ASSERT_EQUAL(parse_cro("85227/65G"), DCF_ID_BAD_CHECK_LETTER);
    CU_ASSERT_EQUAL(cro.computed, 'L');
    CU_ASSERT_STRING_EQUAL(cro.text, "085227/65G");
    /* the file form is not padded before the letter is worked out */
    CU_ASSERT_EQUAL(parse_cro("SF83/050058Z"), DCF_ID_BAD_CHECK_LETTER);
}

static void cro_of_another_form_is_refused(void)
{
    static const char *const bad[] = {
        "",       "65656",       "65656/91",      "65656/9H",     "/91H",      "6565656/91H",
        "SF05/H", "SF5/482703J", "SF05/4827031J", "SG05/482703J", "65656/91HH"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        CU_ASSERT_EQUAL(parse_cro(bad[i]), DCF_ID_BAD_FORM);
        CU_ASSERT_STRING_EQUAL(cro.text, "");
    }
}

static void offence_codes_have_their_form(void)
{
    static const char *const good[] = {"TH68001",  "CJ88116",  "COML025",  "XX00123",
                                       "TH68001A", "TH68001B", "COML025C", "TH68001I"};
    static const char *const bad[] = {"",        "TH6800", "TH680011",  "TH68001D", "th68001",
                                      "T168001", "COML02", "TH68001AB", " TH68001", "COMX025"};
    check_each(dcf_offence_code_check, good, COUNT(good), DCF_ID_OK);
    check_each(dcf_offence_code_check, bad, COUNT(bad), DCF_ID_BAD_FORM);
}

static void ou_codes_have_their_form(void)
{
    static const char *const good[] = {"B01EF01", "116HQ00", "01EF01", "Z01EF01", "J01EF01"};
    static const char *const bad[] = {"", "01ZD", "K01EF01", "B01EF011", "b01ef01", "01EF 1"};
    check_each(dcf_ou_code_check, good, COUNT(good), DCF_ID_OK);
    check_each(dcf_ou_code_check, bad, COUNT(bad), DCF_ID_BAD_FORM);
}

static void driver_numbers_have_their_form(void)
{
    static const char *const good[] = {"MORGA657054SM9IJ", "AAAA9012345AA1AB"};
    static const char *const bad[] = {"", "MORGA65705SM9IJ", "MORGA657054SM9I1",
                                      "MORGA65705ASM9IJ"};
    check_each(dcf_driver_number_check, good, COUNT(good), DCF_ID_OK);
    check_each(dcf_driver_number_check, bad, COUNT(bad), DCF_ID_BAD_FORM);
}

static void references_have_their_form(void)
{
    static const char *const court[] = {"26/9998/000826X", "97/1626/8395Q", "26/9998/1A"};
    static const char *const not_court[] = {"",
                                            "26/9998/X",
                                            "26/9998/0008261X",
                                            "26/9998/000826O",
                                            "6/9998/000826X",
                                            "26/998/000826X",
                                            "26/9998/000826XX"};
    check_each(dcf_court_case_ref_check, court, COUNT(court), DCF_ID_OK);
    check_each(dcf_court_case_ref_check, not_court, COUNT(not_court), DCF_ID_BAD_FORM);
    static const char *const crown[] = {"T20201234", "U20201234"};
    static const char *const not_crown[] = {"D20201234", "T2020123", "T202012345", ""};
    check_each(dcf_crown_court_ref_check, crown, COUNT(crown), DCF_ID_OK);
    check_each(dcf_crown_court_ref_check, not_crown, COUNT(not_crown), DCF_ID_BAD_FORM);
    static const char *const nomis[] = {"A1234AA", "Z0000VZ"};
    static const char *const not_nomis[] = {"B1234AA", "A1234AI", "A1234OA", "A123AA", ""};
    check_each(dcf_nomis_check, nomis, COUNT(nomis), DCF_ID_OK);
    check_each(dcf_nomis_check, not_nomis, COUNT(not_nomis), DCF_ID_BAD_FORM);
    static const char *const phone[] = {"+12", "+442079460000",
                                        "+1234567890123456789012345678901234"};
    static const char *const not_phone[] = {
        "", "+", "+1", "02079460000", "+44 20", "+12345678901234567890123456789012345"};
    check_each(dcf_telephone_check, phone, COUNT(phone), DCF_ID_OK);
    check_each(dcf_telephone_check, not_phone, COUNT(not_phone), DCF_ID_BAD_FORM);
}

#define TESTS(X)                                                                                   \
    X(urn_strict_is_cut_into_its_parts)                                                            \
    X(urn_suffixes_do_not_change_the_root)                                                         \
    X(urn_is_upper_case_without_spaces)                                                            \
    X(urn_lenient_forms_pass_but_are_not_strict)                                                   \
    X(urn_of_another_form_is_refused_and_ret_untouched)                                            \
    X(urn_dummies_are_told)                                                                        \
    X(asn_published_vectors_pass)                                                                  \
    X(asn_wrong_letters_are_told_with_the_right_one)                                               \
    X(asn_slash_and_short_forms_are_padded_before_the_number)                                      \
    X(asn_top_level_is_dropped_and_kept_beside)                                                    \
    X(asn_unit_does_not_count_in_the_letter)                                                       \
    X(asn_dummies_are_told)                                                                        \
    X(asn_of_another_form_is_refused)                                                              \
    X(pnc_published_vectors_pass)                                                                  \
    X(pnc_wrong_letters_are_told_with_the_right_one)                                               \
    X(pnc_short_forms_become_the_long_one)                                                         \
    X(pnc_of_another_form_is_refused)                                                              \
    X(cro_published_vectors_pass_in_both_forms)                                                    \
    X(cro_wrong_letter_is_told_with_the_right_one)                                                 \
    X(cro_of_another_form_is_refused)                                                              \
    X(offence_codes_have_their_form)                                                               \
    X(ou_codes_have_their_form)                                                                    \
    X(driver_numbers_have_their_form)                                                              \
    X(references_have_their_form)
UNIT_MAIN("ids", TESTS)
