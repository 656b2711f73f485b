/* admit.c - whose message it is: sender, force, test; before the case is looked at. */
#include "exchange/run.h"
#include "model/envelope.h"
#include "model/ids.h"

#include <string.h>

void dcf_subject_fault(dcf_subject *s, dcf_fault_code code, const char *field, const char *detail)
{
    dcf_faults_add(&s->faults, code, 0, 0, "", field, "%s", detail);
}

dcf_fault_code dcf_subject_error(const dcf_subject *s)
{
    for (size_t i = 0; i < s->faults.count; i++)
        if (s->faults.items[i].severity == DCF_SEVERITY_ERROR) return s->faults.items[i].code;
    return 0;
}

/* The code of a known force ("02" gives "01"); NULL when it is none. */
static const char *known_force(const dcf_run *run, const char *two)
{
    const dcf_force *f = dcf_force_by_code(run->x->config.forces, two);
    return f ? f->code : NULL;
}

/* By the arrest/summons numbers, dummies skipped: characters 3 and 4. */
static const char *force_of_asn(const dcf_run *run, Dcf__V1__Defendant *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        dcf_asn asn;
        dcf_id_check check = dcf_asn_parse(dcf_span_str(list[i]->asn), &asn);
        if (check == DCF_ID_BAD_FORM || check == DCF_ID_DUMMY) continue;
        const char *force = known_force(run, (char[]){asn.text[2], asn.text[3], '\0'});
        if (force) return force;
    }
    return NULL;
}

/* By an organisation unit code: perhaps a top level, then force, division, unit ("116HQ00",
 * "01ZD"). */
static const char *force_of_organisation(const dcf_run *run, const char *code)
{
    size_t size = strlen(code);
    if (size < 2) return NULL;
    const char *at = size == 7 ? code + 1 : code;
    return known_force(run, (char[]){at[0], at[1], '\0'});
}

/* Domain facts 0.6 (Bichard7 enrichForceOwner): URN, then ASN, then organisation. */
static const char *force_of(const dcf_run *run, const Dcf__V1__Envelope *e)
{
    if (run->state->force[0]) return run->state->force;
    dcf_urn urn;
    const char *force = NULL;
    if (dcf_urn_parse(dcf_span_str(dcf_case_urn(e)), &urn) == DCF_ID_OK)
        force = known_force(run, urn.force);
    if (!force && e->body_case == DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION) {
        const Dcf__V1__CaseSubmission *c = e->case_submission;
        force = force_of_asn(run, c->defendants, c->n_defendants);
        if (!force) force = force_of_organisation(run, c->originating_organisation);
    }
    if (!force && e->body_case == DCF__V1__ENVELOPE__BODY_CHARGE_NOTIFICATION)
        force = force_of_asn(run, e->charge_notification->defendants,
                             e->charge_notification->n_defendants);
    return force ? force : "";
}

static void check_sender(const dcf_run *run, dcf_subject *s)
{
    const char *party = s->envelope->source ? s->envelope->source->party : "";
    s->sender = dcf_party_by_name(run->x->config.parties, party);
    if (strcmp(party, DCF_BROKER_PARTY) == 0)
        s->side = DCF_SENDER_BROKER;
    else if (s->sender)
        s->side = s->sender->kind == DCF_PARTY_CPS ? DCF_SENDER_CPS : DCF_SENDER_FORCE;
    else
        dcf_subject_fault(s, DCF_FAULT_NOT_ALLOWED_SENDER, "source.party",
                          "the sender is no configured party");
    if (s->side && !(s->rule->senders & s->side))
        dcf_subject_fault(s, DCF_FAULT_NOT_ALLOWED_SENDER, "", s->rule->type->name);
}

static void check_case(const dcf_run *run, dcf_subject *s)
{
    dcf_urn urn;
    const char *key = dcf_case_urn(s->envelope);
    if (!*key)
        dcf_subject_fault(s, DCF_FAULT_NO_URN, "urn", "the URN is missing");
    else if (dcf_urn_parse(dcf_span_str(key), &urn) == DCF_ID_DUMMY)
        dcf_subject_fault(s, DCF_FAULT_NO_URN, "urn", "a dummy URN, which many cases share");
    s->force = force_of(run, s->envelope);
    s->area = dcf_area_of(run, s);
}

/* Forces speak for their own cases; the CPS for those of the Areas it serves. */
static void check_owner(const dcf_run *run, dcf_subject *s)
{
    if (!s->sender || dcf_subject_error(s)) return;
    if (!*s->force)
        dcf_subject_fault(s, DCF_FAULT_NO_URN, "urn",
                          "neither URN, ASN nor organisation tells the force");
    else if (s->side == DCF_SENDER_FORCE && !dcf_party_speaks_for(s->sender, s->force))
        dcf_subject_fault(s, DCF_FAULT_NOT_YOUR_CASE, "urn", "another force's case");
    else if (s->side == DCF_SENDER_CPS && !dcf_party_serves(s->sender, s->area) &&
             strcmp(s->sender->name, run->state->cps_party) != 0)
        dcf_subject_fault(s, DCF_FAULT_NOT_YOUR_CASE, "urn", "another CPS Area's case");
}

/* What the stage of its link lets through. */
static void check_stage(dcf_subject *s)
{
    for (size_t i = 0; s->sender && i < s->sender->link_count; i++)
        if (strcmp(s->sender->links[i].name, s->envelope->source->link) == 0)
            s->by = &s->sender->links[i];
    if (!s->sender || !s->by) return;
    if (s->by->stage == DCF_STAGE_REGISTERED)
        dcf_subject_fault(s, DCF_FAULT_LINK_REGISTERED, "", s->by->name);
    else if (s->by->stage == DCF_STAGE_TEST && s->sender->live && !s->envelope->test)
        dcf_subject_fault(s, DCF_FAULT_REAL_ON_TEST_LINK, "", s->by->name);
}

/* Test systems on test links, and a case is one or the other (TWIF TransactionMode, SPI
 * TestOperation). */
static void check_test(const dcf_run *run, dcf_subject *s)
{
    bool opened = run->state->force_party[0] != '\0';
    s->test = s->envelope->test || (s->sender && !s->sender->live);
    bool in_test = s->by && s->by->stage == DCF_STAGE_TEST;
    if (s->test && s->sender && s->sender->live && !in_test)
        dcf_subject_fault(s, DCF_FAULT_TEST_TO_LIVE, "test", "a test message on a live link");
    else if (s->sender && opened && s->test != (bool)run->state->test)
        dcf_subject_fault(s, DCF_FAULT_TEST_TO_LIVE, "test", "test and live messages of one case");
}

void dcf_admit(const dcf_run *run, dcf_subject *s)
{
    if (s->rule) {
        check_sender(run, s);
        check_stage(s);
        check_case(run, s);
        check_test(run, s);
        check_owner(run, s);
    } else {
        dcf_subject_fault(s, DCF_FAULT_UNKNOWN_MESSAGE, "body",
                          "no body of this version of the exchange");
    }
    s->outside = dcf_subject_error(s) != 0;
}
