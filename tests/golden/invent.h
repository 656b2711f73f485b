/*
 * invent.h - canonical messages made up from their descriptors: every field of every
 * type, several of each, at the lengths a mapping states, in many scripts. What a
 * field may hold is what the mapping's codec for it takes; a field the mapping does
 * not have gets plain text. The same seed makes the same message.
 *
 * A message lives in the arena. Test code: no memory ends the program.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_INVENT_H
#define DCF_TESTS_INVENT_H

#include "golden.h"

#include "base/utf8.h"
#include "dcf/v1/envelope.pb-c.h"
#include "model/ids.h"
#include "translate/inspect.h"
#include "translate/mapping.h"

enum { INVENT_HINTS = 4000, INVENT_TEXT = 70000, INVENT_DEPTH = 8 };

/* What one message of a dialect says of a canonical field. */
typedef struct invent_hint {
    const char *field, *codec, *argument, *also, *otherwise, *fallback;
    const dcf_codes *codes;
    size_t max;
    bool required, list, read, write;
    const char *loss;
} invent_hint;

typedef struct inventor {
    dcf_arena *arena;
    uint64_t random;
    unsigned percent; /* of the fields that are filled */
    bool both;        /* now and then a person and an organisation in one place */
    bool full;        /* every text is as long as it may be, within reason */
    bool narrow;      /* the format has no more than windows-1252 */
    const char *message;
    invent_hint *hints;
    size_t hint_count;
} inventor;

static inline unsigned invent_below(inventor *v, unsigned n)
{
    v->random = v->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(v->random >> 33) % n;
}

static inline bool invent_hear(void *self, const dcf_inspect_rule *r)
{
    inventor *v = self;
    if (strcmp(r->message, v->message) != 0 || r->constant || r->drop || !r->canonical[0])
        return true;
    const char *fields[] = {r->canonical, r->second};
    for (size_t i = 0; i < 2 && *fields[i] && v->hint_count < INVENT_HINTS; i++) {
        char *field = dcf_arena_strdup(v->arena, fields[i]);
        char *index = strchr(field, '[');
        if (index) *index = 0;
        v->hints[v->hint_count++] = (invent_hint){.field = field,
                                                  .codec = r->codec,
                                                  .argument = r->argument,
                                                  .also = r->also,
                                                  .fallback = r->fallback,
                                                  .otherwise = r->otherwise,
                                                  .codes = r->codes,
                                                  .max = r->truncate ? 0 : r->max,
                                                  .required = r->required_write,
                                                  .list = r->group,
                                                  .read = r->read,
                                                  .write = r->write,
                                                  .loss = r->loss};
    }
    return true;
}

static inline void invent_init(inventor *v, dcf_arena *arena, uint64_t seed)
{
    *v = (inventor){.arena = arena, .random = seed * 2654435761u + 7};
    v->hints = dcf_arena_alloc(arena, INVENT_HINTS * sizeof *v->hints);
}

/* What is invented from now on can be said in this message too. */
static inline void invent_for_message(inventor *v, const dcf_dialect *d, const char *message)
{
    v->message = message;
    v->narrow =
        v->narrow || (d->format->refuses && d->format->refuses(d->settings, dcf_span_str("日本")));
    dcf_inspect_rules(d, invent_hear, v);
}

/* The hint a value has to satisfy: of several rows the one that asks for most. */
static inline const invent_hint *invent_hint_of(const inventor *v, const char *field)
{
    const invent_hint *best = NULL;
    for (size_t i = 0; i < v->hint_count; i++) {
        const invent_hint *h = &v->hints[i];
        if (strcmp(h->field, field) != 0 || !h->write) continue;
        bool weak = best && (best->codes || strcmp(h->codec, "text") == 0 ||
                             (strcmp(best->codec, "text") != 0 && !h->codes));
        if (!weak) best = h;
    }
    return best;
}

/* The longest text that every row of the field holds; 0: any. */
static inline size_t invent_max(const inventor *v, const char *field)
{
    size_t max = 0;
    for (size_t i = 0; i < v->hint_count; i++)
        if (strcmp(v->hints[i].field, field) == 0 && v->hints[i].max &&
            (!max || v->hints[i].max < max))
            max = v->hints[i].max;
    return max;
}

