/* codec.c - the table of codecs, and those for text, numbers, words and codes. */
#include "translate/codec.h"

#include "base/utf8.h"

dcf_codec_result dcf_codec_copy(dcf_arena *a, dcf_span text, const char **ret)
{
    char *copy = dcf_arena_str(a, text);
    if (!copy) return DCF_CODEC_NOMEM;
    *ret = copy;
    return DCF_CODEC_OK;
}

dcf_codec_result dcf_codec_keep(const dcf_codec_in *in, dcf_span part, const char **ret)
{
    if (!in->lasting || part.data + part.size != in->text.data + in->text.size)
        return dcf_codec_copy(in->arena, part, ret);
    *ret = (const char *)part.data;
    return DCF_CODEC_OK;
}

static bool space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static dcf_codec_result collapse(dcf_arena *a, dcf_span s, const char **ret)
{
    char *out = dcf_arena_str(a, s);
    if (!out) return DCF_CODEC_NOMEM;
    size_t n = 0;
    for (size_t i = 0; i < s.size; i++) {
        bool gap = space(s.data[i]);
        if (gap && (n == 0 || out[n - 1] == ' ')) continue;
        out[n++] = (char)(gap ? ' ' : s.data[i]);
    }
    out[n] = 0;
    *ret = out;
    return DCF_CODEC_OK;
}

static dcf_codec_result text_read(const dcf_codec_in *in, const char **ret)
{
    switch (in->use->space) {
    case DCF_SPACE_KEEP:
        return dcf_codec_keep(in, in->text, ret);
    case DCF_SPACE_TRIM:
        return dcf_codec_keep(in, dcf_span_trim(in->text), ret);
    default:
        return collapse(in->arena, dcf_span_trim(in->text), ret);
    }
}

/* Canonical text is native text. */
static dcf_codec_result same(const dcf_codec_in *in, const char **ret)
{
    return dcf_codec_copy(in->arena, in->text, ret);
}

static size_t digits(dcf_span s)
{
    size_t n = 0;
    while (n < s.size && s.data[n] >= '0' && s.data[n] <= '9') n++;
    return n;
}

static dcf_span skip(dcf_span s, size_t n)
{
    return dcf_span_of(s.data + n, s.size - n);
}

static dcf_codec_result integer_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    bool negative = s.size && s.data[0] == '-';
    if (negative || (s.size && s.data[0] == '+')) s = skip(s, 1);
    if (s.size == 0 || digits(s) != s.size) return DCF_CODEC_BAD;
    while (s.size > 1 && s.data[0] == '0') s = skip(s, 1);
    if (s.data[0] == '0') negative = false;
    if (!negative) return dcf_codec_copy(in->arena, s, ret);
    *ret = dcf_arena_printf(in->arena, "-%.*s", (int)s.size, (const char *)s.data);
    return *ret ? DCF_CODEC_OK : DCF_CODEC_NOMEM;
}

/* With an argument N, no fewer than N digits. */
static dcf_codec_result integer_write(const dcf_codec_in *in, const char **ret)
{
    dcf_codec_result result = integer_read(in, ret);
    size_t width = in->use->pattern ? (size_t)(*in->use->pattern - '0') : 0, size;
    if (result != DCF_CODEC_OK || **ret == '-' || (size = strlen(*ret)) >= width) return result;
    *ret = dcf_arena_printf(in->arena, "%.*s%s", (int)(width - size), "000000000", *ret);
    return *ret ? DCF_CODEC_OK : DCF_CODEC_NOMEM;
}

/* A JSON number without exponent. */
static dcf_codec_result number_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span all = dcf_span_trim(in->text), s = all;
    if (s.size && s.data[0] == '-') s = skip(s, 1);
    size_t n = digits(s);
    if (n == 0 || (n > 1 && s.data[0] == '0')) return DCF_CODEC_BAD;
    s = skip(s, n);
    if (s.size && (s.data[0] != '.' || s.size < 2 || digits(skip(s, 1)) != s.size - 1))
        return DCF_CODEC_BAD;
    return dcf_codec_copy(in->arena, all, ret);
}

static dcf_codec_result boolean_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    bool words = in->use->yes != NULL;
    bool yes = words ? dcf_span_eq_str(s, in->use->yes)
                     : dcf_span_eq_str(s, "true") || dcf_span_eq_str(s, "1");
    bool no = words ? dcf_span_eq_str(s, in->use->no)
                    : dcf_span_eq_str(s, "false") || dcf_span_eq_str(s, "0");
    if (!yes && !no) return DCF_CODEC_BAD;
    *ret = yes ? "true" : "false";
    return DCF_CODEC_OK;
}

static dcf_codec_result boolean_write(const dcf_codec_in *in, const char **ret)
{
    bool yes = dcf_span_eq_str(in->text, "true");
    if (!yes && !dcf_span_eq_str(in->text, "false")) return DCF_CODEC_BAD;
    *ret = in->use->yes ? (yes ? in->use->yes : in->use->no) : (yes ? "true" : "false");
    return DCF_CODEC_OK;
}

static dcf_codec_result code_read(const dcf_codec_in *in, const char **ret)
{
    const dcf_code_row *row = dcf_codes_read(in->use->codes, dcf_span_trim(in->text), in->day);
    if (!row) return DCF_CODEC_BAD;
    return dcf_codec_copy(in->arena, dcf_span_str(row->canonical), ret);
}

static dcf_codec_result code_write(const dcf_codec_in *in, const char **ret)
{
    char canonical[256];
    if (in->text.size >= sizeof canonical) return DCF_CODEC_BAD;
    memcpy(canonical, in->text.data, in->text.size);
    canonical[in->text.size] = 0;
    const dcf_code_row *row = dcf_codes_write(in->use->codes, canonical, in->day);
    if (!row) return DCF_CODEC_BAD;
    *ret = row->native;
    return DCF_CODEC_OK;
}

