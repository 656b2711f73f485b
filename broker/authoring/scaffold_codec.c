/* scaffold_codec.c - what the values of a leaf look like, and the codec that fits them. */
#include "authoring/scaffold_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

/* --- the look of values
 * --------------------------------------------------------------------------- */

/* Whether the text has the shape: '0' a digit, 'A' a capital, the rest itself. */
static bool has_shape(const char *text, const char *shape)
{
    size_t i = 0;
    for (; shape[i]; i++)
        if (shape[i] == '0'   ? !isdigit((unsigned char)text[i])
            : shape[i] == 'A' ? !isupper((unsigned char)text[i])
                              : text[i] != shape[i])
            return false;
    return text[i] == 0;
}

static const struct {
    const char *shape, *pattern;
} DATES[] = {
    {"0000-00-00", "YYYY-MM-DD"},       {"00/00/0000", "DD/MM/YYYY"},
    {"00-00-0000", "DD-MM-YYYY"},       {"00.00.0000", "DD.MM.YYYY"},
    {"00000000", "YYYYMMDD"},           {"0000/00/00", "YYYY/MM/DD"},
    {"00-AAA-0000", "DD-MON-YYYY"},     {"00-AAA-00", "DD-MON-YY from 1930"},
    {"00/00/00", "DD/MM/YY from 1930"},
};

const char *dcf_scaffold_date(const dcf_shape_node *n)
{
    for (size_t k = 0; k < sizeof DATES / sizeof DATES[0]; k++) {
        bool all = n->value_count > 0;
        for (size_t i = 0; i < n->value_count; i++)
            all = all && has_shape(n->values[i], DATES[k].shape);
        /* eight digits are a date only if they begin like a year */
        for (size_t i = 0; k == 4 && i < n->value_count; i++)
            all =
                all && (strncmp(n->values[i], "19", 2) == 0 || strncmp(n->values[i], "20", 2) == 0);
        if (all) return DATES[k].pattern;
    }
    return NULL;
}

bool dcf_shape_is_datetime(const char *v)
{
    char start[17];
    snprintf(start, sizeof start, "%s", v);
    return has_shape(start, "0000-00-00T00:00");
}

static bool is_time(const char *v)
{
    char start[6];
    snprintf(start, sizeof start, "%s", v);
    return has_shape(start, "00:00") && (!v[5] || v[5] == ':');
}

static bool is_number(const char *v)
{
    size_t n = strspn(v, "0123456789");
    return n && (!v[n] || (v[n] == '.' && v[n + 1] && !v[n + 1 + strspn(v + n + 1, "0123456789")]));
}

static bool is_integer(const char *v)
{
    return *v && !v[strspn(v, "0123456789")];
}

/* A code: capitals and digits. */
static bool is_code(const char *v)
{
    for (; *v; v++)
        if (!isupper((unsigned char)*v) && !isdigit((unsigned char)*v)) return false;
    return true;
}

/* Few different short codes that come again: a list, which is nobody's data. */
static bool is_code_list(const dcf_shape_node *n)
{
    return n->value_count && !n->more && n->texts > n->value_count && n->longest <= 3 &&
           !dcf_shape_all(n, is_number) && dcf_shape_all(n, is_code);
}

static void add_length(dcf_buf *out, const char *what, const dcf_shape_node *n, const char *unit)
{
    if (n->shortest == n->longest)
        dcf_buf_printf(out, "%s of %zu %s", what, n->longest, unit);
    else
        dcf_buf_printf(out, "%s of %zu to %zu %s", what, n->shortest, n->longest, unit);
}

void dcf_scaffold_form(const dcf_shape_node *n, dcf_buf *out)
{
    const char *date = dcf_scaffold_date(n);
    if (!n->texts)
        dcf_buf_adds(out, "always empty");
    else if (date)
        dcf_buf_printf(out, "a date %s", date);
    else if (dcf_shape_all(n, dcf_shape_is_datetime))
        dcf_buf_adds(out, "a date and time");
    else if (dcf_shape_all(n, is_time))
        dcf_buf_adds(out, "a time");
    else if (n->kinds == 1U << DCF_VALUE_BOOLEAN)
        dcf_buf_adds(out, "true or false");
    else if (dcf_shape_all(n, is_number))
        add_length(out, "a number", n, "digits");
    else if (is_code_list(n)) {
        dcf_buf_adds(out, "one of");
        for (size_t i = 0; i < n->value_count; i++)
            dcf_buf_printf(out, "%s %s", i ? "," : "", n->values[i]);
    } else
        add_length(out, "a text", n, "characters");
    if (n->texts) dcf_buf_printf(out, ", in %zu of %zu", n->texts, n->times);
}

/* --- codecs
 * ----------------------------------------------------------------------------------------- */

/* By the end of the canonical field's name. */
static const struct {
    const char *ending, *codec;
} BY_NAME[] = {
    {"urn", "urn"},
    {"asn", "asn"},
    {"pnc_id", "pnc"},
    {"cro_number", "cro"},
    {"ou_code", "ou"},
    {"email_1", "email"},
    {"email_2", "email"},
    {"fax", "phone"},
    {"_business", "phone"},
    {"_home", "phone"},
    {"telephone_mobile", "phone"},
};

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static bool is_word(const char *v, const char *const words[])
{
    for (size_t i = 0; words[i]; i++)
        if (strcasecmp(v, words[i]) == 0) return true;
    return false;
}

