/* generate_value.c - values for a row: canonical ones tried until the codec takes them both ways.
 */
#include "authoring/generator.h"
#include "base/utf8.h"

#include <stdio.h>

enum { TRIES = 12, TEXT_SIZE = 256 };

/* Whole characters, so that cutting at a length is seen to count them. */
static const char *const WORDS[] = {
    "Llŷr",    "Siân", "O'Neill", "Zoë",  "naïve", "Ŵyn",     "& <b>", "ﬁne", "\"x\"", "Ἀθήνα",
    "a\u0301", "日本", "🚓",       "line", "Smith", "Rowe-Ng", "5%",    "#1",  "A",     "z"};
enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0] };

static void words(dcf_generator *g, size_t max, char out[TEXT_SIZE])
{
    size_t limit = max && max < 60 ? max : 60, used = 0, length = 0;
    unsigned count = 1 + dcf_generate_below(g, 4);
    out[0] = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *word = WORDS[dcf_generate_below(g, WORD_COUNT)];
        size_t n = dcf_utf8_length(dcf_span_str(word)) + (i > 0);
        if (length + n > limit) continue;
        used += (size_t)snprintf(out + used, TEXT_SIZE - used, "%s%s", length ? " " : "", word);
        length += n;
    }
    if (!length || limit == 1)
        snprintf(out, TEXT_SIZE, "%c", 'A' + (char)dcf_generate_below(g, 26));
}

/* '0': a digit, 'A': a letter of a check or a code; the rest stands for itself. */
static void shaped(dcf_generator *g, const char *shape, char out[TEXT_SIZE])
{
    size_t n = 0;
    for (; shape[n] && n + 1 < TEXT_SIZE; n++) {
        out[n] = shape[n];
        if (shape[n] == '0') out[n] = (char)('0' + dcf_generate_below(g, 10));
        if (shape[n] == 'A') out[n] = (char)('A' + dcf_generate_below(g, 26));
    }
    out[n] = 0;
}

static void moment(dcf_generator *g, const char *form, char out[TEXT_SIZE])
{
    unsigned year = 1930 + dcf_generate_below(g, 96), month = 1 + dcf_generate_below(g, 12),
             day = 1 + dcf_generate_below(g, 28), hour = dcf_generate_below(g, 24),
             minute = dcf_generate_below(g, 60), second = dcf_generate_below(g, 60);
    if (strcmp(form, "date") == 0)
        snprintf(out, TEXT_SIZE, "%04u-%02u-%02u", year, month, day);
    else if (strcmp(form, "month") == 0)
        snprintf(out, TEXT_SIZE, "%04u-%02u", year, month);
    else if (strcmp(form, "year") == 0)
        snprintf(out, TEXT_SIZE, "%04u", year);
    else if (strcmp(form, "minute") == 0)
        snprintf(out, TEXT_SIZE, "%02u:%02u:00", hour, minute);
    else if (strcmp(form, "second") == 0)
        snprintf(out, TEXT_SIZE, "%02u:%02u:%02u", hour, minute, second);
    else
        snprintf(out, TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u%s", 2026, month, day, hour, minute,
                 second, form);
}

/* By codec: what its canonical values look like, tried from a random one onwards. */
static const struct {
    const char *codec, *forms[4];
    bool moment;
} FORMS[] = {
    {"date", {"date", "month", "year"}, true},
    {"time", {"second", "minute"}, true},
    {"datetime", {"Z", "+01:00", ""}, true},
    {"date_part", {"Z", ""}, true},
    {"time_part", {"Z", ""}, true},
    {"integer", {"7", "12", "400"}, false},
    {"number", {"0.5", "12", "400.25"}, false},
    {"boolean", {"true"}, false},
    {"urn", {"00AB0000026"}, false},
    {"asn", {"0000000000000000000A"}, false},
    {"pnc", {"2003/0000000A", "1979/0000000A"}, false},
    {"cro", {"000000/91A"}, false},
    {"offence", {"TH68000", "CJ88000A", "COML000"}, false},
    {"ou", {"A00AA00", "00AA00"}, false},
    {"email", {"a.0@example.org"}, false},
    {"phone", {"01632 960000", "+44 1632 960000"}, false},
    {"token", {"id-0000", "A0A0", "7"}, false},
};

/* What the value is by its form: the codec's name, or the identifier a part is of. */
static const char *form_of(const dcf_codec_use *use, char out[TEXT_SIZE])
{
    const char *name = strcmp(use->codec->name, "part") == 0 ? use->pattern : use->codec->name;
    snprintf(out, TEXT_SIZE, "%.*s", (int)strcspn(name, "."), name);
    return out;
}

static bool by_form(dcf_generator *g, const char *codec, unsigned attempt, char out[TEXT_SIZE])
{
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        if (strcmp(FORMS[i].codec, codec) != 0) continue;
        unsigned n = 1;
        while (n < 4 && FORMS[i].forms[n]) n++;
        const char *form = FORMS[i].forms[attempt % n];
        if (FORMS[i].moment)
            moment(g, form, out);
        else
            shaped(g, form, out);
        return true;
    }
    return false;
}

