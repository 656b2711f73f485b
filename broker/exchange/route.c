/* route.c - who gets a message: the CPS by Area, the force by case, or whom the broker names. */
#include "exchange/run.h"
#include "model/ids.h"

#include <string.h>

bool dcf_party_serves(const dcf_party *party, const char *area)
{
    if (party->kind != DCF_PARTY_CPS) return false;
    if (!party->areas[0]) return true;
    for (const char *const *a = party->areas; *a; a++)
        if (strcmp(*a, area) == 0) return true;
    return false;
}

const char *dcf_case_urn(const Dcf__V1__Envelope *e)
{
    return e->case_key + (e->shadow && e->case_key[0] == DCF_SHADOW_MARK);
}

/* Domain facts 2.3: in London the force alone does not tell; the police unit must, by
 * configuration. */
const char *dcf_area_of(const dcf_run *run, const dcf_subject *s)
{
    if (run->state->area[0]) return run->state->area;
    if (!*s->force) return "";
    const Dcf__V1__Envelope *e = s->envelope;
    const char *unit = "";
    dcf_urn urn;
    if (dcf_urn_parse(dcf_span_str(dcf_case_urn(e)), &urn) == DCF_ID_OK)
        unit = urn.unit;
    else if (e->body_case == DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION)
        unit = e->case_submission->police_unit;
    const char *area = dcf_force_area(run->x->config.forces, s->force, unit);
    return area ? area : "";
}

const dcf_link *dcf_link_to(const dcf_party *party, const char *preferred)
{
    for (size_t i = 0; i < party->link_count; i++)
        if (party->links[i].has_out && strcmp(party->links[i].name, preferred) == 0)
            return &party->links[i];
    return dcf_party_out(party);
}

typedef enum side { TO_FORCE, TO_CPS } side;

static bool fits(const dcf_party *p, side to, const dcf_subject *s)
{
    return to == TO_CPS ? dcf_party_serves(p, s->area) : dcf_party_speaks_for(p, s->force);
}

/* Whom the case already has on that side, else the first configured one; test parties for test
 * messages only. */
static void find_party(const dcf_run *run, dcf_subject *s, side to)
{
    const dcf_parties *parties = run->x->config.parties;
    s->to =
        dcf_party_by_name(parties, to == TO_CPS ? run->state->cps_party : run->state->force_party);
    if (s->to && s->to->live != s->test) return;
    bool wrong_kind = s->to != NULL;
    s->to = NULL;
    for (size_t i = 0; i < parties->count && !s->to; i++) {
        if (!fits(&parties->items[i], to, s)) continue;
        if (parties->items[i].live == s->test)
            wrong_kind = true;
        else
            s->to = &parties->items[i];
    }
    if (s->to) return;
    if (wrong_kind && s->test)
        dcf_subject_fault(s, DCF_FAULT_TEST_TO_LIVE, "test", "the only receiver is live");
    else
        dcf_subject_fault(s, DCF_FAULT_NO_ROUTE, "",
                          to == TO_CPS ? "no CPS party serves the Area"
                                       : "no party speaks for the force");
}

void dcf_route(const dcf_run *run, dcf_subject *s)
{
    dcf_rule_route route = s->rule->route;
    if (route == DCF_ROUTE_NONE || (route == DCF_ROUTE_OTHER && s->side == DCF_SENDER_BROKER))
        return;
    if (route == DCF_ROUTE_OTHER || route == DCF_ROUTE_NAMED)
        route = s->side == DCF_SENDER_CPS ? DCF_ROUTE_FORCE : DCF_ROUTE_CPS;
    find_party(run, s, route == DCF_ROUTE_CPS ? TO_CPS : TO_FORCE);
    if (s->to && !dcf_link_to(s->to, ""))
        dcf_subject_fault(s, DCF_FAULT_NO_ROUTE, "", "the receiver has no link that leads out");
    const dcf_link *out = s->to ? dcf_link_to(s->to, "") : NULL;
    if (out && (out->stage == DCF_STAGE_REGISTERED || (out->stage == DCF_STAGE_TEST && !s->test)))
        dcf_subject_fault(s, DCF_FAULT_RECEIVER_NOT_READY, "", dcf_stage_text(out->stage));
    if (s->to && s->to->kind == DCF_PARTY_CPS && !*s->area)
        dcf_subject_fault(s, DCF_FAULT_AREA_UNDECIDED, "area", "the force has several Areas");
}
