/* effect.c - what a taken message leaves in the case's state: by its type, a row each. */
#include "exchange/run.h"

static const struct {
    Dcf__V1__Envelope__BodyCase type;
    dcf_status (*take)(dcf_run *run, const dcf_subject *s);
} effects[] = {
    {DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION, dcf_take_materials},
    {DCF__V1__ENVELOPE__BODY_MATERIAL_NOTICE, dcf_take_materials},
    {DCF__V1__ENVELOPE__BODY_CHARGING_DECISION, dcf_take_decision},
    {DCF__V1__ENVELOPE__BODY_ACTION_PLAN, dcf_take_plan},
    {DCF__V1__ENVELOPE__BODY_ACTION_PLAN_ANSWER, dcf_take_plan_answer},
    {DCF__V1__ENVELOPE__BODY_SPLIT_MERGE, dcf_take_split_merge},
    {DCF__V1__ENVELOPE__BODY_RECEIPT, dcf_expect_receipt},
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
    DCF_TRY(dcf_expect_answered(run, s));
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++)
        if (effects[i].type == s->envelope->body_case) return effects[i].take(run, s);
    return DCF_OK;
}