static void by_enum(dcf_generator *g, dcf_field *field, char out[TEXT_SIZE])
{
    const ProtobufCEnumDescriptor *e = field->descriptor;
    unsigned n = 1 + dcf_generate_below(g, e->n_values - 1); /* the first means absent */
    snprintf(out, TEXT_SIZE, "%s", e->values[e->n_values > 1 ? n : 0].name);
}

/* A canonical value that the row's codec may take. */
static void candidate(dcf_generator *g, const dcf_rule *r, unsigned attempt, char out[TEXT_SIZE])
{
    dcf_field *field = dcf_path_field(&r->path);
    const dcf_codes *codes = r->as.codes;
    char form[TEXT_SIZE];
    out[0] = 0;
    if (codes && codes->count)
        snprintf(out, TEXT_SIZE, "%s",
                 codes->rows[dcf_generate_below(g, (unsigned)codes->count)].canonical);
    else if (strcmp(r->as.codec->name, "flag") == 0)
        snprintf(out, TEXT_SIZE, "%s", r->as.pattern);
    else if (strcmp(r->as.codec->name, "enum") == 0)
        by_enum(g, field, out);
    else if (!by_form(g, form_of(&r->as, form), attempt, out))
        words(g, attempt > TRIES / 2 ? 1 : r->max, out); /* a letter goes everywhere */
}

/* A check letter is tried until it is the right one. */
static bool right_letter(dcf_generator *g, const dcf_rule *r, char text[TEXT_SIZE])
{
    size_t n = strlen(text);
    for (const char *letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";; letter++) {
        const char *ret = NULL;
        dcf_codec_in in = {
            .use = &r->as, .text = dcf_span_str(text), .old = "", .day = "", .arena = g->arena};
        if (r->as.codec->read(&in, &ret) == DCF_CODEC_OK) return true;
        if (!*letter) return false;
        text[n - 1] = *letter;
    }
}

/* Native text of a canonical value, when it comes back as that value; else NULL. */
static const char *both_ways(dcf_generator *g, const dcf_rule *r, const char *canonical)
{
    const char *native = NULL, *back = NULL;
    dcf_codec_in in = {
        .use = &r->as, .text = dcf_span_str(canonical), .old = "", .day = "", .arena = g->arena};
    if (r->as.codec->write(&in, &native) != DCF_CODEC_OK || !*native) return NULL;
    if (r->max && dcf_utf8_length(dcf_span_str(native)) > r->max) return NULL;
    in.text = dcf_span_str(native);
    if (g->d->format->refuses && g->d->format->refuses(g->d->settings, in.text)) return NULL;
    if (r->as.codec->partial) return native;
    if (r->as.codec->read(&in, &back) != DCF_CODEC_OK || strcmp(back, canonical) != 0) return NULL;
    return dcf_field_takes(g->arena, dcf_path_field(&r->path), back) ? native : NULL;
}

/* The first value of an enum and false stand for nothing. */
static bool says_nothing(dcf_field *f, const char *canonical)
{
    if (f->type == PROTOBUF_C_TYPE_BOOL) return strcmp(canonical, "true") != 0;
    if (f->type != PROTOBUF_C_TYPE_ENUM) return false;
    return strcmp(((const ProtobufCEnumDescriptor *)f->descriptor)->values[0].name, canonical) == 0;
}

static const char *joined(dcf_generator *g, unsigned scope, const dcf_rule *r)
{
    static const char *const LEFT[] = {"Anna", "John", "Mair"}, *const RIGHT[] = {"Rowe", "Ng"};
    const char *left = LEFT[dcf_generate_below(g, 3)], *right = RIGHT[dcf_generate_below(g, 2)];
    if (dcf_generate_known(g, scope, &r->path) || dcf_generate_known(g, scope, &r->second))
        return NULL;
    if (!dcf_generate_learn(g, scope, &r->path, left) ||
        !dcf_generate_learn(g, scope, &r->second, right))
        return NULL;
    return dcf_arena_printf(g->arena, "%s%s%s", left, r->as.pattern, right);
}

/* A list grows by every value; all else agrees with what is known. */
static bool grows(const dcf_rule *r)
{
    return dcf_field_repeated(dcf_path_field(&r->path)) && r->path.index < 0;
}

const char *dcf_generate_text(dcf_generator *g, unsigned scope, const dcf_rule *r)
{
    if (r->second.count) return joined(g, scope, r);
    const dcf_known *known = grows(r) ? NULL : dcf_generate_known(g, scope, &r->path);
    if (known && !known->must) return known->value ? both_ways(g, r, known->value) : NULL;
    for (unsigned i = 0; i < TRIES; i++) {
        char text[TEXT_SIZE];
        candidate(g, r, i, text);
        if (!*text || says_nothing(dcf_path_field(&r->path), text)) continue;
        if (r->as.codec->doubt && !right_letter(g, r, text)) continue;
        const char *canonical = dcf_arena_strdup(g->arena, text);
        const char *native = canonical ? both_ways(g, r, canonical) : NULL;
        if (!native) continue;
        if (!grows(r) && !dcf_generate_learn(g, scope, &r->path, canonical)) return NULL;
        if (r->also.count && !dcf_generate_known(g, scope, &r->also) &&
            !dcf_generate_learn(g, scope, &r->also, canonical))
            return NULL;
        return native;
    }
    return NULL;
}