/* One word: an id that goes into headers and addresses. */
static dcf_codec_result token_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    for (size_t i = 0; i < s.size; i++)
        if (space(s.data[i])) return DCF_CODEC_BAD;
    return dcf_codec_keep(in, s, ret);
}

/* A boolean that says whether the word stands in a list. */
static dcf_codec_result flag_read(const dcf_codec_in *in, const char **ret)
{
    const char *value = NULL;
    dcf_codec_result result = boolean_read(in, &value);
    if (result == DCF_CODEC_OK) *ret = *value == 't' ? in->use->pattern : "";
    return result;
}

static dcf_codec_result flag_write(const dcf_codec_in *in, const char **ret)
{
    (void)in;
    *ret = "true";
    return DCF_CODEC_OK;
}

/* Names only: a number would be a value of a schema this program does not know. */
static dcf_codec_result enum_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    if (s.size == 0 || s.data[0] < 'A' || s.data[0] > 'Z') return DCF_CODEC_BAD;
    return dcf_codec_keep(in, s, ret);
}

void dcf_codec_split(const dcf_codec_use *use, dcf_span text, dcf_span *ret_left,
                     dcf_span *ret_right)
{
    dcf_span s = dcf_span_trim(text);
    size_t n = strlen(use->pattern);
    *ret_left = use->alone_first ? s : (dcf_span){0};
    *ret_right = use->alone_first ? (dcf_span){0} : s;
    for (size_t i = s.size; i-- > 0;)
        if (s.size - i >= n && memcmp(s.data + i, use->pattern, n) == 0) {
            *ret_left = dcf_span_of(s.data, i);
            *ret_right = skip(s, i + n);
            return;
        }
}

static const dcf_codec codecs[] = {
    {"text", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, false, NULL, text_read,
     same},
    {"date", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, false, "an xs:date offset",
     dcf_date_read, dcf_date_write},
    {"time", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, false,
     "zeros at the end of a fraction; missing seconds; local: fraction and offset", dcf_time_read,
     dcf_time_write},
    {"datetime", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, false,
     "zeros at the end of a fraction; missing seconds; zoned: a missing offset; a pattern: "
     "what it lacks; an offset, written in UK time",
     dcf_datetime_read, dcf_datetime_write},
    {"date_part", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, true,
     "an xs:date offset", dcf_date_part_read, dcf_date_part_write},
    {"time_part", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, true,
     "zeros at the end of a fraction; missing seconds", dcf_time_part_read, dcf_time_part_write},
    {"part", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, true,
     "spaces and slashes, and the top level of an ASN", dcf_part_read, dcf_part_write},
    {"integer", DCF_FOR_STRING | DCF_FOR_INTEGER, DCF_VALUE_NUMBER, DCF_FAULT_BAD_VALUE, false,
     false, "leading zeros and a plus sign", integer_read, integer_write},
    {"number", DCF_FOR_STRING, DCF_VALUE_NUMBER, DCF_FAULT_BAD_VALUE, false, false, NULL,
     number_read, number_read},
    {"boolean", DCF_FOR_STRING | DCF_FOR_BOOLEAN, DCF_VALUE_BOOLEAN, DCF_FAULT_BAD_VALUE, false,
     false, "1 and 0 are written as true and false", boolean_read, boolean_write},
    {"code", DCF_FOR_STRING | DCF_FOR_ENUM, DCF_VALUE_TEXT, DCF_FAULT_UNKNOWN_CODE, false, false,
     "a code is written in its first spelling; *: which code it was", code_read, code_write},
    {"enum", DCF_FOR_ENUM, DCF_VALUE_TEXT, DCF_FAULT_UNKNOWN_CODE, false, false, NULL, enum_read,
     same},
    {"urn", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_URN, true, false, "outer white space",
     dcf_urn_read, same},
    {"asn", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_ASN, true, false, "outer white space",
     dcf_asn_read, same},
    {"pnc", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_PNC_ID, true, false, "outer white space",
     dcf_pnc_read, same},
    {"cro", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_CRO, true, false, "outer white space",
     dcf_cro_read, same},
    {"offence", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_OFFENCE_CODE, true, false,
     "outer white space", dcf_offence_read, same},
    {"ou", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_OU_CODE, true, false, "outer white space",
     dcf_ou_read, same},
    {"email", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, true, false, "outer white space",
     dcf_email_read, same},
    {"phone", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, true, false, "outer white space",
     dcf_phone_read, same},
    {"token", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, false,
     "outer white space", token_read, same},
    {"upper", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, false,
     "outer white space", dcf_upper_read, dcf_upper_write},
    {"flag", DCF_FOR_STRING, DCF_VALUE_BOOLEAN, DCF_FAULT_BAD_VALUE, false, false,
     "false is written as nothing", flag_read, flag_write},
    {"join", DCF_FOR_STRING, DCF_VALUE_TEXT, DCF_FAULT_BAD_VALUE, false, false,
     "which word belongs to which field, when there are more than two", text_read, same},
};

enum { CODEC_COUNT = sizeof codecs / sizeof codecs[0] };

const dcf_codec *dcf_codec_all(size_t *ret_count)
{
    *ret_count = CODEC_COUNT;
    return codecs;
}

const dcf_codec *dcf_codec_find(const char *name)
{
    for (size_t i = 0; i < CODEC_COUNT; i++)
        if (strcmp(codecs[i].name, name) == 0) return &codecs[i];
    return NULL;
}
