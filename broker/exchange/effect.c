/* effect.c - what a taken message leaves in the case's state. */
#include "exchange/run.h"
#include "model/envelope.h"
#include "model/ids.h"

#include <string.h>

enum { OPEN_ITEMS_MAX = 1000, MERGED_MAX = 100 }; /* a case's; the oldest go */

static size_t find_item(const Dcf__V1__CaseState *state, const char *plan_id, const char *item_id)
{
    size_t i = 0;
    while (i < state->n_open_items && (strcmp(state->open_items[i]->plan_id, plan_id) != 0 ||
                                       strcmp(state->open_items[i]->item_id, item_id) != 0))
        i++;
    return i;
}

/* Removes the item; opens it again with this status unless that is NULL. */
static dcf_status set_item(dcf_run *run, char *plan_id, char *item_id, const char *status)
{
    Dcf__V1__CaseState *state = run->state;
    size_t i = find_item(state, plan_id, item_id);
    if (i < state->n_open_items) DCF_TRY(DCF_LIST_REMOVE(run, open_items, i));
    if (!status) return DCF_OK;
    Dcf__V1__OpenItem *item = dcf_arena_alloc(run->arena, sizeof *item);
    if (!item) return DCF_ERR(NOMEM);
    dcf__v1__open_item__init(item);
    item->plan_id = plan_id;
    item->item_id = item_id;
    item->status = (char *)status;
    return DCF_LIST_ADD(run, open_items, item, OPEN_ITEMS_MAX);
}

static dcf_status ask(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__ActionPlan *plan = s->envelope->action_plan;
    for (size_t i = 0; i < plan->n_items; i++)
        DCF_TRY(set_item(run, plan->plan_id, plan->items[i]->item_id, "requested"));
    return DCF_OK;
}

/* Domain facts 5.2: an item ends met, not available or cancelled; partly met it stays open. */
static dcf_status answer(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__ActionPlanAnswer *a = s->envelope->action_plan_answer;
    for (size_t i = 0; i < a->n_answers; i++) {
        const char *status = a->answers[i]->status;
        bool ends = !strcmp(status, "met") || !strcmp(status, "notAvailable") ||
                    !strcmp(status, "cancelled");
        bool asked =
            find_item(run->state, a->plan_id, a->answers[i]->item_id) < run->state->n_open_items;
        if (asked)
            DCF_TRY(set_item(run, a->plan_id, a->answers[i]->item_id, ends ? NULL : "partMet"));
    }
    return DCF_OK;
}

/* CP10: remembers which cases this one took in. Parts split off keep its URN root, so they stay
 * this case. */
static dcf_status merge(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__SplitMerge *m = s->envelope->split_merge;
    if (strcmp(m->kind, "merge") != 0) return DCF_OK;
    for (size_t i = 0; i < m->n_merged_urns; i++) {
        dcf_urn urn;
        bool read = dcf_urn_parse(dcf_span_str(m->merged_urns[i]), &urn) != DCF_ID_BAD_FORM;
        const char *root = dcf_arena_strdup(run->arena, read ? urn.root : m->merged_urns[i]);
        DCF_TRY(DCF_LIST_ADD(run, merged_from, root, MERGED_MAX));
    }
    return DCF_OK;
}

static const struct {
    Dcf__V1__Envelope__BodyCase type;
    dcf_status (*take)(dcf_run *run, const dcf_subject *s);
} effects[] = {
    {DCF__V1__ENVELOPE__BODY_ACTION_PLAN, ask},
    {DCF__V1__ENVELOPE__BODY_ACTION_PLAN_ANSWER, answer},
    {DCF__V1__ENVELOPE__BODY_SPLIT_MERGE, merge},
};

/* A case remembers who its parties are: its first message tells, and the force's link the last
 * submission. */
static void remember(dcf_run *run, const dcf_subject *s, const dcf_party *party)
{
    Dcf__V1__CaseState *state = run->state;
    if (party && party->kind == DCF_PARTY_CPS) {
        state->cps_party = (char *)party->name;
    } else if (party) {
        state->force_party = (char *)party->name;
        if (party == s->sender) state->force_link = s->envelope->source->link;
    }
}

dcf_status dcf_effect(dcf_run *run, const dcf_subject *s)
{
    if (s->rule->opens) {
        Dcf__V1__CaseState *state = run->state;
        if (!state->force_party[0]) state->test = s->test;
        state->force = (char *)s->force;
        state->area = (char *)s->area;
        remember(run, s, s->sender);
        remember(run, s, s->to);
    }
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++)
        if (effects[i].type == s->envelope->body_case) return effects[i].take(run, s);
    return DCF_OK;
}
