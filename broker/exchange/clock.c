/* clock.c - the clocks of a case as messages and time go by; see clock.h. */
#include "exchange/clock.h"

#include "model/envelope.h"

#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, SUBJECT_MAX = 80 };

static const char running[] = "running", suspended[] = "suspended", stopped[] = "stopped",
                  missed[] = "missed";

typedef struct turn {
    const dcf_clocks *c;
    const dcf_clock_event *event;
    const Dcf__V1__CaseState *of_case;
    const ProtobufCMessage *body; /* NULL: only time passed */
    dcf_arena *arena;
    dcf_clock_changes *to;
    Dcf__V1__Clock **list; /* working copy; each entry is copied when it changes */
    size_t count, capacity;
    bool changed;
} turn;

static bool is_in(const Dcf__V1__Clock *k, const char *state)
{
    return strcmp(k->state, state) == 0;
}

static bool goes_on(const Dcf__V1__Clock *k)
{
    return is_in(k, running) || is_in(k, missed);
}

/* --- the end ------------------------------------------------------------------------------ */

int64_t dcf_deadline_from(const dcf_clocks *c, const dcf_deadline *d, dcf_when from, bool *ret_sure)
{
    if (d->month_end) from = (dcf_when){true, dcf_day_month_end(from.day), 0};
    if (!d->add.count) return from.is_day ? dcf_day_ms(from.day, d->minute) : from.ms;
    if (dcf_period_is_time(d->add)) {
        int64_t ms = from.is_day ? dcf_day_ms(from.day, 0) : from.ms;
        return dcf_moment_add(c->holidays, ms, d->add, ret_sure);
    }
    return dcf_day_ms(dcf_day_add(c->holidays, from.day, d->add, ret_sure), d->minute);
}

typedef struct earliest {
    const dcf_clocks *c;
    const dcf_deadline *d;
    int64_t at_ms; /* 0: none yet */
    bool sure;
} earliest;

static bool take_date(void *ctx, const ProtobufCFieldDescriptor *f, const void *value)
{
    earliest *e = ctx;
    dcf_when w;
    bool sure = true;
    (void)f;
    if (!dcf_when_parse(*(char *const *)value, &w)) return true;
    int64_t at = dcf_deadline_from(e->c, e->d, w, &sure);
    if (e->at_ms && at >= e->at_ms) return true;
    e->at_ms = at;
    e->sure = sure;
    return true;
}

/* By the first way that tells; false: a way was asked for and none does. */
static bool end_of(const turn *t, const dcf_clock_trigger *g, const ProtobufCMessage *m,
                   int64_t *ret_ms, bool *ret_sure)
{
    const int64_t now = t->event->now_ms;
    for (size_t i = 0; i < g->until_count; i++) {
        earliest e = {.c = t->c, .d = &g->until[i], .sure = true};
        if (g->until[i].path[0])
            (void)dcf_path_each(g->until[i].path, m, take_date, &e);
        else
            e.at_ms =
                dcf_deadline_from(t->c, e.d, (dcf_when){false, dcf_day_at(now), now}, &e.sure);
        if (!e.at_ms) continue;
        *ret_ms = e.at_ms;
        *ret_sure = e.sure;
        return true;
    }
    *ret_ms = 0;
    return g->until_count == 0;
}

/* The days that the clocks of `less` ran: time served counts. */
static int64_t served_ms(const turn *t, const dcf_clock_rule *rule)
{
    int64_t sum = 0;
    for (size_t i = 0; i < t->count; i++) {
        const Dcf__V1__Clock *k = t->list[i];
        for (size_t n = 0; n < rule->less_count; n++) {
            if (strcmp(k->clock, rule->less[n]) != 0) continue;
            int64_t until = k->ended_ms ? k->ended_ms : t->event->now_ms;
            sum += (until - k->started_ms) / DAY_MS * DAY_MS;
        }
    }
    return sum;
}

/* --- changing -------------------------------------------------------------------------------- */

/* A copy of the clock in its place, told as changed. NULL: no memory. */
static Dcf__V1__Clock *change(turn *t, size_t i)
{
    Dcf__V1__Clock *copy = dcf_arena_alloc(t->arena, sizeof *copy);
    if (!copy) return NULL;
    *copy = *t->list[i];
    t->list[i] = copy;
    t->changed = true;
    return copy;
}

