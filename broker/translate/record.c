/* record.c - a group with alternatives is kept as events until its discriminators tell which it is,
 * then played. */
#include "translate/reader.h"

static const dcf_node *group_of(const dcf_reader *r)
{
    return r->frames[r->record.frame].node;
}

bool dcf_record_start(dcf_reader *r)
{
    r->record = (dcf_record){.active = true, .frame = r->frame_count - 1, .trail = r->trail.size};
    size_t count = group_of(r)->variant_count;
    r->record.matched = dcf_arena_alloc(r->arena, 2 * count * sizeof *r->record.matched);
    r->record.seen = r->record.matched + count;
    return r->record.matched || dcf_reader_no_memory(r);
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
    if (e->lasting) return copy_span(r, &copy->ns, before);
    copy->lasting = true;
    return copy_span(r, &copy->ns, before) && copy_span(r, &copy->local, (dcf_span){0}) &&
           copy_span(r, &copy->value, (dcf_span){0});
}

/* OPEN, VALUE and CLOSE of one element or member. */
static bool is_leaf(const dcf_event *e, size_t count)
{
    return count >= 3 && e[0].kind == DCF_EV_OPEN && e[1].kind == DCF_EV_VALUE &&
           e[2].kind == DCF_EV_CLOSE;
}

/* Plays the kept events into the group's frame, which is the top again. */
static bool play(dcf_reader *r, const dcf_variant *v, const dcf_event *e)
{
    dcf_record kept = r->record;
    r->record.active = false;
    while (r->frame_count > kept.frame + 1) dcf_reader_pop(r);
    if (!dcf_reader_choose(r, v, e)) return false;
    for (size_t i = 0; i < kept.count; i++) {
        const dcf_event *k = &kept.events[i];
        bool leaf = r->parse.leaf && is_leaf(k, kept.count - i);
        if (leaf ? !dcf_reader_leaf(r, k, k + 1) : !dcf_reader_on(r, k)) return false;
        if (leaf) i += 2;
    }
    return true;
}

static bool is_below(dcf_span path, dcf_span above)
{
    return path.size > above.size && path.data[above.size] == '/' &&
           dcf_same(dcf_span_of(path.data, above.size), above);
}

/* Whether an alternative may ask for it: most values are none of their business. *ret_at: the asked
 * path it stands at, or their count when it is below one. */
static bool is_asked(const dcf_node *group, dcf_span path, size_t *ret_at)
{
    bool below = false;
    for (*ret_at = 0; *ret_at < group->asked_count; ++*ret_at) {
        if (dcf_same(path, group->asked[*ret_at])) return true;
        below = below || is_below(path, group->asked[*ret_at]);
    }
    return below;
}

/* Looks at the k-th condition of the i-th alternative; of several values at its path the first
 * counts. */
static void look(dcf_record *k, size_t i, size_t condition, const dcf_when *when, dcf_span value)
{
    uint32_t bit = 1U << condition;
    if (k->seen[i] & bit) return;
    k->seen[i] |= bit;
    if (when->any || dcf_same(value, when->value)) k->matched[i] |= bit;
}

/* Marks the conditions that a value fulfils, which stands at a path from the group; the alternative
 * whose conditions all hold, if there is one now. */
static const dcf_variant *decide(dcf_reader *r, dcf_span path, const dcf_event *e)
{
    size_t at;
    dcf_span value = dcf_span_trim(e->value);
    const dcf_node *group = group_of(r);
    if (e->value_kind == DCF_VALUE_NULL || value.size == 0 || !is_asked(group, path, &at))
        return NULL;
    for (size_t i = 0; i < group->variant_count; i++) {
        const dcf_variant *v = group->variants[i];
        uint32_t all = v->when_count < 32 ? (1U << v->when_count) - 1 : UINT32_MAX;
        for (size_t k = 0; k < v->when_count && k < 32; k++) {
            const dcf_when *w = &v->whens[k]; /* "*" is also met by what is below: it is there */
            if (w->asked == at || (w->any && is_below(path, w->path)))
                look(&r->record, i, k, w, value);
        }
        if (v->when_count && r->record.matched[i] == all) return v;
    }
    return NULL;
}

/* The path from the group to where the events stand. */
static dcf_span below_group(const dcf_reader *r)
{
    const dcf_trail *t = &r->trail;
    size_t from = r->record.trail;
    if (from && from < t->size) from++; /* the slash */
    return dcf_span_of(t->text + from, t->size - from);
}

/* Decides by the value of an attribute, a member or an element inside the present one. */
static bool decide_inside(dcf_reader *r, bool attribute, dcf_span name, const dcf_event *value,
                          const dcf_variant **ret)
{
    size_t trail = r->trail.size;
    if (!dcf_trail_push(&r->trail, attribute, name, 0)) return dcf_reader_no_memory(r);
    *ret = decide(r, below_group(r), value);
    dcf_trail_cut(&r->trail, trail);
    return true;
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
    const dcf_variant *v = NULL;
    if (r->record.message) return keep_message(r, e);
    bool end = e->kind == DCF_EV_CLOSE && r->frame_count == r->record.frame + 1;
    if (!keep(r, e)) return false;
    if (end) return play(r, fallback(group_of(r)), e);
    if (e->kind == DCF_EV_OPEN) return dcf_reader_push(r, NULL, e, DCF_SKIPPED, 0);
    if (e->kind == DCF_EV_CLOSE) {
        dcf_reader_pop(r);
        return true;
    }
    if (e->kind == DCF_EV_VALUE)
        v = decide(r, below_group(r), e);
    else if (!decide_inside(r, true, e->local, e, &v))
        return false;
    return !v || play(r, v, e);
}

bool dcf_record_leaf(dcf_reader *r, const dcf_event *open, const dcf_event *value)
{
    const dcf_variant *v = NULL;
    const dcf_event end = {.kind = DCF_EV_CLOSE, .line = value->line, .column = value->column};
    if (r->record.message)
        return keep_message(r, open) && keep_message(r, value) && keep_message(r, &end);
    if (!decide_inside(r, false, open->local, value, &v)) return false;
    if (v) return play(r, v, value) && dcf_reader_leaf(r, open, value);
    return keep(r, open) && keep(r, value) && keep(r, &end);
}
