/* clock_read.c - reads config/clocks.yaml and proves it. */
#include "exchange/clock.h"
#include "exchange/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONDITIONS_MEMORY = 2 << 20 };

typedef struct reader {
    dcf_clocks *c;
    const dcf_lifecycle *lifecycle;
    dcf_yaml_error *err;
} reader;

static dcf_status read_path(const reader *r, const dcf_yaml *node, const char *key,
                            const ProtobufCMessageDescriptor *body,
                            const ProtobufCFieldDescriptor *ret[DCF_PATH_MAX])
{
    const dcf_yaml *v = dcf_yaml_get(node, key);
    return v ? dcf_condition_path(r->c->doc, v, body, ret, r->err) : DCF_OK;
}

static const ProtobufCFieldDescriptor *leaf(const ProtobufCFieldDescriptor *const path[])
{
    while (path[1]) path++;
    return *path;
}

/* --- deadlines ---------------------------------------------------------------------------- */

static dcf_status read_minute(const reader *r, const dcf_yaml *node, int *ret)
{
    const char *t = dcf_yaml_str(node, "time", "23:59");
    bool form = strlen(t) == 5 && t[2] == ':' && strspn(t, "0123456789") == 2 &&
                strspn(t + 3, "0123456789") == 2;
    int hour = form ? (t[0] - '0') * 10 + t[1] - '0' : 24;
    int minute = form ? (t[3] - '0') * 10 + t[4] - '0' : 60;
    if (hour > 23 || minute > 59)
        return dcf_yaml_fail(r->c->doc, node, r->err, "time is written 23:59");
    *ret = hour * 60 + minute;
    return DCF_OK;
}

static dcf_status read_deadline(const reader *r, const dcf_yaml *node,
                                const ProtobufCMessageDescriptor *body, dcf_deadline *d)
{
    static const char *const known[] = {"at", "from", "add", "month_end", "time", NULL};
    const char *from = dcf_yaml_str(node, "from", NULL), *add = dcf_yaml_str(node, "add", NULL);
    bool at = dcf_yaml_get(node, "at") != NULL;
    DCF_TRY(dcf_yaml_only(r->c->doc, node, known, r->err));
    if (at == (from != NULL) || (from && !add))
        return dcf_yaml_fail(r->c->doc, node, r->err,
                             "a deadline is {at: PATH} or {from: PATH or received, add: PERIOD}");
    if (add && (!dcf_period_parse(add, &d->add) || d->add.count <= 0))
        return dcf_yaml_fail(r->c->doc, node, r->err,
                             "add: a period like 5 working days or 6 months");
    DCF_TRY(dcf_yaml_bool(r->c->doc, node, "month_end", false, &d->month_end, r->err));
    DCF_TRY(read_minute(r, node, &d->minute));
    if (from && strcmp(from, "received") == 0) return DCF_OK;
    DCF_TRY(read_path(r, node, at ? "at" : "from", body, d->path));
    const dcf_yaml *path = dcf_yaml_get(node, at ? "at" : "from");
    return dcf_field_is_date(leaf(d->path))
               ? DCF_OK
               : dcf_yaml_fail(r->c->doc, path, r->err, "%s is no date or time", path->text);
}

static dcf_status read_until(const reader *r, const dcf_yaml *list,
                             const ProtobufCMessageDescriptor *body, dcf_clock_trigger *t)
{
    if (!list) return DCF_OK;
    if (list->kind != DCF_YAML_LIST || list->count > DCF_DEADLINES_MAX)
        return dcf_yaml_fail(r->c->doc, list, r->err, "until is a list of at most %d",
                             DCF_DEADLINES_MAX);
    for (size_t i = 0; i < list->count; i++)
        DCF_TRY(read_deadline(r, &list->items[i], body, &t->until[t->until_count++]));
    return DCF_OK;
}

/* --- triggers ------------------------------------------------------------------------------- */

static dcf_status read_states(const reader *r, const dcf_yaml *list, uint32_t *ret)
{
    if (list->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(r->c->doc, list, r->err, "state is a list of states");
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->items[i].text ? list->items[i].text : "?";
        unsigned s = dcf_lifecycle_state(r->lifecycle, name);
        if (s == r->lifecycle->state_count)
            return dcf_yaml_fail(r->c->doc, &list->items[i], r->err, "no state %.40s", name);
        *ret |= 1U << s;
    }
    return DCF_OK;
}

