/* record.c - a group with alternatives is kept as events until its discriminators tell which it is,
 * then played. */
#include "translate/reader.h"

static const dcf_node *group_of(const dcf_reader *r)
{
    return r->frames[r->record.frame].node;
}

bool dcf_record_start(dcf_reader *r)
{
    r->record = (dcf_record){.active = true, .frame = r->frame_count - 1};
    r->record.matched =
        dcf_arena_alloc(r->arena, group_of(r)->variant_count * sizeof *r->record.matched);
    r->record.seen = dcf_arena_alloc(r->arena, group_of(r)->variant_count * sizeof *r->record.seen);
    return (r->record.matched && r->record.seen) || dcf_reader_no_memory(r);
}

static bool copy_span(dcf_reader *r, dcf_span *s, dcf_span before)
{
    if (s->size == 0 ||
        (before.data && dcf_span_eq(*s, before))) { /* a namespace is mostly the one before */
        *s = before.size == s->size ? before : (dcf_span){0};
        return true;
    }
    s->data = (const uint8_t *)dcf_arena_str(r->arena, *s);
    return s->data || dcf_reader_no_memory(r);
}

static bool keep(dcf_reader *r, const dcf_event *e)
{
    dcf_record *k = &r->record;
    if (k->count == k->capacity) {
        size_t capacity = k->capacity ? k->capacity * 2 : 32;
        dcf_event *events = dcf_arena_grow(r->arena, k->events, k->count, capacity, sizeof *events);
        if (!events) return dcf_reader_no_memory(r);
        k->events = events;
        k->capacity = capacity;
    }
    dcf_event *copy = &k->events[k->count];
    dcf_span before = k->count ? copy[-1].ns : (dcf_span){0};
    *copy = *e;
    if (e->kind == DCF_EV_CLOSE || e->kind == DCF_EV_VALUE) copy->ns = before;
    k->count++;
    return copy_span(r, &copy->ns, before) && copy_span(r, &copy->local, (dcf_span){0}) &&
           copy_span(r, &copy->value, (dcf_span){0});
}

/* Plays the kept events into the group's frame, which is the top again; the present event is the
 * last of them. */
static bool play(dcf_reader *r, const dcf_variant *v, const dcf_event *e)
{
    dcf_record kept = r->record;
    r->record.active = false;
    while (r->frame_count > kept.frame + 1) dcf_reader_pop(r);
    if (!dcf_reader_choose(r, v, e)) return false;
    for (size_t i = 0; i < kept.count; i++)
        if (!dcf_reader_on(r, &kept.events[i])) return false;
    return true;
}

/* The path from the group to where the events stand. */
static const char *below_group(const dcf_reader *r, const dcf_event *e, char *buf, size_t size)
{
    size_t from =
        r->frame_count > r->record.frame + 1 ? r->frames[r->record.frame + 1].trail : r->trail.size;
    const char *path = r->trail.text + from;
    if (from && *path == '/') path++;
    if (e->kind != DCF_EV_ATTRIBUTE) return path;
    size_t n = strlen(path);
    if (n + e->local.size + 3 > size) return "";
    memcpy(buf, path, n);
    if (n) buf[n++] = '/';
    buf[n++] = '@';
    memcpy(buf + n, e->local.data, e->local.size);
    buf[n + e->local.size] = 0;
    return buf;
}

/* A value at the path, or for "*" anywhere below it: then the group is there. */
static bool concerns(const dcf_when *when, const char *path)
{
    size_t n = strlen(when->path);
    if (strncmp(when->path, path, n) != 0) return false;
    return path[n] == 0 || (path[n] == '/' && strcmp(when->value, "*") == 0);
}

/* Looks at the k-th condition of the i-th alternative; of several values at its path the first
 * counts. */
static void look(dcf_record *k, size_t i, size_t condition, const dcf_when *when, dcf_span value)
{
    uint32_t bit = 1U << condition;
    if (k->seen[i] & bit) return;
    k->seen[i] |= bit;
    if (strcmp(when->value, "*") == 0 || dcf_span_eq_str(value, when->value)) k->matched[i] |= bit;
}

/* Marks the conditions that this value fulfils; the alternative whose conditions all hold, if there
 * is one now. */
static const dcf_variant *decide(dcf_reader *r, const dcf_event *e)
{
    char buf[512];
    dcf_span value = dcf_span_trim(e->value);
    if (e->value_kind == DCF_VALUE_NULL || value.size == 0) return NULL;
    const dcf_node *group = group_of(r);
    const char *path = below_group(r, e, buf, sizeof buf);
    for (size_t i = 0; i < group->variant_count; i++) {
        const dcf_variant *v = group->variants[i];
        uint32_t all = v->when_count < 32 ? (1U << v->when_count) - 1 : UINT32_MAX;
        for (size_t k = 0; k < v->when_count && k < 32; k++)
            if (concerns(&v->whens[k], path)) look(&r->record, i, k, &v->whens[k], value);
        if (v->when_count && r->record.matched[i] == all) return v;
    }
    return NULL;
}

static const dcf_variant *fallback(const dcf_node *group)
{
    for (size_t i = 0; i < group->variant_count; i++)
        if (group->variants[i]->when_count == 0) return group->variants[i];
    return NULL;
}

bool dcf_record_message(dcf_reader *r)
{
    r->record = (dcf_record){.active = true};
    r->record.message = r->record.at = dcf_arena_alloc(r->arena, sizeof(dcf_tree));
    return r->record.message || dcf_reader_no_memory(r);
}

/* The message is whole: what it names goes where it is named, then it is read. */
static bool play_message(dcf_reader *r, const dcf_event *end)
{
    dcf_tree *message = r->record.message;
    r->record.active = false;
    dcf_join_context c = {
        .arena = r->arena, .faults = r->faults, .budget = r->parse.limits.values - r->parse.values};
    dcf_status s = dcf_joins_read(r->message->message->joins, &c, message);
    if (dcf_is(s, DCF_E_LIMIT))
        return dcf_parse_fail(&r->parse, DCF_FAULT_TOO_MANY, end->line, end->column,
                              "more values than the link allows, by references");
    if (dcf_failed(s)) return dcf_reader_no_memory(r);
    return dcf_tree_tell(message, (dcf_sink){dcf_reader_on, r}) && dcf_reader_on(r, end);
}

static bool keep_message(dcf_reader *r, const dcf_event *e)
{
    if (e->kind == DCF_EV_CLOSE && r->record.at == r->record.message) return play_message(r, e);
    return dcf_tree_take(r->arena, &r->record.at, e) || dcf_reader_no_memory(r);
}

bool dcf_record_event(dcf_reader *r, const dcf_event *e)
{
    if (r->record.message) return keep_message(r, e);
    bool end = e->kind == DCF_EV_CLOSE && r->frame_count == r->record.frame + 1;
    if (!keep(r, e)) return false;
    if (end) return play(r, fallback(group_of(r)), e);
    if (e->kind == DCF_EV_OPEN) return dcf_reader_push(r, NULL, e, DCF_SKIPPED, 0);
    if (e->kind == DCF_EV_CLOSE) {
        dcf_reader_pop(r);
        return true;
    }
    const dcf_variant *v = decide(r, e);
    return !v || play(r, v, e);
}