/* What is written for yes and for no; of a word in two pairs the first counts. */
static const char *const PAIRS[][2] = {{"yes", "no"}, {"true", "false"}, {"y", "n"},
                                       {"1", "0"},    {"t", "f"},        {"j", "n"}};

/* The pair a value is of, and its side: 0 is yes. */
static bool find_side(const char *value, size_t *ret_pair, unsigned *ret_side)
{
    for (size_t p = 0; p < sizeof PAIRS / sizeof PAIRS[0]; p++)
        for (unsigned side = 0; side < 2; side++)
            if (strcasecmp(value, PAIRS[p][side]) == 0) {
                *ret_pair = p;
                *ret_side = side;
                return true;
            }
    return false;
}

/* The word in capitals where the other has them: NO for YES, No for Yes. */
static const char *in_style(const char *word, const char *other, char out[8])
{
    size_t n = 0;
    for (; word[n] && n < 7; n++) {
        const bool capital = isupper((unsigned char)other[n > 0]);
        out[n] = (char)(capital ? toupper((unsigned char)word[n]) : word[n]);
    }
    out[n] = 0;
    return out;
}

/* {true: Y, false: N} of whatever pair the values are; false when they are no such pair. */
static bool yes_and_no(const dcf_shape_node *n, dcf_as *as)
{
    const char *seen[2] = {NULL, NULL};
    char unseen[8];
    size_t pair = 0;
    unsigned side = 0;
    for (size_t i = 0; i < n->value_count; i++) {
        if (!find_side(n->values[i], &pair, &side)) return false;
        seen[side] = n->values[i];
    }
    if (n->kinds == 1U << DCF_VALUE_BOOLEAN || !n->value_count) return true;
    if (!seen[!side]) seen[!side] = in_style(PAIRS[pair][!side], seen[side], unseen);
    snprintf(as->as, sizeof as->as, "{boolean: {\"true\": \"%s\", \"false\": \"%s\"}}", seen[0],
             seen[1]);
    return true;
}

/* The value's name without what all names of the enum begin with. */
static const char *short_name(const ProtobufCEnumDescriptor *e, unsigned i)
{
    size_t common = strlen(e->values[0].name);
    for (unsigned k = 1; k < e->n_values; k++) {
        size_t n = 0;
        while (n < common && e->values[k].name[n] == e->values[0].name[n]) n++;
        common = n;
    }
    while (common && e->values[0].name[common - 1] != '_') common--;
    return e->values[i].name + common;
}

/* PC for PRE_CHARGE, M for MALE, CH for CHARGED. */
static bool is_short_for(const char *text, size_t size, const char *name)
{
    char initials[8];
    size_t n = 0;
    for (const char *p = name; *p && n + 1 < sizeof initials; p++)
        if (p == name || p[-1] == '_') initials[n++] = *p;
    initials[n] = 0;
    return strcmp(initials, text) == 0 || strncmp(name, text, size) == 0;
}

/* Whether one begins with the other, strokes aside: PRECHARGE and PRE_CHARGE. */
static bool begin_alike(const char *a, const char *b)
{
    while (*a && *b) {
        if (*a == '_')
            a++;
        else if (*b == '_')
            b++;
        else if (*a++ != *b++)
            return false;
    }
    return true;
}

/* The enum's value a word may mean: the same word, or the only one it is short for. */
const char *dcf_scaffold_enum(const ProtobufCEnumDescriptor *e, const char *word)
{
    const char *found = NULL;
    char plain[64];
    size_t n = 0;
    for (const char *p = word; *p && n + 1 < sizeof plain; p++)
        plain[n++] = (char)(isalnum((unsigned char)*p) ? toupper((unsigned char)*p) : '_');
    plain[n] = 0;
    for (unsigned i = 1; i < e->n_values; i++) {
        const char *name = short_name(e, i);
        if (strcmp(name, plain) == 0 || strcmp(e->values[i].name, word) == 0)
            return e->values[i].name;
    }
    for (unsigned i = 1; i < e->n_values && n > 3; i++)
        if (begin_alike(short_name(e, i), plain)) return e->values[i].name;
    for (unsigned i = 1; i < e->n_values && n <= 3; i++)
        if (is_short_for(plain, n, short_name(e, i))) {
            if (found) return NULL;
            found = e->values[i].name;
        }
    return found;
}

/* The name of a table with these rows: one that is there, or the field's name with a number. */
static bool table_name(const char *codes, const char *field, const char *rows, char out[72])
{
    for (unsigned i = 1;; i++) {
        char start[96];
        snprintf(out, 72, i > 1 ? "%.60s_%u" : "%.60s", field, i);
        snprintf(start, sizeof start, "\n  %s: {", out);
        const char *there = strstr(codes, start);
        if (!there) return true;
        there += strlen(start);
        if (strncmp(there, rows, strlen(rows)) == 0 && there[strlen(rows)] == '}') return false;
    }
}

