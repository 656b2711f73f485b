/* condition_eval.c - whether a condition holds for a message, and where it does not. */
#include "exchange/condition.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { FIELD_TEXT_MAX = 256 };

/* --- values ------------------------------------------------------------- */

static bool is_present(const ProtobufCFieldDescriptor *f, const void *value)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return **(char *const *)value != '\0';
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)value != NULL;
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)value)->len != 0;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)value != 0;
    default: /* enum, bool and the 32-bit numbers: this schema has no others */
        return *(const int32_t *)value != 0;
    }
}

static bool is_listed(const dcf_condition *c, const ProtobufCFieldDescriptor *f, const void *value)
{
    for (size_t i = 0; i < c->count; i++)
        if (f->type == PROTOBUF_C_TYPE_ENUM ? *(const int *)value == c->numbers[i]
                                            : strcmp(*(char *const *)value, c->texts[i]) == 0)
            return true;
    return false;
}

bool dcf_when_parse(const char *text, dcf_when *ret)
{
    dcf_when w = {0};
    w.is_day = dcf_day_parse(text, &w.day);
    if (w.is_day)
        w.ms = dcf_day_ms(w.day, 0);
    else if (dcf_ok(dcf_time_parse(text, &w.ms)))
        w.day = dcf_day_at(w.ms);
    else
        return false;
    *ret = w;
    return true;
}

/* What the value is compared with; false: the message does not tell. */
static bool moment_of(const dcf_moment *m, const dcf_facts *facts, dcf_when *ret)
{
    dcf_when w = {.day = dcf_day_at(facts->now_ms), .ms = facts->now_ms};
    if (m->is_date) w = (dcf_when){true, m->date, dcf_day_ms(m->date, 0)};
    if (m->path[0] && !dcf_when_parse(dcf_path_text(m->path, facts->body), &w)) return false;
    if (m->add.count) {
        w.ms = dcf_moment_add(NULL, w.ms, m->add, NULL);
        w.day = dcf_day_at(w.ms);
        w.is_day = w.is_day && !dcf_period_is_time(m->add);
    }
    *ret = w;
    return true;
}

static bool is_on_that_side(const dcf_condition *c, const char *text, const dcf_facts *facts)
{
    dcf_when a, b;
    if (!dcf_when_parse(text, &a) || !moment_of(c->moment, facts, &b)) return false;
    int64_t gap = a.is_day || b.is_day ? (int64_t)a.day - b.day : a.ms - b.ms;
    return c->kind == DCF_WHEN_AFTER ? gap > 0 : gap < 0;
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c);
}

/* Whole words, of which the last may be a plural: CAD is in "two CADs", not in "academy", "cadet".
 */
static bool has_word(const char *text, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word)) {
        const char *end = at + size + (at[size] == 's');
        if ((at == text || !is_letter(at[-1])) && (!is_letter(at[size]) || !is_letter(*end)))
            return true;
    }
    return false;
}

static bool holds_a_word(const dcf_condition *c, const char *text)
{
    for (size_t i = 0; i < c->count; i++)
        if (has_word(text, c->texts[i])) return true;
    return false;
}

static bool value_fits(const dcf_condition *c, const ProtobufCFieldDescriptor *f, const void *value,
                       const dcf_facts *facts)
{
    switch (c->kind) {
    case DCF_WHEN_PRESENT:
    case DCF_WHEN_ABSENT:
        return is_present(f, value);
    case DCF_WHEN_AFTER:
    case DCF_WHEN_BEFORE:
        return is_on_that_side(c, *(char *const *)value, facts);
    case DCF_WHEN_CONTAINS:
        return holds_a_word(c, *(char *const *)value);
    default:
        return is_listed(c, f, value);
    }
}

/* --- walking a path ----------------------------------------------------- */

typedef struct entries { /* the values of one field of one message */
    const uint8_t *first;
    size_t count, step;
} entries;

static entries entries_of(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *m)
{
    const uint8_t *at = (const uint8_t *)m + f->offset;
    if (f->label != PROTOBUF_C_LABEL_REPEATED) return (entries){at, 1, 0};
    size_t count = *(const size_t *)(const void *)((const uint8_t *)m + f->quantifier_offset);
    return (entries){*(const uint8_t *const *)(const void *)at, count,
                     f->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *)};
}

