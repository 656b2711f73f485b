/* condition_eval.c - whether a condition holds for a message, and where it does not. */
#include "exchange/condition.h"

#include "base/clock.h"

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

static bool read_when(const char *text, int64_t *ret)
{
    char whole[DCF_TIME_TEXT_SIZE];
    if (strlen(text) == 10)
        snprintf(whole, sizeof whole, "%.10sT00:00:00Z", text);
    else
        snprintf(whole, sizeof whole, "%s", text);
    return dcf_ok(dcf_time_parse(whole, ret));
}

static bool value_fits(const dcf_condition *c, const ProtobufCFieldDescriptor *f, const void *value,
                       const dcf_facts *facts)
{
    int64_t when;
    switch (c->kind) {
    case DCF_WHEN_PRESENT:
    case DCF_WHEN_ABSENT:
        return is_present(f, value);
    case DCF_WHEN_AFTER_NOW:
        return read_when(*(char *const *)value, &when) && when > facts->now_ms;
    case DCF_WHEN_BEFORE_NOW:
        return read_when(*(char *const *)value, &when) && when < facts->now_ms;
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

/* Whether any value at the end of the path fits. */
static bool path_fits(const dcf_condition *c, const ProtobufCMessage *m, size_t depth,
                      const dcf_facts *facts)
{
    const ProtobufCFieldDescriptor *f = c->path[depth];
    const entries e = entries_of(f, m);
    for (size_t i = 0; i < e.count; i++) {
        const void *value = e.first + i * e.step;
        if (!c->path[depth + 1]) {
            if (value_fits(c, f, value, facts)) return true;
            continue;
        }
        const ProtobufCMessage *child = *(ProtobufCMessage *const *)value;
        if (child && path_fits(c, child, depth + 1, facts)) return true;
    }
    return false;
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
        return !path_fits(c, facts->body, 0, facts);
    default:
        return path_fits(c, facts->body, 0, facts);
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
    for (size_t i = 0; !c->text && i < c->count; i++) shared_path(c->children[i], first, out);
    if (!c->text) return;
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
    if (c->kind == DCF_WHEN_ALL) {
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
