/*
 * review.c - what the mock CPS does with what it was sent: triage, decision,
 * action plan, and another decision once the plan is answered. Ids and dates
 * come from the delivery alone, so that a replayed journal gives the same
 * documents with the same ids.
 */
#include "mockcps/state.h"

#include <stdlib.h>

static const char *text_of(const json_t *object, const char *name, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : fallback;
}

static const char *setting(const mock *m, const char *name)
{
    return dcf_yaml_str(dcf_yaml_root(m->triage), name, "unknown");
}

/* A UUID-formed id made from the delivery's key, the case and what it is for. */
static char *derived_id(const mock_delivery *d, const mock_case *c, const char *what,
                        char out[MOCK_ID_SIZE])
{
    char hex[DCF_SHA256_HEX_SIZE];
    dcf_buf seed DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_printf(&seed, "%s %s %s", d->key, c->urn, what);
    dcf_sha256_hex(dcf_buf_span(&seed), hex);
    snprintf(out, MOCK_ID_SIZE, "%.8s-%.4s-8%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15,
             hex + 18);
    return out;
}

/* messageType, header and urn: how every document of the mock begins. */
static json_t *begin(const mock *m, const mock_case *c, const mock_delivery *d, const char *type)
{
    char id[MOCK_ID_SIZE], at[DCF_TIME_TEXT_SIZE];
    const json_t *header = json_object_get(d->doc, "header");
    json_t *correlation = json_object_get(header, "correlationId");
    return json_pack(
        "{s:s, s:{s:s, s:O*, s:s, s:s, s:{s:s, s:s}, s:O, s:O}, s:s}", "messageType", type,
        "header", "messageId", derived_id(d, c, type, id), "correlationId", correlation,
        "causationId", mock_message_id(d->doc), "sentAt", dcf_time_format(d->at_ms, at), "from",
        "organisation", setting(m, "organisation"), "system", setting(m, "system"), "to",
        json_object_get(header, "from"), "test", json_object_get(header, "test"), "urn", c->urn);
}

static json_t *prosecutor(const mock *m)
{
    json_t *p = json_object();
    const dcf_yaml *from = dcf_yaml_get(dcf_yaml_root(m->triage), "prosecutor");
    for (size_t i = 0; from && i < from->count; i++)
        json_object_set_new(p, from->items[i].key, json_string(from->items[i].text));
    return p;
}

/* --- triage --- */

static json_t *scripted_reasons(const dcf_yaml *codes)
{
    json_t *reasons = json_array();
    for (size_t i = 0; codes && i < codes->count; i++)
        json_array_append_new(reasons, json_pack("{s:s, s:s}", "code", codes->items[i].text, "text",
                                                 "As the scenario says."));
    return reasons;
}

/* Records the outcome; true when the case is accepted. Takes reasons. */
static bool triage(mock *m, mock_case *c, const mock_delivery *d, json_t *reasons)
{
    const dcf_yaml *script = scenario_find(m->scenario, c->urn, d->type, "triage");
    if (script) {
        json_decref(reasons);
        reasons = scripted_reasons(dcf_yaml_get(script, "reasons"));
    }
    bool accepted = json_array_size(reasons) == 0;
    char at[DCF_TIME_TEXT_SIZE], reply_by[DCF_TIME_TEXT_SIZE];
    const char *days = dcf_yaml_str(dcf_yaml_root(m->triage), "policeResponseDays", "14");
    mock_date(d->at_ms, strtol(days, NULL, 10), reply_by);
    json_t *outcome = begin(m, c, d, "triageOutcome");
    json_object_update_new(
        outcome,
        json_pack("{s:s, s:s, s:o, s:O*, s:O*, s:s*, s:b, s:s*, s:s*, s:o}", "outcome",
                  accepted ? "accepted" : "rejected", "triagedAt", dcf_time_format(d->at_ms, at),
                  "reasons", reasons, "reviewType", json_object_get(c->submission, "reviewType"),
                  "caseType", json_object_get(c->submission, "caseType"), "policeResponseDate",
                  accepted ? NULL : reply_by, "nfsCompliant", accepted, "area", setting(m, "area"),
                  "unit", setting(m, "unit"), "triagedBy", prosecutor(m)));
    json_decref(c->triage);
    c->triage = outcome;
    c->state = accepted ? "accepted" : "rejected";
    mock_send(m, c, outcome, d->at_ms);
    return accepted;
}

/* --- decision --- */

static char *suspect_name(const json_t *defendant, char *out, size_t size)
{
    const json_t *name = json_object_get(json_object_get(defendant, "person"), "name");
    const char *family = text_of(name, "familyName", ""), *given = text_of(name, "givenName1", "");
    const char *organisation =
        text_of(json_object_get(defendant, "organisation"), "name", "unknown");
    snprintf(out, size, "%s%s%s", *family || *given ? family : organisation,
             *family && *given ? ", " : "", given);
    return out;
}

static bool charges(const char *code)
{
    return code[0] == 'A' || code[0] == 'B';
}

