/* policy_check.c - the policies that compare a message with its case: what conditions cannot say.
 */
#include "exchange/policy.h"
#include "exchange/run.h"
#include "model/ids.h"

#include <stdio.h>
#include <string.h>

static void breach_at(const dcf_policy *p, dcf_subject *s, const char *field, size_t i)
{
    char place[64];
    snprintf(place, sizeof place, "%s[%zu]", field, i);
    dcf_policy_breach(p, s, place);
}

/* --- Recommendation 13 --------------------------------------------------- */

static bool same_bytes(const ProtobufCBinaryData *a, const uint8_t b[32])
{
    return a->len == 32 && memcmp(a->data, b, 32) == 0;
}

/* An item of this plan itself, sent again, is no second request. */
static bool asked_elsewhere(const dcf_run *run, const char *plan_id, const char *item_id,
                            const uint8_t asked[32])
{
    const Dcf__V1__CaseState *st = run->state;
    for (size_t i = 0; i < st->n_open_items; i++) {
        const Dcf__V1__OpenItem *o = st->open_items[i];
        bool itself = !strcmp(o->plan_id, plan_id) && !strcmp(o->item_id, item_id);
        if (!itself && same_bytes(&o->asked, asked)) return true;
    }
    for (size_t i = 0; i < st->n_closed_items; i++) {
        const Dcf__V1__ClosedItem *c = st->closed_items[i];
        bool itself = !strcmp(c->plan_id, plan_id) && !strcmp(c->item_id, item_id);
        if (!itself && !strcmp(c->status, "met") && same_bytes(&c->asked, asked)) return true;
    }
    return false;
}

static void not_asked_before(const dcf_policy *p, const dcf_run *run, dcf_subject *s,
                             const ProtobufCMessage *what, const char *place)
{
    const Dcf__V1__ActionPlan *plan = (const Dcf__V1__ActionPlan *)what;
    (void)place;
    for (size_t i = 0; i < plan->n_items; i++) {
        uint8_t asked[32];
        if (dcf_failed(dcf_item_digest(run, plan->items[i], asked))) continue;
        if (asked_elsewhere(run, plan->plan_id, plan->items[i]->item_id, asked))
            breach_at(p, s, "items", i);
    }
}

static bool is_listed(const dcf_policy *p, const char *form)
{
    for (size_t i = 0; i < p->form_count; i++)
        if (strcmp(p->forms[i], form) == 0) return true;
    return false;
}

static bool is_provided(const Dcf__V1__CaseState *st, const char *form)
{
    for (size_t i = 0; i < st->n_provided; i++)
        if (strcmp(st->provided[i]->document_type, form) == 0) return true;
    return false;
}

/* Polaris action types: StartFileBuild asks for what is not there, ModifyFileBuild for a change. */
static void not_provided_already(const dcf_policy *p, const dcf_run *run, dcf_subject *s,
                                 const ProtobufCMessage *what, const char *place)
{
    const Dcf__V1__ActionPlan *plan = (const Dcf__V1__ActionPlan *)what;
    (void)place;
    for (size_t i = 0; i < plan->n_items; i++) {
        const Dcf__V1__ActionItem *item = plan->items[i];
        if (strcmp(item->action_type, "ModifyFileBuild") != 0 &&
            is_listed(p, item->document_type) && is_provided(run->state, item->document_type))
            breach_at(p, s, "items", i);
    }
}

/* --- Recommendations 14 and 15 ------------------------------------------- */

static void receiver_is_cleared(const dcf_policy *p, const dcf_run *run, dcf_subject *s,
                                const ProtobufCMessage *what, const char *place)
{
    char field[256];
    (void)run;
    (void)what;
    if (!s->to || dcf_party_is_cleared(s->to, "unredacted")) return;
    snprintf(field, sizeof field, "%slane", place);
    dcf_policy_breach(p, s, field);
}