bool dcf_path_each(const ProtobufCFieldDescriptor *const path[], const ProtobufCMessage *m,
                   dcf_path_visit *each, void *ctx)
{
    const entries e = entries_of(path[0], m);
    for (size_t i = 0; i < e.count; i++) {
        const void *value = e.first + i * e.step;
        if (!path[1]) {
            if (!each(ctx, path[0], value)) return false;
            continue;
        }
        const ProtobufCMessage *child = *(ProtobufCMessage *const *)value;
        if (child && !dcf_path_each(path + 1, child, each, ctx)) return false;
    }
    return true;
}

static bool take_text(void *ctx, const ProtobufCFieldDescriptor *f, const void *value)
{
    if (f->type != PROTOBUF_C_TYPE_STRING || !is_present(f, value)) return true;
    *(const char **)ctx = *(char *const *)value;
    return false;
}

const char *dcf_path_text(const ProtobufCFieldDescriptor *const path[], const ProtobufCMessage *m)
{
    const char *text = "";
    (void)dcf_path_each(path, m, take_text, &text);
    return text;
}

typedef struct question {
    const dcf_condition *c;
    const dcf_facts *facts;
} question;

static bool go_on_until_fits(void *ctx, const ProtobufCFieldDescriptor *f, const void *value)
{
    const question *q = ctx;
    return !value_fits(q->c, f, value, q->facts);
}

/* Whether any value at the end of the path fits. */
static bool path_fits(const dcf_condition *c, const dcf_facts *facts)
{
    return !dcf_path_each(c->path, facts->body, go_on_until_fits, &(question){c, facts});
}

/* Every entry of the list at the end of the path, until visit says stop. place is the entry's own
 * path. */
typedef struct visit {
    const dcf_condition *c;
    const dcf_facts *facts;
    bool (*each)(const struct visit *v, const ProtobufCMessage *entry, const char *place);
    dcf_condition_miss *miss;
    void *ctx;
} visit;

static bool walk(const visit *v, const ProtobufCMessage *m, size_t depth, const char *place)
{
    const ProtobufCFieldDescriptor *f = v->c->path[depth];
    const entries e = entries_of(f, m);
    for (size_t i = 0; i < e.count; i++) {
        const ProtobufCMessage *child =
            *(ProtobufCMessage *const *)(const void *)(e.first + i * e.step);
        char at[FIELD_TEXT_MAX];
        if (!child) continue;
        snprintf(at, sizeof at, f->label == PROTOBUF_C_LABEL_REPEATED ? "%s%s[%zu]." : "%s%s.",
                 place, f->name, i);
        if (!(v->c->path[depth + 1] ? walk(v, child, depth + 1, at) : v->each(v, child, at)))
            return false;
    }
    return true;
}

static bool entry_holds(const dcf_condition *c, const dcf_facts *facts,
                        const ProtobufCMessage *entry)
{
    const dcf_facts inner = {entry, facts->of_case, facts->now_ms};
    bool meant = dcf_condition_holds(c->children[0], &inner);
    if (c->kind == DCF_WHEN_SOME) return meant && dcf_condition_holds(c->children[1], &inner);
    return !meant || dcf_condition_holds(c->children[1], &inner);
}

static bool go_on_while_holds(const visit *v, const ProtobufCMessage *entry, const char *place)
{
    (void)place;
    return entry_holds(v->c, v->facts, entry);
}

static bool go_on_until_holds(const visit *v, const ProtobufCMessage *entry, const char *place)
{
    (void)place;
    return !entry_holds(v->c, v->facts, entry);
}

static uint64_t count_of(const dcf_condition *c, const ProtobufCMessage *m, size_t depth)
{
    const ProtobufCFieldDescriptor *f = c->path[depth];
    const entries e = entries_of(f, m);
    if (!c->path[depth + 1])
        return f->label == PROTOBUF_C_LABEL_REPEATED ? e.count : is_present(f, e.first);
    uint64_t sum = 0;
    for (size_t i = 0; i < e.count; i++) {
        const ProtobufCMessage *child =
            *(ProtobufCMessage *const *)(const void *)(e.first + i * e.step);
        if (child) sum += count_of(c, child, depth + 1);
    }
    return sum;
}

/* --- holding ------------------------------------------------------------ */