static json_t *authorised(const json_t *defendant)
{
    json_t *list = json_array(), *offence;
    size_t i;
    json_array_foreach(json_object_get(defendant, "offences"), i, offence) json_array_append_new(
        list, json_pack("{s:O, s:O*, s:O*, s:O*, s:O*, s:O*, s:O*}", "cjsCode",
                        json_object_get(offence, "offenceCode"), "sequenceNumber",
                        json_object_get(offence, "sequenceNumber"), "wording",
                        json_object_get(offence, "wording"), "category",
                        json_object_get(offence, "category"), "fromDate",
                        json_object_get(offence, "startDate"), "toDate",
                        json_object_get(offence, "endDate"), "location",
                        json_object_get(offence, "location")));
    return list;
}

static json_t *suspects(const mock_case *c, const char *code, const dcf_yaml *script)
{
    json_t *list = json_array(), *defendant;
    size_t i;
    json_array_foreach(json_object_get(c->submission, "defendants"), i, defendant)
    {
        char name[256];
        json_array_append_new(
            list, json_pack("{s:O*, s:O*, s:s, s:s, s:s*, s:s*, s:o*}", "defendantRef",
                            json_object_get(defendant, "defendantRef"), "asn",
                            json_object_get(defendant, "asn"), "name",
                            suspect_name(defendant, name, sizeof name), "decisionCode", code,
                            "reasonCode", dcf_yaml_str(script, "reasonCode", NULL), "reason",
                            dcf_yaml_str(script, "reason", NULL), "authorisedCharges",
                            charges(code) ? authorised(defendant) : NULL));
    }
    return list;
}

/* Which setting of triage.yaml's decision table holds for the case. */
static const char *usual_code(const mock *m, const mock_case *c, bool asking, bool again)
{
    const char *kind = "preCharge", *type = text_of(c->submission, "caseType", "preCharge");
    bool before_charge = strcmp(type, "preCharge") == 0;
    if (again)
        kind = "afterActions";
    else if (before_charge && strcmp(text_of(c->submission, "reviewType", ""), "earlyAdvice") == 0)
        kind = "earlyAdvice";
    else if (before_charge && asking)
        kind = "withActions";
    else if (strcmp(text_of(c->submission, "initiation", ""), "SingleJusticeProcedure") == 0)
        kind = "singleJustice";
    else if (!before_charge)
        kind = "charged";
    return dcf_yaml_str(dcf_yaml_get(dcf_yaml_root(m->triage), "decision"), kind, "A");
}

/* Records the decision; returns its code, which lives as long as triage.yaml and the scenario. */
static const char *decide(mock *m, mock_case *c, const mock_delivery *d, bool asking, bool again)
{
    const dcf_yaml *script = scenario_find(m->scenario, c->urn, d->type, "decision");
    const char *code = dcf_yaml_str(script, "code", usual_code(m, c, asking, again));
    bool before_charge = strcmp(text_of(c->submission, "caseType", ""), "preCharge") == 0;
    bool threshold = strcmp(text_of(c->submission, "codeTest", ""), "Threshold") == 0;
    char id[MOCK_ID_SIZE], today[DCF_TIME_TEXT_SIZE];
    json_t *decision = begin(m, c, d, "chargingDecision");
    json_object_update_new(
        decision,
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s}], s:o, s:o, s:O*}",
                  "consultationId", derived_id(d, c, "consultation", id), "form",
                  c->decision || !before_charge ? "MG3A" : "MG3", "evidentialTest",
                  threshold ? "ThresholdTest" : "FullCodeTest", "investigationStage",
                  before_charge ? "BailForChargingDecision" : "PostCharge", "adviceMethod",
                  "Electronic", "decisionDate", mock_date(d->at_ms, 0, today), "caseAnalysis",
                  "heading", "Evidential stage", "text",
                  charges(code) ? "There is a realistic prospect of conviction."
                                : "See the decision for each suspect.",
                  "suspects", suspects(c, code, script), "prosecutor", prosecutor(m),
                  "monitoringCodes", json_object_get(c->submission, "monitoringCodes")));
    json_decref(c->decision);
    c->decision = decision;
    c->state = "decided";
    mock_send(m, c, decision, d->at_ms);
    return code;
}

/* --- action plan --- */

static json_t *general_ask(const mock_delivery *d)
{
    char due[DCF_TIME_TEXT_SIZE];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "category", "Other", "actionType",
                     "ActionPlan", "text", "Report on the further lines of enquiry agreed.",
                     "dG6Justification", "The decision cannot be taken on the present evidence.",
                     "dueDate", mock_date(d->at_ms, 28, due), "stepCode", "NKWD", "status",
                     "Requested");
}

/* Whom the items are about: all of the case, by the best reference there is. */
static json_t *defendant_refs(const mock_case *c)
{
    json_t *refs = json_array(), *defendant;
    size_t i;
    json_array_foreach(json_object_get(c->submission, "defendants"), i, defendant)
    {
        char name[256];
        const char *ref =
            text_of(defendant, "defendantRef",
                    text_of(defendant, "asn", suspect_name(defendant, name, sizeof name)));
        json_array_append_new(refs, json_sprintf("%.64s", ref));
    }
    return refs;
}