static void tool_is_registered(const dcf_policy *p, const dcf_run *run, dcf_subject *s,
                               const ProtobufCMessage *what, const char *place)
{
    const Dcf__V1__RedactionManifest *r = ((const Dcf__V1__Material *)what)->redaction;
    bool known = dcf_tools_has(run->x->tools, r->tool, r->tool_version, NULL);
    for (size_t i = 0; i < r->n_redactions && known; i++)
        if (strcmp(r->redactions[i]->method, "manual") != 0 &&
            strcmp(r->redactions[i]->method, "automatic") != 0) /* AI, however it is written */
            known =
                dcf_tools_has(run->x->tools, r->tool, r->tool_version, r->redactions[i]->model_id);
    if (known) return;
    char field[256];
    snprintf(field, sizeof field, "%sredaction.tool", place);
    dcf_policy_breach(p, s, field);
}

/* --- authorised and actual charge ----------------------------------------- */

/* MG3 names a suspect by the force's own id or the ASN; a decision with neither is for all. */
static bool is_for(const Dcf__V1__AuthorisedCharge *a, const Dcf__V1__Defendant *d)
{
    if (*a->suspect_id && *d->source_id) return strcmp(a->suspect_id, d->source_id) == 0;
    if (*a->asn && *d->asn) return strcmp(a->asn, d->asn) == 0;
    return true;
}

static bool is_authorised(const Dcf__V1__CaseState *st, const Dcf__V1__Defendant *d,
                          const Dcf__V1__Offence *o)
{
    for (size_t i = 0; i < st->n_authorised; i++) {
        const Dcf__V1__AuthorisedCharge *a = st->authorised[i];
        bool same_day = !*a->start_date || !*o->start_date || !strcmp(a->start_date, o->start_date);
        if (is_for(a, d) && same_day && strcmp(a->offence_code, o->code) == 0) return true;
    }
    return false;
}

/* Nothing is said when no decision listed its charges: then there is nothing to compare with. */
static void charge_is_authorised(const dcf_policy *p, const dcf_run *run, dcf_subject *s,
                                 const ProtobufCMessage *what, const char *place)
{
    const Dcf__V1__ChargeNotification *c = (const Dcf__V1__ChargeNotification *)what;
    (void)place;
    for (size_t i = 0; run->state->n_authorised && i < c->n_defendants; i++)
        for (size_t k = 0; k < c->defendants[i]->n_offences; k++) {
            char field[64];
            if (is_authorised(run->state, c->defendants[i], c->defendants[i]->offences[k]))
                continue;
            snprintf(field, sizeof field, "defendants[%zu].offences[%zu].code", i, k);
            dcf_policy_breach(p, s, field);
        }
}

/* --- CP10 ----------------------------------------------------------------- */

static bool may_take_in(const dcf_run *run, const dcf_subject *s, const char *urn_text)
{
    dcf_urn urn;
    if (dcf_urn_parse(dcf_span_str(urn_text), &urn) != DCF_ID_OK) return false;
    const dcf_force *f = dcf_force_by_code(run->x->config.forces, urn.force);
    return f && strcmp(f->code, s->force) == 0 && strcmp(urn.root, run->state->case_key) != 0;
}

static void merge_is_possible(const dcf_policy *p, const dcf_run *run, dcf_subject *s,
                              const ProtobufCMessage *what, const char *place)
{
    const Dcf__V1__SplitMerge *m = (const Dcf__V1__SplitMerge *)what;
    (void)place;
    if (!m->n_merged_urns) dcf_policy_breach(p, s, "merged_urns");
    for (size_t i = 0; i < m->n_merged_urns; i++)
        if (!may_take_in(run, s, m->merged_urns[i])) breach_at(p, s, "merged_urns", i);
}

dcf_policy_check *dcf_policy_check_by_name(const char *name)
{
    static const struct {
        const char *name;
        dcf_policy_check *check;
    } checks[] = {
        {"charge_is_authorised", charge_is_authorised},
        {"not_asked_before", not_asked_before},
        {"not_provided_already", not_provided_already},
        {"receiver_is_cleared", receiver_is_cleared},
        {"tool_is_registered", tool_is_registered},
        {"merge_is_possible", merge_is_possible},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (strcmp(checks[i].name, name) == 0) return checks[i].check;
    return NULL;
}