static dcf_status read_sender(const reader *r, const dcf_yaml *node, unsigned *ret)
{
    const char *by = dcf_yaml_str(node, "by", NULL);
    if (by)
        *ret = !strcmp(by, "force") ? DCF_SENDER_FORCE : !strcmp(by, "cps") ? DCF_SENDER_CPS : 0;
    return !by || *ret ? DCF_OK : dcf_yaml_fail(r->c->doc, node, r->err, "by is force or cps");
}

static dcf_status read_trigger(const reader *r, const dcf_yaml *node, bool starts,
                               dcf_clock_trigger *t)
{
    static const char *const known[] = {"on",   "by",    "each",  "group", "id",
                                        "when", "until", "state", NULL};
    const dcf_yaml *on = dcf_yaml_get(node, "on"), *state = dcf_yaml_get(node, "state");
    const dcf_yaml *until = dcf_yaml_get(node, "until");
    DCF_TRY(dcf_yaml_only(r->c->doc, node, known, r->err));
    if (!on == !state || (state && (starts || node->count != 1)) || (until && !starts))
        return dcf_yaml_fail(r->c->doc, node, r->err,
                             "a trigger is {on: MESSAGE, …}, or {state: [STATES]} to stop; until: "
                             "belongs to a start");
    if (state) return read_states(r, state, &t->states);
    const dcf_rule *rule = dcf_lifecycle_rule(r->lifecycle, on->text ? on->text : "");
    if (!rule) return dcf_yaml_fail(r->c->doc, on, r->err, "no message of this name");
    t->on = rule->type;
    const ProtobufCMessageDescriptor *body = t->on->descriptor;
    DCF_TRY(read_sender(r, node, &t->senders));
    DCF_TRY(read_path(r, node, "group", body, t->group));
    DCF_TRY(read_path(r, node, "each", body, t->each));
    if (t->each[0]) {
        if (leaf(t->each)->type != PROTOBUF_C_TYPE_MESSAGE)
            return dcf_yaml_fail(r->c->doc, node, r->err, "each needs the path of a list");
        body = leaf(t->each)->descriptor;
    }
    DCF_TRY(read_path(r, node, "id", body, t->id));
    DCF_TRY(dcf_condition_read(&r->c->arena, r->c->doc, dcf_yaml_get(node, "when"), body, &t->when,
                               r->err));
    return read_until(r, until, body, t);
}

static dcf_status read_triggers(const reader *r, const dcf_yaml *node, const char *key,
                                dcf_clock_trigger *list, size_t *ret_count)
{
    const dcf_yaml *of = dcf_yaml_get(node, key);
    if (!of) return DCF_OK;
    if (of->kind != DCF_YAML_LIST || of->count > DCF_TRIGGERS_MAX)
        return dcf_yaml_fail(r->c->doc, of, r->err, "%s is a list of at most %d", key,
                             DCF_TRIGGERS_MAX);
    for (size_t i = 0; i < of->count; i++)
        DCF_TRY(read_trigger(r, &of->items[i], !strcmp(key, "start"), &list[i]));
    *ret_count = of->count;
    return DCF_OK;
}

/* --- clocks ------------------------------------------------------------------------------------
 */

static dcf_status add_alert(const reader *r, const dcf_yaml *node, const char *text, int sign,
                            dcf_clock_rule *rule)
{
    dcf_period p;
    if (!text || !dcf_period_parse(text, &p) || p.count <= 0)
        return dcf_yaml_fail(r->c->doc, node, r->err, "a period like 3 hours or 8 weeks");
    if (rule->alert_count == DCF_ALERTS_MAX)
        return dcf_yaml_fail(r->c->doc, node, r->err, "more than %d warnings", DCF_ALERTS_MAX - 1);
    p.count *= sign;
    rule->alerts[rule->alert_count++] = p;
    return DCF_OK;
}

/* The earliest first; how long the units are is only for the order within one clock. */
static int64_t rough_minutes(dcf_period p)
{
    static const int64_t minutes[] = {1, 60, 1440, 10080, 43200, 2016};
    return p.count * minutes[p.unit];
}