static inline bool invent_required(const inventor *v, const char *field)
{
    for (size_t i = 0; i < v->hint_count; i++)
        if (strcmp(v->hints[i].field, field) == 0 && v->hints[i].required) return true;
    return false;
}

/* --- values --------------------------------------------------------------------------------- */

/* Words of a length in characters; every one is written by XML, JSON and a wide CSV alike. */
static inline const char *invent_words(inventor *v, size_t length)
{
    static const char *const wide[] = {"Llŷr", "Siân",  "O'Neill", "Zoë",      "Ŵyn",    "& <b>",
                                       "ﬁne",  "\"x\"", "Ἀθήνα",   "a\u0301b", "日本",   "🚓",
                                       "5%",   "#1",    "]]>",     "\\n",      "Rowe-Ng"};
    static const char *const plain[] = {"Siân", "O'Neill", "Zoë",   "& <b>",  "\"x\"",
                                        "5%",   "#1",      "a;b,c", "Rowe-Ng"};
    char *out = dcf_arena_alloc(v->arena, 4 * length + 64);
    size_t used = 0, have = 0;
    while (have < length) {
        const char *word = v->narrow ? plain[invent_below(v, sizeof plain / sizeof *plain)]
                                     : wide[invent_below(v, sizeof wide / sizeof *wide)];
        size_t n = dcf_utf8_length(dcf_span_str(word)) + (have > 0);
        if (have + n > length) {
            out[used++] = 'z';
            have++;
        } else {
            used += (size_t)sprintf(out + used, "%s%s", have ? " " : "", word);
            have += n;
        }
    }
    out[used] = 0;
    return out;
}

static inline const char *invent_text(inventor *v, size_t max)
{
    size_t most = max && max < INVENT_TEXT ? max : 40;
    bool full = max && (invent_below(v, 6) == 0 || max < 4 || (v->full && max <= 2000));
    return invent_words(v, full ? most : 1 + invent_below(v, most < 40 ? (unsigned)most : 40));
}

/* The check letter that is right for the rest. */
static inline const char *invent_asn(inventor *v)
{
    dcf_asn asn;
    char text[32];
    snprintf(text, sizeof text, "%02u42AA01%011uA", invent_below(v, 100),
             invent_below(v, 2000000000));
    if (dcf_asn_parse(dcf_span_str(text), &asn) == DCF_ID_BAD_FORM) return "";
    asn.text[19] = asn.computed;
    return dcf_arena_strdup(v->arena, asn.text);
}

static inline const char *invent_pnc(inventor *v)
{
    dcf_pnc pnc;
    char text[32];
    snprintf(text, sizeof text, "%04u/%07uA", 1940 + invent_below(v, 85), invent_below(v, 9999999));
    if (dcf_pnc_parse(dcf_span_str(text), &pnc) == DCF_ID_BAD_FORM) return "";
    pnc.text[12] = pnc.computed;
    return dcf_arena_strdup(v->arena, pnc.text);
}

static inline const char *invent_cro(inventor *v)
{
    dcf_cro cro;
    char text[32];
    snprintf(text, sizeof text, "%06u/%02uA", invent_below(v, 999999), invent_below(v, 99));
    if (dcf_cro_parse(dcf_span_str(text), &cro) == DCF_ID_BAD_FORM) return "";
    cro.text[9] = cro.computed;
    return dcf_arena_strdup(v->arena, cro.text);
}

