/* clocks.c - the time limits of a case, and its split parts, as they stand: the newest word of the
 * audit on each. */
#include "dcf/v1/audit.pb-c.h"
#include "ops/internal.h"

typedef struct standing {
    json_t *head;
    json_t *clocks; /* by "clock/subject", while it is gathered; then a list */
    json_t *parts;  /* by URN, likewise */
} standing;

static void add_head(void *ctx, const dcf_ledger_case *c)
{
    standing *s = ctx;
    s->head =
        json_pack("{s:o, s:o}", "case", ops_string(c->case_key), "state", ops_string(c->state));
}

static json_t *clock_json(const Dcf__V1__Clock *k)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:b, s:o}", "clock",
                     ops_string(k->clock), "subject", ops_string(k->subject), "state",
                     ops_string(k->state), "deadline", ops_time(k->deadline_ms), "started",
                     ops_time(k->started_ms), "start_message_id", ops_string(k->start_message_id),
                     "alerts", (json_int_t)k->warnings, "suspended", ops_time(k->suspended_ms),
                     "ended", ops_time(k->ended_ms), "end_message_id",
                     ops_string(k->end_message_id), "missed", ops_time(k->missed_ms), "uncertain",
                     k->uncertain, "version", ops_string(k->version));
}

/* The fact is "URN STATE". */
static json_t *part_json(const char *fact, size_t urn_size)
{
    return json_pack("{s:s%, s:s}", "urn", fact, urn_size, "state", fact + urn_size + 1);
}

static void add_parts(standing *s, const Dcf__V1__AuditEvent *e)
{
    for (size_t i = 0; i < e->n_facts; i++) {
        const char *value = e->facts[i]->value, *state = strrchr(value, ' ');
        if (strcmp(e->facts[i]->name, "part") != 0 || !state) continue;
        json_object_setn_new(s->parts, value, (size_t)(state - value),
                             part_json(value, (size_t)(state - value)));
    }
}

static void add_event(void *ctx, const Dcf__V1__AuditEvent *e)
{
    standing *s = ctx;
    for (size_t i = 0; i < e->n_clocks; i++) {
        dcf_buf key DCF_CLEANUP(dcf_buf_fini) = {0};
        dcf_buf_printf(&key, "%s/%s", e->clocks[i]->clock, e->clocks[i]->subject);
        json_object_set_new(s->clocks, dcf_buf_cstr(&key), clock_json(e->clocks[i]));
    }
    add_parts(s, e);
}

static void no_other(void *ctx, const char *case_key)
{
    (void)ctx;
    (void)case_key;
}

static json_t *list_of(json_t *by_name)
{
    json_t *list = json_array(), *item;
    const char *name;
    json_object_foreach(by_name, name, item) json_array_append(list, item);
    json_decref(by_name);
    return list;
}

static dcf_status stands(const dcf_ops *o, const char *key, standing *ret)
{
    standing s = {.clocks = json_object(), .parts = json_object()};
    dcf_status status = dcf_ledger_timeline(o->config.ledger, key, DCF_LEDGER_LIMIT, add_head,
                                            add_event, no_other, &s);
    *ret = (standing){s.head, list_of(s.clocks), list_of(s.parts)};
    return status;
}

void ops_standing_add(const dcf_ops *o, const char *key, json_t *to)
{
    standing s;
    (void)stands(o, key, &s); /* lists in any case */
    json_decref(s.head);
    json_object_set_new(to, "clocks", s.clocks);
    json_object_set_new(to, "parts", s.parts);
}

void ops_clocks(void *self, dcf_http_request *r)
{
    dcf_urn urn;
    const char *key = ops_case_key(r, &urn);
    standing s;
    dcf_status status = stands(self, key, &s);
    json_decref(s.parts);
    if (dcf_failed(status)) {
        json_decref(s.head);
        json_decref(s.clocks);
        ops_ledger_error(r, status, "no such case",
                         "check the URN; a case appears with its first message");
        return;
    }
    json_object_set_new(s.head, "clocks", s.clocks);
    ops_reply(r, 200, s.head);
}