static dcf_status read_alerts(const reader *r, const dcf_yaml *node, dcf_clock_rule *rule)
{
    const dcf_yaml *warn = dcf_yaml_get(node, "warn"), *remind = dcf_yaml_get(node, "remind");
    if ((warn && warn->kind != DCF_YAML_LIST) || (remind && remind->kind != DCF_YAML_LIST))
        return dcf_yaml_fail(r->c->doc, node, r->err, "warn and remind are lists of periods");
    for (size_t i = 0; warn && i < warn->count; i++)
        DCF_TRY(add_alert(r, &warn->items[i], warn->items[i].text, -1, rule));
    if (rule->alert_count == DCF_ALERTS_MAX)
        return dcf_yaml_fail(r->c->doc, warn, r->err, "more than %d warnings", DCF_ALERTS_MAX - 1);
    rule->alerts[rule->alert_count++] = (dcf_period){0};
    for (size_t i = 0; remind && i < remind->count; i++)
        DCF_TRY(add_alert(r, &remind->items[i], remind->items[i].text, 1, rule));
    for (size_t i = 1; i < rule->alert_count; i++)
        if (rough_minutes(rule->alerts[i - 1]) >= rough_minutes(rule->alerts[i]))
            return dcf_yaml_fail(r->c->doc, node, r->err,
                                 "warn: the longest first; remind: the shortest first");
    return DCF_OK;
}

static dcf_status read_less(const reader *r, const dcf_yaml *list, dcf_clock_rule *rule)
{
    for (size_t i = 0; list && i < list->count; i++) {
        const char *name = list->items[i].text ? list->items[i].text : "";
        if (i == sizeof rule->less / sizeof rule->less[0] || !dcf_clock_rule_of(r->c, name))
            return dcf_yaml_fail(r->c->doc, &list->items[i], r->err,
                                 "less: clocks above, at most 4");
        rule->less[rule->less_count++] = name;
    }
    return DCF_OK;
}

/* tell: {force: [warning, missed], cps: [missed]} */
static dcf_status read_told(const reader *r, const dcf_yaml *tell, const char *party, unsigned *ret)
{
    const dcf_yaml *list = dcf_yaml_get(tell, party);
    if (list && (list->kind != DCF_YAML_LIST || !list->count))
        return dcf_yaml_fail(r->c->doc, list, r->err, "%s is a list of warning, missed", party);
    for (size_t i = 0; list && i < list->count; i++) {
        const char *what = list->items[i].text ? list->items[i].text : "";
        unsigned bit = !strcmp(what, "warning")  ? DCF_TELL_WARNING
                       : !strcmp(what, "missed") ? DCF_TELL_MISSED
                                                 : 0;
        if (!bit)
            return dcf_yaml_fail(r->c->doc, &list->items[i], r->err,
                                 "a party is told of a warning, or of what was missed");
        *ret |= bit;
    }
    return DCF_OK;
}

static dcf_status read_tell(const reader *r, const dcf_yaml *tell, dcf_clock_rule *rule)
{
    static const char *const known[] = {"force", "cps", NULL};
    if (!tell) return DCF_OK;
    if (tell->kind != DCF_YAML_MAP)
        return dcf_yaml_fail(r->c->doc, tell, r->err,
                             "tell is written {force: [warning, missed], cps: [missed]}");
    DCF_TRY(dcf_yaml_only(r->c->doc, tell, known, r->err));
    DCF_TRY(read_told(r, tell, "force", &rule->tell_force));
    return read_told(r, tell, "cps", &rule->tell_cps);
}

static dcf_status read_words(const reader *r, const dcf_yaml *node, dcf_clock_rule *rule)
{
    static const char *const actors[] = {"force", "cps", "court"};
    rule->name = node->key;
    rule->title = dcf_yaml_str(node, "title", NULL);
    rule->meaning = dcf_yaml_str(node, "meaning", NULL);
    rule->source = dcf_yaml_str(node, "source", NULL);
    rule->who = dcf_yaml_str(node, "who", NULL);
    if (!rule->title || !rule->meaning || !rule->source || !rule->who)
        return dcf_yaml_fail(r->c->doc, node, r->err,
                             "a clock needs title, meaning, source and who");
    for (size_t i = 0; i < sizeof actors / sizeof actors[0]; i++)
        if (strcmp(rule->who, actors[i]) == 0) return DCF_OK;
    return dcf_yaml_fail(r->c->doc, node, r->err, "who is force, cps or court");
}