static size_t children_holding(const dcf_condition *c, const dcf_facts *facts)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++) n += dcf_condition_holds(c->children[i], facts);
    return n;
}

static bool counted(const dcf_condition *c, const dcf_facts *facts)
{
    uint64_t n = count_of(c, facts->body, 0);
    return n >= c->at_least && n <= c->at_most;
}

bool dcf_condition_holds(const dcf_condition *c, const dcf_facts *facts)
{
    if (!c) return true;
    switch (c->kind) {
    case DCF_WHEN_ALL:
    case DCF_WHEN_TERM:
        return children_holding(c, facts) == c->count;
    case DCF_WHEN_ANY:
        return children_holding(c, facts) > 0;
    case DCF_WHEN_NONE:
        return children_holding(c, facts) == 0;
    case DCF_WHEN_EVERY:
        return walk(&(visit){.c = c, .facts = facts, .each = go_on_while_holds}, facts->body, 0,
                    "");
    case DCF_WHEN_SOME:
        return !walk(&(visit){.c = c, .facts = facts, .each = go_on_until_holds}, facts->body, 0,
                     "");
    case DCF_WHEN_CASE:
        return dcf_condition_holds(
            c->children[0], &(dcf_facts){&facts->of_case->base, facts->of_case, facts->now_ms});
    case DCF_WHEN_COUNT:
        return counted(c, facts);
    case DCF_WHEN_ABSENT:
    case DCF_WHEN_NOT_IN:
        return !path_fits(c, facts);
    default:
        return path_fits(c, facts);
    }
}

/* --- telling ------------------------------------------------------------ */

static void tell(const dcf_condition *c, const dcf_facts *facts, const char *place,
                 dcf_condition_miss *miss, void *ctx);

static bool tell_entry(const visit *v, const ProtobufCMessage *entry, const char *place)
{
    if (!entry_holds(v->c, v->facts, entry))
        tell(v->c->children[1], &(dcf_facts){entry, v->facts->of_case, v->facts->now_ms}, place,
             v->miss, v->ctx);
    return true;
}

/* What the paths of two leaves share, in whole names. */
static void cut_to_shared(char *out, const char *other)
{
    size_t same = 0, end = 0;
    for (; out[same] && out[same] == other[same]; same++)
        if (out[same] == '.') end = same;
    bool whole = (!out[same] || out[same] == '.') && (!other[same] || other[same] == '.');
    out[whole ? same : end] = '\0';
}

static void shared_path(const dcf_condition *c, bool *first, char out[FIELD_TEXT_MAX])
{
    bool is_path = c->text && c->kind != DCF_WHEN_TERM;
    for (size_t i = 0; !is_path && i < c->count; i++) shared_path(c->children[i], first, out);
    if (!is_path) return;
    if (*first)
        snprintf(out, FIELD_TEXT_MAX, "%s", c->text);
    else
        cut_to_shared(out, c->text);
    *first = false;
}

static void tell_one(const dcf_condition *c, const char *place, dcf_condition_miss *miss, void *ctx)
{
    char path[FIELD_TEXT_MAX] = "", field[2 * FIELD_TEXT_MAX];
    bool first = true;
    shared_path(c, &first, path);
    snprintf(field, sizeof field, "%s%s", place, path);
    size_t size = strlen(field);
    if (size && field[size - 1] == '.') field[size - 1] = '\0';
    miss(ctx, field);
}

static void tell(const dcf_condition *c, const dcf_facts *facts, const char *place,
                 dcf_condition_miss *miss, void *ctx)
{
    if (dcf_condition_holds(c, facts)) return;
    if (c->kind == DCF_WHEN_ALL || c->kind == DCF_WHEN_TERM) {
        for (size_t i = 0; i < c->count; i++) tell(c->children[i], facts, place, miss, ctx);
    } else if (c->kind == DCF_WHEN_EVERY) {
        char at[FIELD_TEXT_MAX];
        snprintf(at, sizeof at, "%s", place);
        walk(&(visit){c, facts, tell_entry, miss, ctx}, facts->body, 0, at);
    } else {
        tell_one(c, place, miss, ctx);
    }
}

void dcf_condition_tell(const dcf_condition *c, const dcf_facts *facts, dcf_condition_miss *miss,
                        void *ctx)
{
    if (c) tell(c, facts, "", miss, ctx);
}
