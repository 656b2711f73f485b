/* onboarding.c - how far each link is on its way to work, and what is missing for the next stage:
 * the milestones of the action plan, as a feed. */
#include "base/clock.h"
#include "ledger/criteria.h"
#include "ops/internal.h"

typedef struct answer {
    dcf_ops *ops;
    const char *only; /* NULL: every link */
    json_t *list;
    dcf_status status;
    bool found;
} answer;

static json_t *criteria_json(const dcf_criteria_stage *s, const dcf_ledger_progress *p,
                             bool *ret_ready)
{
    json_t *list = json_array();
    *ret_ready = s->next != NULL;
    for (size_t i = 0; i < s->count; i++) {
        const dcf_criterion *c = &s->items[i];
        double value = dcf_criterion_value(c, p, dcf_clock_ms());
        bool met = dcf_criterion_met(c, value);
        *ret_ready &= met;
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:f, s:s, s:f, s:b, s:s}", "measure",
                                        c->measure, "bound", c->least ? "least" : "most", "needed",
                                        c->value, "in", c->percent ? "percent" : "number", "is",
                                        (double)(int64_t)(value * 100 + 0.5) / 100, "met", met,
                                        "text", c->text));
    }
    return list;
}

static void add_link(void *ctx, const dcf_link_info *k)
{
    answer *a = ctx;
    dcf_ledger_progress p = {0};
    const dcf_criteria_stage none = {0}, *stage = &none;
    bool ready = false;
    if ((a->only && strcmp(a->only, k->link) != 0) || dcf_failed(a->status)) return;
    a->found = true;
    a->status = dcf_ledger_progress_get(a->ops->config.ledger, k->link, k->stage, &p);
    if (a->ops->criteria) stage = &a->ops->criteria->stages[k->stage];
    json_t *criteria = criteria_json(stage, &p, &ready);
    json_array_append_new(
        a->list,
        json_pack("{s:o, s:o, s:o, s:s, s:s, s:b, s:o, s:o, s:o}", "link", ops_string(k->link),
                  "party", ops_string(k->party), "dialect", ops_string(k->dialect), "stage",
                  dcf_stage_text(k->stage), "next", stage->next ? stage->next : "", "ready", ready,
                  "since", ops_time(p.since_ms), "counts",
                  json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "messages",
                            (json_int_t)p.messages, "refused", (json_int_t)p.refused, "held",
                            (json_int_t)p.held, "delivered", (json_int_t)p.delivered,
                            "not_delivered", (json_int_t)p.not_delivered, "shadowed",
                            (json_int_t)p.shadowed, "compared", (json_int_t)p.compared, "differing",
                            (json_int_t)p.differing, "lost", (json_int_t)p.lost),
                  "criteria", criteria));
}

static void reply(dcf_ops *o, dcf_http_request *r, const char *only)
{
    answer a = {.ops = o, .only = only, .list = json_array(), .status = DCF_OK};
    const dcf_ops_provider *p = &o->config.provider;
    if (p->links) p->links(p->self, add_link, &a);
    if (dcf_ok(a.status) && (!only || a.found)) {
        ops_reply(r, 200,
                  json_pack("{s:o, s:s, s:o}", "made", ops_time(dcf_clock_ms()), "criteria",
                            o->criteria ? o->criteria->version : "", "links", a.list));
        return;
    }
    json_decref(a.list);
    ops_ledger_error(r, dcf_ok(a.status) ? DCF_ERR(NOT_FOUND) : a.status, "no such link",
                     "dcfctl onboarding list (GET /v1/onboarding) names the links");
}

void ops_onboarding(void *self, dcf_http_request *r)
{
    reply(self, r, NULL);
}

void ops_onboarding_link(void *self, dcf_http_request *r)
{
    reply(self, r, dcf_http_param(r, "link"));
}