static void complete_items(json_t *items, const mock_case *c)
{
    json_t *refs = defendant_refs(c), *item;
    size_t i;
    json_array_foreach(items, i, item)
    {
        json_object_set_new(item, "itemId",
                            json_sprintf("%zu-%zu", json_array_size(c->plans) + 1, i + 1));
        json_object_set(item, "defendants", refs);
    }
    json_decref(refs);
}

static void ask(mock *m, mock_case *c, const mock_delivery *d, json_t *items)
{
    char id[MOCK_ID_SIZE], at[DCF_TIME_TEXT_SIZE], follow_up[DCF_TIME_TEXT_SIZE];
    complete_items(items, c);
    json_t *plan = begin(m, c, d, "actionPlan");
    json_object_update_new(
        plan, json_pack("{s:s, s:O, s:s, s:O, s:s, s:o}", "planId", derived_id(d, c, "plan", id),
                        "consultationId", json_object_get(c->decision, "consultationId"),
                        "createdAt", dcf_time_format(d->at_ms, at), "items", items, "followUpDate",
                        mock_date(d->at_ms, 28, follow_up), "prosecutor", prosecutor(m)));
    c->state = "actionPlan";
    mock_send(m, c, plan, d->at_ms);
    json_array_append_new(c->plans, plan);
}

static bool outstanding(const json_t *item)
{
    const char *status = text_of(item, "status", "Requested");
    return strcmp(status, "Met") != 0 && strcmp(status, "NotAvailable") != 0 &&
           strcmp(status, "Cancelled") != 0;
}

/* Decides again once nothing of the last plan is open. */
static void decide_when_answered(mock *m, mock_case *c, const mock_delivery *d)
{
    size_t i;
    json_t *item;
    if (strcmp(c->state, "actionPlan") != 0) return;
    json_array_foreach(
        json_object_get(json_array_get(c->plans, json_array_size(c->plans) - 1), "items"), i,
        item) if (outstanding(item)) return;
    decide(m, c, d, false, true);
}

/* Marks every item whose field has this value; plans are marked where they stand. */
static void mark(mock_case *c, const char *field, const char *value, const char *status)
{
    size_t p, i;
    json_t *plan, *item;
    json_array_foreach(c->plans, p, plan) json_array_foreach(
        json_object_get(plan, "items"), i,
        item) if (strcmp(text_of(item, field, ""), value) == 0 && outstanding(item))
        json_object_set_new(item, "status", json_string(status));
}

/* --- documents taken --- */

static void note_documents(mock_case *c, const json_t *documents)
{
    size_t i;
    json_t *document;
    json_array_foreach(documents, i, document)
    {
        const char *type = text_of(document, "documentType", "");
        if (json_is_false(json_object_get(document, "present"))) continue;
        json_object_set_new(c->documents, type, json_true());
        mark(c, "documentType", type, "Met");
    }
}

static void take_submission(mock *m, mock_case *c, const mock_delivery *d)
{
    json_decref(c->submission);
    c->submission = json_incref(d->doc);
    note_documents(c, json_object_get(d->doc, "documents"));
    if (scenario_flag(m->scenario, c->urn, d->type, "silent", false)) return;
    mock_findings found = mock_triage(m, c, d->at_ms);
    if (triage(m, c, d, found.reasons)) {
        const char *code = decide(m, c, d, json_array_size(found.asks) != 0, false);
        if (strchr("HIJ", code[0]) && json_array_size(found.asks) == 0)
            json_array_append_new(found.asks, general_ask(d));
        if (json_array_size(found.asks) &&
            scenario_flag(m->scenario, c->urn, d->type, "actionPlan", true))
            ask(m, c, d, found.asks);
    }
    json_decref(found.asks);
}

static void take_response(mock *m, mock_case *c, const mock_delivery *d)
{
    size_t i;
    json_t *response;
    json_array_foreach(json_object_get(d->doc, "responses"), i, response)
    {
        note_documents(c, json_object_get(response, "documents"));
        mark(c, "itemId", text_of(response, "itemId", ""), text_of(response, "status", "Met"));
    }
    decide_when_answered(m, c, d);
}

void mock_review(mock *m, mock_case *c, const mock_delivery *d)
{
    if (scenario_flag(m->scenario, c->urn, d->type, "receipt", false)) {
        json_t *receipt = begin(m, c, d, "receipt");
        json_object_update_new(receipt, json_pack("{s:s, s:s}", "forMessageId",
                                                  mock_message_id(d->doc), "outcome", "accepted"));
        mock_send(m, c, receipt, d->at_ms);
        json_decref(receipt);
    }
    if (strcmp(d->type, "caseSubmission") == 0)
        take_submission(m, c, d);
    else if (strcmp(d->type, "actionPlanResponse") == 0)
        take_response(m, c, d);
    else if (strcmp(d->type, "materialNotice") == 0) {
        note_documents(c, json_object_get(d->doc, "materials"));
        decide_when_answered(m, c, d);
    }
}
