/* ids.c - see ids.h. Forms are small patterns; the check letter is one sum over digits. */
#include "model/ids.h"

#include <stdio.h>

/* No I, O or S, which read as 1, 0 and 5; index 0 is Z. */
static const char alphabet[] = "ZABCDEFGHJKLMNPQRTUVWXY";
enum { LETTERS = sizeof alphabet - 1, TEXT_MAX = 32 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_check_letter(char c)
{
    return c && strchr(alphabet, c);
}

/* One character against one of a pattern: d digit, u letter, a either, l check letter, others
 * themselves. */
static bool fits_char(char c, char pattern)
{
    switch (pattern) {
    case 'd':
        return is_digit(c);
    case 'u':
        return is_upper(c);
    case 'a':
        return is_digit(c) || is_upper(c);
    case 'l':
        return is_check_letter(c);
    default:
        return c == pattern;
    }
}

/* The text begins with the pattern; where it ends, or NULL. */
static const char *begins(const char *text, const char *pattern)
{
    for (; *pattern; pattern++, text++)
        if (!fits_char(*text, *pattern)) return NULL;
    return text;
}

static bool fits(const char *text, const char *pattern)
{
    const char *end = begins(text, pattern);
    return end && !*end;
}

/* Skips digits; how many. */
static size_t digits(const char **p)
{
    const char *start = *p;
    while (is_digit(**p)) (*p)++;
    return (size_t)(*p - start);
}

/* A remainder mod 23 and digits behind it: at most 16 of them. */
static unsigned feed(unsigned rest, const char *number, size_t size)
{
    uint64_t all = rest;
    for (size_t i = 0; i < size; i++) all = all * 10 + (unsigned)(number[i] - '0');
    return (unsigned)(all % LETTERS);
}

static dcf_id_check verdict(char letter, char computed)
{
    return letter == computed ? DCF_ID_OK : DCF_ID_BAD_CHECK_LETTER;
}

/* A copy as text; false when it is too long or holds a NUL. */
static bool copy(dcf_span s, char out[TEXT_MAX])
{
    if (s.size >= TEXT_MAX || (s.size && memchr(s.data, 0, s.size))) return false;
    if (s.size) memcpy(out, s.data, s.size);
    out[s.size] = 0;
    return true;
}

/* The same without white space and in upper case. */
static bool tidy(dcf_span s, char out[TEXT_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < s.size; i++) {
        char c = (char)s.data[i];
        if (!c || n == TEXT_MAX - 1) return false;
        if (dcf_is_space(s.data[i])) continue;
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        out[n++] = c;
    }
    out[n] = 0;
    return true;
}

/* Copies size characters of src; dst has room for one more. */
static void cut(char *dst, const char *src, size_t size)
{
    memcpy(dst, src, size);
    dst[size] = 0;
}

/* Writes number padded with zeroes on its left to width. */
static void pad(char *dst, const char *number, size_t size, size_t width)
{
    memset(dst, '0', width - size);
    memcpy(dst + width - size, number, size);
}

/* --- URN -------------------------------------------------------------------------------------- */

/* Reads "(M)" and "/n", each of which may be missing; false when anything else stands at p. */
static bool read_suffix(const char *p, dcf_urn *urn)
{
    if (strncmp(p, "(M)", 3) == 0) {
        urn->merged = true;
        p += 3;
    }
    if (*p != '/') return !*p;
    p++;
    while (is_digit(*p) && urn->split < 100) urn->split = urn->split * 10 + (unsigned)(*p++ - '0');
    return urn->split && !*p;
}

static bool is_root(const char *root)
{
    if (fits(root, "aaaaaaaaaaa")) return true;
    const char *p = begins(root, "aaaa");
    return p && digits(&p) >= 3 && !*p;
}

dcf_id_check dcf_urn_parse(dcf_span s, dcf_urn *ret)
{
    char text[TEXT_MAX];
    dcf_urn urn = {0};
    if (!tidy(s, text)) return DCF_ID_BAD_FORM;
    size_t size = strcspn(text, "(/");
    if (size > 11 || !read_suffix(text + size, &urn)) return DCF_ID_BAD_FORM;
    cut(urn.root, text, size);
    if (!is_root(urn.root)) return DCF_ID_BAD_FORM;
    size_t year = size == 11 ? 2 : 0;
    cut(urn.force, urn.root, 2);
    cut(urn.unit, urn.root + 2, 2);
    cut(urn.number, urn.root + 4, size - 4 - year);
    cut(urn.year, urn.root + size - year, year);
    urn.strict = fits(urn.root, "ddaaddddddd");
    cut(urn.text, urn.root, size);
    if (urn.merged) cut(urn.text + size, " (M)", 4);
    if (urn.split) snprintf(urn.text + strlen(urn.text), 5, "/%u", urn.split);
    *ret = urn;
    bool dummy = begins(urn.root, "00NP") || begins(urn.root, "00PP") || begins(urn.root, "dd00");
    return dummy ? DCF_ID_DUMMY : DCF_ID_OK;
}

/* --- arrest/summons number -------------------------------------------------------------------- */

static bool is_dummy_asn(const char *text)
{
    static const char *const heads[] = {"0800NP01", "0800PP01", "dd12LN00", "dd00NP00", "dd6300dd",
                                        "dd06SSaa", "dd00XXaa", "dd5011aa", "dd5012aa", "dd5021aa",
                                        "dd5041aa", "dd5042aa", "dd5043aa", "dd50OFaa", "dd50SJaa"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (text[2] == heads[i][2] && text[3] == heads[i][3] && begins(text, heads[i]))
            return is_check_letter(text[19]);
    return false;
}

/* Takes the top level out of text when it is there, in the compact or the slash form. */
static char take_top(char *text)
{
    size_t size = strlen(text);
    bool there = text[2] == '/' ? text[8] == '/' : size == 21;
    size_t at = text[2] == '/' ? 3 : 2;
    if (!there || !(is_digit(text[at]) || (text[at] >= 'A' && text[at] <= 'G'))) return 0;
    char top = text[at];
    memmove(text + at, text + at + 1, size - at);
    return top;
}

/* The first eight characters into head; what follows them, or NULL. */
static const char *read_head(const char *text, char head[9])
{
    const char *rest = begins(text, "dd/aaaa/aa/");
    if (rest) {
        snprintf(head, 9, "%.2s%.4s%.2s", text, text + 3, text + 8);
        return rest;
    }
    rest = begins(text, "ddaaaaaa");
    if (rest) cut(head, text, 8);
    return rest;
}

static char asn_letter(const char *asn)
{
    unsigned rest = 0;
    if (begins(asn + 2, "dd")) rest = feed(rest, asn + 2, 2); /* force */
    if (begins(asn + 6, "dd")) rest = feed(rest, asn + 6, 2); /* system */
    rest = feed(rest, asn, 2);
    return alphabet[feed(rest, asn + 8, 11)];
}

dcf_id_check dcf_asn_parse(dcf_span s, dcf_asn *ret)
{
    char text[TEXT_MAX], head[9];
    if (!tidy(s, text)) return DCF_ID_BAD_FORM;
    dcf_asn asn = {0};
    if (fits(text, "ddddNRPRaaaaaaaaaaaa")) {
        cut(asn.text, text, 20);
        *ret = asn;
        return DCF_ID_DUMMY;
    }
    if (strlen(text) < 10) return DCF_ID_BAD_FORM;
    asn.top = take_top(text);
    const char *number = read_head(text, head), *p = number;
    if (!number) return DCF_ID_BAD_FORM;
    size_t size = digits(&p);
    if (size < 1 || size > 11) return DCF_ID_BAD_FORM;
    if (*p == '/' && text[2] == '/') p++;
    if (!fits(p, "u")) return DCF_ID_BAD_FORM;
    memcpy(asn.text, head, 8);
    pad(asn.text + 8, number, size, 11);
    asn.text[19] = *p;
    asn.computed = asn_letter(asn.text);
    *ret = asn;
    return is_dummy_asn(asn.text) ? DCF_ID_DUMMY : verdict(asn.text[19], asn.computed);
}

/* --- PNC id and CRO number -------------------------------------------------------------------- */

dcf_id_check dcf_pnc_parse(dcf_span s, dcf_pnc *ret)
{
    char text[TEXT_MAX];
    if (!tidy(s, text)) return DCF_ID_BAD_FORM;
    const char *p = text;
    size_t year = digits(&p), size = 0;
    const char *serial;
    if (*p == '/') {
        serial = ++p;
        size = digits(&p);
    } else { /* all digits are in `year`: 3 to 8 of them have a short year, 10 and 11 a long one */
        size_t all = year;
        year = all >= 10 ? 4 : 2;
        if (all < 3 || all == 9) return DCF_ID_BAD_FORM;
        size = all - year;
        serial = text + year;
    }
    if ((year != 2 && year != 4) || size < 1 || size > 7 || !fits(p, "u")) return DCF_ID_BAD_FORM;
    dcf_pnc pnc = {0};
    memcpy(pnc.text, text[0] <= '3' ? "20" : "19", 2); /* the century of a short year */
    memcpy(pnc.text + 4 - year, text, year);
    pnc.text[4] = '/';
    pad(pnc.text + 5, serial, size, 7);
    pnc.text[12] = *p;
    pnc.computed = alphabet[feed(feed(0, pnc.text + 2, 2), pnc.text + 5, 7)];
    *ret = pnc;
    return verdict(*p, pnc.computed);
}

dcf_id_check dcf_cro_parse(dcf_span s, dcf_cro *ret)
{
    char text[TEXT_MAX];
    if (!tidy(s, text)) return DCF_ID_BAD_FORM;
    dcf_cro cro = {.file_form = begins(text, "SFdd/") != NULL};
    const char *serial = cro.file_form ? text + 5 : text, *p = serial;
    size_t size = digits(&p);
    if (size < 1 || size > 6) return DCF_ID_BAD_FORM;
    if (cro.file_form) {
        if (!fits(p, "u")) return DCF_ID_BAD_FORM;
        cut(cro.text, text, strlen(text));
        cro.computed = alphabet[feed(feed(0, text + 2, 2), serial, size)];
    } else {
        if (!fits(p, "/ddu")) return DCF_ID_BAD_FORM;
        pad(cro.text, serial, size, 6);
        cut(cro.text + 6, p, 4);
        cro.computed = alphabet[feed(feed(0, p + 1, 2), cro.text, 6)];
        p += 3;
    }
    *ret = cro;
    return verdict(*p, cro.computed);
}

/* --- form only -------------------------------------------------------------------------------- */

static dcf_id_check form(bool good)
{
    return good ? DCF_ID_OK : DCF_ID_BAD_FORM;
}

dcf_id_check dcf_offence_code_check(dcf_span s)
{
    char text[TEXT_MAX];
    if (!copy(s, text)) return DCF_ID_BAD_FORM;
    const char *end = begins(text, "uuddddd");
    if (!end) end = begins(text, "COMLddd");
    return form(end && (!*end || (strchr("ABCI", *end) && !end[1])));
}

dcf_id_check dcf_ou_code_check(dcf_span s)
{
    char text[TEXT_MAX];
    if (!copy(s, text)) return DCF_ID_BAD_FORM;
    bool has_top = fits(text, "aaaaaaa") &&
                   (is_digit(text[0]) || text[0] == 'Z' || (text[0] >= 'A' && text[0] <= 'J'));
    return form(has_top || fits(text, "aaaaaa"));
}

dcf_id_check dcf_driver_number_check(dcf_span s)
{
    char text[TEXT_MAX];
    return form(copy(s, text) && fits(text, "aaaaaddddddaaauu"));
}

dcf_id_check dcf_court_case_ref_check(dcf_span s)
{
    char text[TEXT_MAX];
    if (!copy(s, text)) return DCF_ID_BAD_FORM;
    const char *p = begins(text, "dd/dddd/");
    size_t size = p ? digits(&p) : 0;
    return form(size >= 1 && size <= 6 && fits(p, "l"));
}

dcf_id_check dcf_crown_court_ref_check(dcf_span s)
{
    char text[TEXT_MAX];
    return form(copy(s, text) && fits(text, "udddddddd") && strchr("ABCSTU", text[0]));
}

/* NOMIS letters leave out B, I, O, S and U. */
static bool is_nomis_letter(char c)
{
    return is_upper(c) && !strchr("BIOSU", c);
}

dcf_id_check dcf_nomis_check(dcf_span s)
{
    char text[TEXT_MAX];
    return form(copy(s, text) && fits(text, "udddduu") && is_nomis_letter(text[0]) &&
                is_nomis_letter(text[5]) && is_nomis_letter(text[6]));
}

dcf_id_check dcf_telephone_check(dcf_span s)
{
    bool good = s.size >= 3 && s.size <= 35 && s.data[0] == '+';
    for (size_t i = 1; good && i < s.size; i++) good = is_digit((char)s.data[i]);
    return form(good);
}
