/* policy.c - what a message must hold to go on: one row a policy, all faults told at once. */
#include "exchange/run.h"

#include <stdio.h>

typedef struct policy {
    const char *name; /* for who reads the code: the agreement behind it */
    dcf_fault_code fault;
    Dcf__V1__Envelope__BodyCase applies;
    dcf_severity
        action; /* ERROR: the message is held; WARN: it goes on and the fault travels with it */
    void (*check)(const struct policy *p, dcf_subject *s);
} policy;

static void breach(const policy *p, dcf_subject *s, const char *field, const char *detail)
{
    dcf_faults_add_as(&s->faults, p->action, p->fault, 0, 0, "", field, "%s", detail);
}

/* Recommendation 16: whom the officer can ring or write to. */
static void prosecutor_contact(const policy *p, dcf_subject *s)
{
    const Dcf__V1__Worker *w = s->envelope->charging_decision->prosecutor;
    const Dcf__V1__Contact *c = w ? w->contact : NULL;
    if (!w || !w->name || !w->name->family_name[0])
        breach(p, s, "prosecutor.name", "the prosecutor's name is missing");
    if (!c ||
        !(c->telephone_business[0] || c->telephone_mobile[0] || c->email_1[0] || c->email_2[0]))
        breach(p, s, "prosecutor.contact", "neither telephone nor e-mail");
}

/* Recommendation 13: what is asked for, of which kind, why and by when. */
static void complete_items(const policy *p, dcf_subject *s)
{
    const Dcf__V1__ActionPlan *plan = s->envelope->action_plan;
    if (!plan->n_items) breach(p, s, "items", "the plan asks for nothing");
    for (size_t i = 0; i < plan->n_items; i++) {
        const Dcf__V1__ActionItem *item = plan->items[i];
        char detail[48];
        snprintf(detail, sizeof detail, "missing in item %zu of %zu", i + 1, plan->n_items);
        if (!item->rationale[0]) breach(p, s, "items.rationale", detail);
        if (!item->category[0]) breach(p, s, "items.category", detail);
        if (!item->due_date[0]) breach(p, s, "items.due_date", detail);
        if (!item->text[0]) breach(p, s, "items.text", detail);
    }
}

static const policy policies[] = {
    {"decisions carry a prosecutor contact", DCF_FAULT_NO_CONTACT,
     DCF__V1__ENVELOPE__BODY_CHARGING_DECISION, DCF_SEVERITY_ERROR, prosecutor_contact},
    {"action plans are complete", DCF_FAULT_NO_RATIONALE, DCF__V1__ENVELOPE__BODY_ACTION_PLAN,
     DCF_SEVERITY_ERROR, complete_items},
};

void dcf_policies(dcf_subject *s)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        if (policies[i].applies == s->envelope->body_case) policies[i].check(&policies[i], s);
}