static dcf_status tell_change(turn *t, Dcf__V1__Clock *k)
{
    size_t n = t->to->changed_count;
    Dcf__V1__Clock **grown =
        dcf_arena_grow(t->arena, t->to->changed, n, n + 1, sizeof(Dcf__V1__Clock *));
    if (!grown) return DCF_ERR(NOMEM);
    grown[n] = k;
    t->to->changed = grown;
    t->to->changed_count = n + 1;
    return DCF_OK;
}

static int64_t alert_ms(const turn *t, const dcf_clock_rule *rule, const Dcf__V1__Clock *k,
                        size_t n)
{
    return dcf_moment_add(t->c->holidays, k->deadline_ms, rule->alerts[n], NULL);
}

static void set_next(const turn *t, const dcf_clock_rule *rule, Dcf__V1__Clock *k)
{
    bool tells = goes_on(k) && k->deadline_ms && k->warnings < rule->alert_count;
    k->next_ms = tells ? alert_ms(t, rule, k, k->warnings) : 0;
}

/* Room for one more: the oldest that stopped goes. */
static dcf_status make_room(turn *t)
{
    for (size_t i = 0; t->count >= DCF_CLOCKS_PER_CASE && i < t->count; i++) {
        if (!is_in(t->list[i], stopped)) continue;
        memmove(&t->list[i], &t->list[i + 1], (--t->count - i) * sizeof(Dcf__V1__Clock *));
        break;
    }
    return t->count < DCF_CLOCKS_PER_CASE ? DCF_OK : DCF_ERR(LIMIT);
}

static Dcf__V1__Clock *find_or_add(turn *t, const dcf_clock_rule *rule, const char *subject)
{
    for (size_t i = 0; i < t->count; i++)
        if (!strcmp(t->list[i]->clock, rule->name) && !strcmp(t->list[i]->subject, subject))
            return change(t, i);
    Dcf__V1__Clock *k = dcf_arena_alloc(t->arena, sizeof *k);
    char *copy = dcf_arena_strdup(t->arena, subject);
    if (!k || !copy || dcf_failed(make_room(t))) return NULL;
    dcf__v1__clock__init(k);
    k->clock = (char *)rule->name;
    k->subject = copy;
    t->list[t->count++] = k;
    t->changed = true;
    return k;
}

static dcf_status start(turn *t, const dcf_clock_rule *rule, const dcf_clock_trigger *g,
                        const ProtobufCMessage *m, const char *subject)
{
    int64_t end;
    bool sure = true;
    if (!end_of(t, g, m, &end, &sure)) return DCF_OK; /* the message does not tell */
    if (end && rule->less_count) end -= served_ms(t, rule);
    if (t->count >= DCF_CLOCKS_PER_CASE && dcf_failed(make_room(t))) return DCF_OK;
    Dcf__V1__Clock *k = find_or_add(t, rule, subject);
    if (!k) return DCF_ERR(NOMEM);
    if (goes_on(k) && k->deadline_ms == end) return DCF_OK; /* it says the same again */
    Dcf__V1__Clock fresh = DCF__V1__CLOCK__INIT;
    fresh.clock = k->clock;
    fresh.subject = k->subject;
    fresh.state = (char *)running;
    fresh.start_message_id = t->event->envelope->message_id;
    fresh.started_ms = t->event->now_ms;
    fresh.deadline_ms = end;
    fresh.version = (char *)t->c->version;
    fresh.uncertain = !sure;
    *k = fresh;
    set_next(t, rule, k);
    return tell_change(t, k);
}

static dcf_status end(turn *t, size_t i, const dcf_clock_rule *rule, const char *cause)
{
    Dcf__V1__Clock *k = change(t, i);
    if (!k) return DCF_ERR(NOMEM);
    k->state = (char *)stopped;
    k->ended_ms = t->event->now_ms;
    k->end_message_id = (char *)cause;
    set_next(t, rule, k);
    return tell_change(t, k);
}

static dcf_status pause(turn *t, size_t i, const dcf_clock_rule *rule)
{
    if (!is_in(t->list[i], running)) return DCF_OK;
    Dcf__V1__Clock *k = change(t, i);
    if (!k) return DCF_ERR(NOMEM);
    k->state = (char *)suspended;
    k->suspended_ms = t->event->now_ms;
    k->end_message_id = t->event->envelope->message_id;
    set_next(t, rule, k);
    return tell_change(t, k);
}

/* It has as long to go as it had. */
static dcf_status go_on(turn *t, size_t i, const dcf_clock_rule *rule)
{
    if (!is_in(t->list[i], suspended)) return DCF_OK;
    Dcf__V1__Clock *k = change(t, i);
    if (!k) return DCF_ERR(NOMEM);
    k->state = (char *)running;
    if (k->deadline_ms) k->deadline_ms += t->event->now_ms - k->suspended_ms;
    k->suspended_ms = 0;
    k->end_message_id = (char *)"";
    set_next(t, rule, k);
    return tell_change(t, k);
}