static inline const char *invent_moment(inventor *v, const invent_hint *h)
{
    unsigned year = 1935 + invent_below(v, 95), month = 1 + invent_below(v, 12),
             day = 1 + invent_below(v, 28), hour = invent_below(v, 24),
             minute = invent_below(v, 60), second = invent_below(v, 60);
    static const char *const ends[] = {"Z", "+01:00", ".25Z", "-00:30"};
    const char *argument = h->argument ? h->argument : "", *end = ends[invent_below(v, 4)];
    if (strcmp(h->codec, "date") == 0) {
        bool no_day = *argument && !strstr(argument, "DD"),
             no_month = *argument && !strstr(argument, "MM");
        return no_month ? dcf_arena_printf(v->arena, "%04u", year)
               : no_day ? dcf_arena_printf(v->arena, "%04u-%02u", year, month)
                        : dcf_arena_printf(v->arena, "%04u-%02u-%02u", year, month, day);
    }
    if (strcmp(h->codec, "time") == 0) {
        bool minutes = strcmp(argument, "HH:MM") == 0;
        return dcf_arena_printf(v->arena, "%02u:%02u:%02u%s", hour, minute, minutes ? 0 : second,
                                minutes              ? ""
                                : invent_below(v, 2) ? end
                                                     : "");
    }
    return dcf_arena_printf(v->arena, "%04u-%02u-%02uT%02u:%02u:%02u%s", year, month, day, hour,
                            minute, second, end);
}

static inline const char *invent_identifier(inventor *v, const char *kind)
{
    static const char *const offences[] = {"TH68001", "CJ88116A", "COML004", "OF61102"};
    if (strncmp(kind, "urn", 3) == 0)
        return dcf_arena_printf(v->arena, "42AB%05u26%s", invent_below(v, 99999),
                                invent_below(v, 5) ? "" : "/2");
    if (strncmp(kind, "asn", 3) == 0) return invent_asn(v);
    if (strncmp(kind, "pnc", 3) == 0) return invent_pnc(v);
    if (strncmp(kind, "cro", 3) == 0) return invent_cro(v);
    if (strncmp(kind, "offence", 7) == 0) return offences[invent_below(v, 4)];
    return NULL;
}

static inline bool invent_is_code(const dcf_codes *codes, const char *canonical)
{
    for (size_t i = 0; i < codes->count; i++)
        if (strcmp(codes->rows[i].canonical, canonical) == 0) return true;
    return false;
}

/* Every table of the field has the code. */
static inline bool invent_all_have(const inventor *v, const char *field, const char *canonical)
{
    for (size_t i = 0; i < v->hint_count; i++) {
        const invent_hint *h = &v->hints[i];
        if (h->codes && strcmp(h->field, field) == 0 && !invent_is_code(h->codes, canonical))
            return false;
    }
    return true;
}

static inline const char *invent_code(inventor *v, const dcf_codes *codes, const char *field,
                                      size_t max)
{
    for (unsigned i = 0; i < 50; i++) {
        const dcf_code_row *row = &codes->rows[invent_below(v, (unsigned)codes->count)];
        if (strcmp(row->canonical, "*") != 0 && *row->native && !*row->from && !*row->to &&
            invent_all_have(v, field, row->canonical) && (!max || strlen(row->canonical) <= max))
            return row->canonical;
    }
    return "";
}

/* A value that the row of the field takes; words: it is no name of an enum. */
static inline const char *invent_for(inventor *v, const invent_hint *h, size_t max, bool words)
{
    if (!h) return invent_text(v, 0);
    const char *c = h->codec, *id = invent_identifier(v, strcmp(c, "part") == 0 ? h->argument : c);
    if (id) return id;
    if (h->codes) {
        const char *code = invent_code(v, h->codes, h->field, words ? max : 0);
        return *code || !words ? code : invent_text(v, max);
    }
    if (strcmp(c, "date") == 0 || strncmp(c, "time", 4) == 0 || strcmp(c, "datetime") == 0 ||
        strcmp(c, "date_part") == 0)
        return invent_moment(v, h);
    if (strcmp(c, "integer") == 0 || strcmp(c, "number") == 0)
        return dcf_arena_printf(v->arena, "%u", 1 + invent_below(v, max == 1 ? 9 : 99));
    if (strcmp(c, "ou") == 0) return invent_below(v, 2) ? "B01EF01" : "42AB00";
    if (strcmp(c, "upper") == 0)
        return dcf_arena_printf(v->arena, "%s-%u", invent_below(v, 2) ? "Ab~d" : "P_2",
                                invent_below(v, 9999));
    if (strcmp(c, "email") == 0) return "zoë.ng@example.org";
    if (strcmp(c, "phone") == 0) return "+44 1632 960117";
    if (strcmp(c, "token") == 0) return dcf_arena_printf(v->arena, "id-%u", invent_below(v, 9999));
    if (strcmp(c, "boolean") == 0) return "true";
    if (strcmp(c, "join") == 0) return invent_below(v, 2) ? "Mair" : "Rowe-Ng";
    return invent_text(v, max);
}