/* A code table of the leaf's values, named by the canonical field; a value that means nothing known
 * has no row yet. */
static dcf_status code_table(const dcf_shape_node *n, const dcf_target *t, dcf_buf *codes,
                             dcf_as *as)
{
    const ProtobufCEnumDescriptor *e = t->field->descriptor;
    dcf_buf rows DCF_CLEANUP(dcf_buf_fini) = {0};
    char name[72];
    for (size_t i = 0; i < n->value_count; i++) {
        const char *value = dcf_scaffold_enum(e, n->values[i]);
        if (!value) as->warn = true;
        if (!value) continue;
        if (rows.size) dcf_buf_adds(&rows, ", ");
        dcf_yaml_text(&rows, n->values[i]);
        dcf_buf_printf(&rows, ": %s", value);
    }
    const char *text = dcf_buf_cstr(&rows), *all = dcf_buf_cstr(codes);
    if (!text || !all) return DCF_ERR(NOMEM);
    if (table_name(all, t->field->name, text, name)) {
        dcf_buf_printf(codes, "  %s: {%s}  # guess: the values seen; there is also", name, text);
        for (unsigned i = 1; i < e->n_values; i++)
            if (!strstr(text, e->values[i].name)) dcf_buf_printf(codes, " %s", e->values[i].name);
        dcf_buf_addc(codes, '\n');
    }
    snprintf(as->as, sizeof as->as, "{code: %s}", name);
    as->remark = as->warn ? "the table lacks values that were seen" : "";
    return dcf_buf_status(codes);
}

static void as_moment(const dcf_shape_node *n, const char *name, dcf_as *as)
{
    const char *date = dcf_scaffold_date(n);
    if (ends_with(name, "_at") || strcmp(name, "sent_at") == 0) {
        if (dcf_shape_all(n, dcf_shape_is_datetime)) snprintf(as->as, sizeof as->as, "datetime");
    } else if (date) {
        if (strcmp(date, "YYYY-MM-DD") == 0)
            snprintf(as->as, sizeof as->as, "date");
        else
            snprintf(as->as, sizeof as->as, "{date: %s}", date);
    } else if (dcf_shape_all(n, is_time)) {
        bool minutes = n->longest == 5;
        snprintf(as->as, sizeof as->as, minutes ? "{time: \"HH:MM\"}" : "time");
    }
    if (!*as->as && n->texts) as->remark = "the values have no form a codec knows";
}

static bool is_moment(const char *name)
{
    return ends_with(name, "date") || ends_with(name, "_at") || ends_with(name, "_time") ||
           strcmp(name, "time") == 0;
}

static void as_text(const dcf_shape_node *n, const dcf_target *t, dcf_as *as)
{
    const char *name = t->field->name;
    if (is_moment(name)) as_moment(n, name, as);
    for (size_t i = 0; i < sizeof BY_NAME / sizeof BY_NAME[0]; i++)
        if (ends_with(name, BY_NAME[i].ending))
            snprintf(as->as, sizeof as->as, "%s", BY_NAME[i].codec);
    if (ends_with(t->path, "offences.code") ||
        (strcmp(t->path, "code") == 0 && dcf_shape_all(n, is_code) && n->shortest >= 7))
        snprintf(as->as, sizeof as->as, "offence");
    if (n->kinds == 1U << DCF_VALUE_NUMBER)
        snprintf(as->as, sizeof as->as, dcf_shape_all(n, is_integer) ? "integer" : "number");
    if (n->kinds == 1U << DCF_VALUE_BOOLEAN) snprintf(as->as, sizeof as->as, "boolean");
}

dcf_status dcf_scaffold_as(const dcf_shape_node *n, const dcf_target *t, dcf_buf *codes,
                           dcf_as *ret)
{
    dcf_as as = {.remark = ""};
    if (t->field->type == PROTOBUF_C_TYPE_ENUM)
        DCF_TRY(code_table(n, t, codes, &as));
    else if (t->field->type == PROTOBUF_C_TYPE_BOOL)
        (void)yes_and_no(n, &as);
    else if (t->field->type == PROTOBUF_C_TYPE_STRING)
        as_text(n, t, &as);
    *ret = as;
    return dcf_buf_status(codes);
}

void dcf_yaml_text(dcf_buf *out, const char *text)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no",
                                        "on",   "off",   "y",    "n",   NULL};
    bool plain = isalpha((unsigned char)*text) && !is_word(text, words);
    for (const char *p = text; *p; p++)
        plain = plain && (isalnum((unsigned char)*p) || strchr("_-./", *p));
    if (plain) {
        dcf_buf_adds(out, text);
        return;
    }
    dcf_buf_addc(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') dcf_buf_addc(out, '\\');
        if ((unsigned char)*p < 0x20)
            dcf_buf_printf(out, "\\x%02X", (unsigned)*p);
        else
            dcf_buf_addc(out, *p);
    }
    dcf_buf_addc(out, '"');
}