/* --- triggers -----------------------------------------------------------------------------------
 */

typedef enum deed_kind { STOP, SUSPEND, RESUME, START } deed_kind;

typedef struct meeting { /* one trigger and the message */
    turn *t;
    const dcf_clock_rule *rule;
    const dcf_clock_trigger *g;
    deed_kind deed;
    dcf_status status;
} meeting;

/* "PLAN/ITEM", or one of them; "" when the trigger names none. */
static void subject_of(const meeting *m, const ProtobufCMessage *entry, char out[SUBJECT_MAX])
{
    dcf_buf b DCF_CLEANUP(dcf_buf_fini) = {0};
    if (m->g->group[0]) dcf_buf_adds(&b, dcf_path_text(m->g->group, m->t->body));
    if (m->g->group[0] && m->g->id[0]) dcf_buf_addc(&b, '/');
    if (m->g->id[0]) dcf_buf_adds(&b, dcf_path_text(m->g->id, entry));
    const char *text = b.failed ? "" : dcf_buf_cstr(&b);
    size_t size = strlen(text);
    if (size >= SUBJECT_MAX) /* cut between characters */
        for (size = SUBJECT_MAX - 1; size && ((unsigned char)text[size] & 0xc0) == 0x80;) size--;
    memcpy(out, text, size);
    out[size] = '\0';
}

/* A trigger without a subject is about all clocks of the rule. */
static dcf_status act(const meeting *m, const char *subject)
{
    bool all = !m->g->group[0] && !m->g->id[0];
    for (size_t i = 0; i < m->t->count; i++) {
        const Dcf__V1__Clock *k = m->t->list[i];
        if (strcmp(k->clock, m->rule->name) != 0 || is_in(k, stopped)) continue;
        if (!all && strcmp(k->subject, subject) != 0) continue;
        if (m->deed == STOP)
            DCF_TRY(end(m->t, i, m->rule, m->g->on ? m->t->event->envelope->message_id : ""));
        else
            DCF_TRY(m->deed == SUSPEND ? pause(m->t, i, m->rule) : go_on(m->t, i, m->rule));
    }
    return DCF_OK;
}

static dcf_status meet(const meeting *m, const ProtobufCMessage *entry)
{
    const dcf_facts facts = {entry, m->t->of_case, m->t->event->now_ms};
    char subject[SUBJECT_MAX];
    if (!dcf_condition_holds(m->g->when, &facts)) return DCF_OK;
    subject_of(m, entry, subject);
    return m->deed == START ? start(m->t, m->rule, m->g, entry, subject) : act(m, subject);
}

static bool meet_entry(void *ctx, const ProtobufCFieldDescriptor *f, const void *value)
{
    meeting *m = ctx;
    const ProtobufCMessage *entry = *(ProtobufCMessage *const *)value;
    (void)f;
    m->status = entry ? meet(m, entry) : DCF_OK;
    return dcf_ok(m->status);
}

static dcf_status pull(turn *t, const dcf_clock_rule *rule, const dcf_clock_trigger *g,
                       deed_kind deed)
{
    meeting m = {t, rule, g, deed, DCF_OK};
    if (!g->on) return g->states >> t->event->state & 1U ? act(&m, "") : DCF_OK;
    if (!t->body || g->on->id != (uint32_t)t->event->envelope->body_case) return DCF_OK;
    if (g->senders && !(g->senders & t->event->sender)) return DCF_OK;
    if (!g->each[0]) return meet(&m, t->body);
    (void)dcf_path_each(g->each, t->body, meet_entry, &m);
    return m.status;
}

/* The case stands where the clock has nothing to count. */
static bool is_over(const turn *t, const dcf_clock_rule *rule)
{
    for (size_t i = 0; i < rule->stop_count; i++)
        if (!rule->stop[i].on && (rule->stop[i].states >> t->event->state & 1U)) return true;
    return false;
}

static dcf_status turn_clock(turn *t, const dcf_clock_rule *rule)
{
    for (size_t i = 0; i < rule->stop_count; i++) DCF_TRY(pull(t, rule, &rule->stop[i], STOP));
    for (size_t i = 0; i < rule->suspend_count; i++)
        DCF_TRY(pull(t, rule, &rule->suspend[i], SUSPEND));
    for (size_t i = 0; i < rule->resume_count; i++)
        DCF_TRY(pull(t, rule, &rule->resume[i], RESUME));
    for (size_t i = 0; i < rule->start_count && !is_over(t, rule); i++)
        DCF_TRY(pull(t, rule, &rule->start[i], START));
    return DCF_OK;
}