/* The n-th word that has a row of its own in a list; NULL past the last. SIZE_MAX: any. */
static inline const char *invent_flag(const inventor *v, const char *field, size_t n)
{
    for (size_t i = 0; i < v->hint_count; i++)
        if (strcmp(v->hints[i].field, field) == 0 && strcmp(v->hints[i].codec, "flag") == 0 &&
            (n == SIZE_MAX || n-- == 0))
            return v->hints[i].argument;
    return NULL;
}

/* --- messages --------------------------------------------------------------------------------- */

static inline size_t invent_count(inventor *v, dcf_field *f, const char *path, int depth)
{
    bool name = strcmp(f->name, "name") == 0 && !dcf_field_message(f); /* tells what it is */
    bool must = name || invent_required(v, path) || v->percent == 100;
    if (!must && invent_below(v, 100) >= v->percent) return 0;
    if (!dcf_field_repeated(f)) return 1;
    if (invent_flag(v, path, SIZE_MAX)) return 1 + invent_below(v, 3);
    return 1 + invent_below(v, depth > 1 ? 2 : 3);
}

static inline void invent_scalar(inventor *v, ProtobufCMessage *m, dcf_field *f, const char *path,
                                 size_t i)
{
    const char *value = NULL;
    const invent_hint *h = invent_hint_of(v, path);
    if (f->type == PROTOBUF_C_TYPE_ENUM && !(h && h->codes)) {
        const ProtobufCEnumDescriptor *e = f->descriptor;
        value = e->values[1 + invent_below(v, e->n_values - 1)].name;
    } else if (f->type == PROTOBUF_C_TYPE_BOOL) {
        value = "true";
    } else if (f->type == PROTOBUF_C_TYPE_UINT32 || f->type == PROTOBUF_C_TYPE_UINT64) {
        value = dcf_arena_printf(v->arena, "%u", 1 + invent_below(v, 1000000));
    } else if (invent_flag(v, path, SIZE_MAX)) {
        value = invent_flag(v, path, i);
    } else {
        value = invent_for(v, h, invent_max(v, path), f->type == PROTOBUF_C_TYPE_STRING);
    }
    if (value && *value && dcf_failed(dcf_field_set_text(v->arena, m, f, i, value)))
        CU_FAIL("an invented value does not fit its field");
}

/* Of a person and an organisation side by side one is meant, with what belongs to it. */
static inline bool invent_leaves_out(dcf_field *f, unsigned which)
{
    static const char *const persons[] = {"person", "parent_guardian", "driver"};
    if (which < 5) return strcmp(f->name, "organisation") == 0;
    for (size_t i = 0; which < 9 && i < sizeof persons / sizeof *persons; i++)
        if (strcmp(f->name, persons[i]) == 0) return true;
    return false;
}

static inline void invent_message(inventor *v, ProtobufCMessage *m, const char *scope, int depth)
{
    bool choice = dcf_field_find(m->descriptor, "organisation", 12) &&
                  dcf_field_find(m->descriptor, "person", 6);
    unsigned which = invent_below(v, v->both ? 10 : 9);
    for (unsigned i = 0; depth < INVENT_DEPTH && i < m->descriptor->n_fields; i++) {
        dcf_field *f = &m->descriptor->fields[i];
        char path[512];
        snprintf(path, sizeof path, "%s%s%s", scope, *scope ? "." : "", f->name);
        if ((choice && invent_leaves_out(f, which)) || dcf_field_count(m, f)) continue;
        size_t n = invent_count(v, f, path, depth);
        for (size_t k = 0; k < n; k++) {
            if (!dcf_field_message(f))
                invent_scalar(v, m, f, path, k);
            else
                invent_message(v, dcf_field_make_message(v->arena, m, f), path, depth + 1);
        }
    }
}

#endif