static dcf_status read_all_triggers(const reader *r, const dcf_yaml *node, dcf_clock_rule *rule)
{
    const dcf_yaml_doc *doc = r->c->doc;
    DCF_TRY(read_triggers(r, node, "start", rule->start, &rule->start_count));
    DCF_TRY(read_triggers(r, node, "stop", rule->stop, &rule->stop_count));
    DCF_TRY(read_triggers(r, node, "suspend", rule->suspend, &rule->suspend_count));
    DCF_TRY(read_triggers(r, node, "resume", rule->resume, &rule->resume_count));
    if (rule->start_count && !rule->stop_count)
        return dcf_yaml_fail(doc, node, r->err, "a clock that starts needs what stops it");
    if (!rule->suspend_count != !rule->resume_count)
        return dcf_yaml_fail(doc, node, r->err, "suspend and resume go together");
    return DCF_OK;
}

static dcf_status read_clock(const reader *r, const dcf_yaml *node, dcf_clock_rule *rule)
{
    static const char *const known[] = {
        "title",  "meaning", "source", "who",  "verified", "enabled", "start", "stop", "suspend",
        "resume", "warn",    "remind", "less", "counts",   "urgent",  "tell",  NULL};
    const dcf_yaml_doc *doc = r->c->doc;
    DCF_TRY(dcf_yaml_only(doc, node, known, r->err));
    DCF_TRY(read_words(r, node, rule));
    DCF_TRY(dcf_yaml_bool(doc, node, "verified", false, &rule->verified, r->err));
    DCF_TRY(dcf_yaml_bool(doc, node, "enabled", true, &rule->enabled, r->err));
    DCF_TRY(read_all_triggers(r, node, rule));
    const dcf_yaml *counts = dcf_yaml_get(node, "counts");
    rule->has_counts = counts != NULL;
    if (counts) DCF_TRY(read_deadline(r, counts, NULL, &rule->counts));
    DCF_TRY(read_tell(r, dcf_yaml_get(node, "tell"), rule));
    DCF_TRY(read_less(r, dcf_yaml_get(node, "less"), rule));
    const char *urgent = dcf_yaml_str(node, "urgent", NULL);
    if (urgent && (!dcf_period_parse(urgent, &rule->urgent) || rule->urgent.count <= 0))
        return dcf_yaml_fail(doc, node, r->err, "urgent: a period like 4 days");
    return read_alerts(r, node, rule);
}

static dcf_status read_all(const reader *r)
{
    static const char *const known[] = {"version", "clocks", NULL};
    const dcf_yaml *root = dcf_yaml_root(r->c->doc), *map = dcf_yaml_get(root, "clocks");
    DCF_TRY(dcf_yaml_only(r->c->doc, root, known, r->err));
    r->c->version = dcf_yaml_str(root, "version", "");
    if (!*r->c->version || !map || map->kind != DCF_YAML_MAP || map->count > DCF_CLOCKS_MAX)
        return dcf_yaml_fail(r->c->doc, map ? map : root, r->err,
                             "a version, and clocks: a map of at most %d", DCF_CLOCKS_MAX);
    for (size_t i = 0; i < map->count; i++) {
        DCF_TRY(read_clock(r, &map->items[i], &r->c->rules[r->c->count]));
        r->c->count++;
    }
    return DCF_OK;
}

dcf_status dcf_clocks_load(const char *path, const dcf_lifecycle *lifecycle,
                           const dcf_holidays *holidays, dcf_clocks **ret, dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_load(path, &doc, err));
    dcf_clocks *c = calloc(1, sizeof *c);
    if (!c) {
        dcf_yaml_free(doc);
        return DCF_ERR(NOMEM);
    }
    c->doc = doc;
    c->holidays = holidays;
    dcf_arena_init(&c->arena, CONDITIONS_MEMORY);
    dcf_status s = read_all(&(reader){c, lifecycle, err});
    if (dcf_failed(s))
        dcf_clocks_free(c);
    else
        *ret = c;
    return s;
}

void dcf_clocks_free(dcf_clocks *c)
{
    if (!c) return;
    dcf_arena_fini(&c->arena);
    dcf_yaml_free(c->doc);
    free(c);
}

const dcf_clock_rule *dcf_clock_rule_of(const dcf_clocks *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->rules[i].name, name) == 0) return &c->rules[i];
    return NULL;
}