/* --- time
 * ------------------------------------------------------------------------------------------ */

static dcf_status tell_alert(turn *t, const Dcf__V1__Clock *k, bool is_missed)
{
    size_t n = t->to->alert_count;
    dcf_clock_alert *grown = dcf_arena_grow(t->arena, t->to->alerts, n, n + 1, sizeof *grown);
    if (!grown) return DCF_ERR(NOMEM);
    grown[n] = (dcf_clock_alert){k, is_missed};
    t->to->alerts = grown;
    t->to->alert_count = n + 1;
    return DCF_OK;
}

/* Of several alerts that are due at once the last is told. */
static dcf_status pass_time(turn *t, size_t i)
{
    const dcf_clock_rule *rule = dcf_clock_rule_of(t->c, t->list[i]->clock);
    if (!rule || !goes_on(t->list[i]) || !t->list[i]->deadline_ms) return DCF_OK;
    uint32_t due = t->list[i]->warnings;
    while (due < rule->alert_count && alert_ms(t, rule, t->list[i], due) <= t->event->now_ms) due++;
    if (due == t->list[i]->warnings) return DCF_OK;
    Dcf__V1__Clock *k = change(t, i);
    if (!k) return DCF_ERR(NOMEM);
    bool over = rule->alerts[due - 1].count >= 0;
    k->warnings = due;
    if (over && !k->missed_ms) k->missed_ms = t->event->now_ms;
    if (over) k->state = (char *)missed;
    set_next(t, rule, k);
    return tell_alert(t, k, over);
}

/* --- all
 * ---------------------------------------------------------------------------------------------- */

dcf_status dcf_clocks_apply(const dcf_clocks *c, const Dcf__V1__CaseState *state,
                            const dcf_clock_event *event, dcf_arena *arena, dcf_clock_changes *ret)
{
    *ret = (dcf_clock_changes){0};
    turn t = {.c = c, .event = event, .of_case = state, .arena = arena, .to = ret};
    if (event->envelope) t.body = dcf_envelope_body(event->envelope);
    t.list = dcf_arena_alloc(arena, (DCF_CLOCKS_PER_CASE + 1) * sizeof(Dcf__V1__Clock *));
    if (!t.list) return DCF_ERR(NOMEM);
    for (; t.count < state->n_clocks && t.count < DCF_CLOCKS_PER_CASE; t.count++)
        t.list[t.count] = state->clocks[t.count];
    for (size_t i = 0; t.body && i < c->count; i++)
        if (c->rules[i].enabled) DCF_TRY(turn_clock(&t, &c->rules[i]));
    for (size_t i = 0; i < t.count; i++) DCF_TRY(pass_time(&t, i));
    if (!t.changed) return DCF_OK;
    ret->clocks = t.list;
    ret->count = t.count;
    return DCF_OK;
}

const Dcf__V1__Clock *dcf_clock_nearest(const Dcf__V1__CaseState *state)
{
    const Dcf__V1__Clock *first = NULL;
    for (size_t i = 0; i < state->n_clocks; i++) {
        const Dcf__V1__Clock *k = state->clocks[i];
        if (is_in(k, running) && k->deadline_ms && (!first || k->deadline_ms < first->deadline_ms))
            first = k;
    }
    return first;
}

int64_t dcf_clock_next_ms(const Dcf__V1__CaseState *state)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < state->n_clocks; i++)
        if (state->clocks[i]->next_ms && state->clocks[i]->next_ms < next)
            next = state->clocks[i]->next_ms;
    return next;
}

bool dcf_clocks_urgent(const dcf_clocks *c, const Dcf__V1__CaseState *state, int64_t now_ms)
{
    for (size_t i = 0; i < state->n_clocks; i++) {
        const Dcf__V1__Clock *k = state->clocks[i];
        const dcf_clock_rule *rule = dcf_clock_rule_of(c, k->clock);
        bool sure;
        if (!rule || !rule->urgent.count || !k->deadline_ms || !goes_on(k)) continue;
        if (now_ms < k->deadline_ms + DAY_MS &&
            k->deadline_ms <= dcf_moment_add(c->holidays, now_ms, rule->urgent, &sure))
            return true;
    }
    return false;
}
