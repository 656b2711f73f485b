/* fixture.h - an exchange with two forces and two CPS parties, and messages to give it. */
#ifndef DCF_TESTS_EXCHANGE_FIXTURE_H
#define DCF_TESTS_EXCHANGE_FIXTURE_H

#include "exchange/exchange.h"
#include "model/envelope.h"

#include "unit.h"

#include <stdlib.h>

#define KEY   "45AA0209820"
#define DAY   (INT64_C(24) * 60 * 60 * 1000)
#define START INT64_C(1790000000000)

static const char parties_text[] =
    "parties:\n"
    "  - {name: force-45, kind: force, forces: ['45'], cleared: [unredacted], links: [{name: "
    "spi-45, dialect: spi, in: "
    "{transport: spool, folder: a}},"
    " {name: back-45, dialect: spi, out: {transport: spool, folder: b}}]}\n"
    "  - {name: met, kind: force, forces: ['01'], links: [{name: met-1, dialect: spi, in: "
    "{transport: spool, folder: a},"
    " out: {transport: spool, folder: b}}]}\n"
    "  - {name: force-46, kind: force, forces: ['46'], links: [{name: in-46, dialect: spi, in: "
    "{transport: spool, folder: a}}]}\n"
    "  - {name: test-45, kind: force, environment: test, forces: ['45'], links: [{name: test-spi, "
    "dialect: spi,"
    " in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n"
    "  - {name: force-16, kind: force, forces: ['16'], links: [{name: spi-16, dialect: spi, in: "
    "{transport: spool, folder: a},"
    " out: {transport: spool, folder: b}}]}\n"
    "  - {name: cps-se, kind: cps, areas: ['9'], links: [{name: cms-se, dialect: cms, in: "
    "{transport: spool, folder: a},"
    " out: {transport: spool, folder: b}}]}\n"
    "  - {name: cps-all, kind: cps, areas: ['8'], links: [{name: cms-nw, dialect: cms, in: "
    "{transport: spool, folder: a},"
    " out: {transport: spool, folder: b}}]}\n";

/* One more party, for the tests that need a CPS test system or one that serves all Areas. */
static const char cps_test_text[] =
    "  - {name: cps-test, kind: cps, environment: test, links: [{name: cms-test, dialect: cms,"
    " in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n";
static const char cps_any_text[] = "  - {name: cps-any, kind: cps, links: [{name: cms-any, "
                                   "dialect: cms, in: {transport: spool, folder: a},"
                                   " out: {transport: spool, folder: b}}]}\n";

typedef struct world {
    dcf_yaml_doc *doc;
    dcf_parties parties;
    dcf_forces *forces;
    dcf_exchange *x;
    dcf_arena arena;
    const Dcf__V1__CaseState *state;
    dcf_outcome out;
    int64_t now;
} world;

/* No digest, but the same bytes give the same and others another. */
static void fake_sha256(void *ctx, dcf_span bytes, uint8_t ret[32])
{
    uint64_t h = 14695981039346656037U;
    (void)ctx;
    for (size_t i = 0; i < bytes.size; i++) h = (h ^ bytes.data[i]) * 1099511628211U;
    for (size_t i = 0; i < 32; i++) ret[i] = (uint8_t)(h >> (i % 8 * 8));
}

static void open_world(world *w, const char *more, const dcf_exchange_config *limits)
{
    char text[8192];
    dcf_yaml_error err = {{0}};
    *w = (world){.now = START};
    snprintf(text, sizeof text, "%s%s", parties_text, more);
    CU_ASSERT_FATAL(dcf_ok(dcf_yaml_parse(dcf_span_str(text), "parties", &w->doc, &err)));
    CU_ASSERT_FATAL(dcf_ok(dcf_parties_load(w->doc, dcf_yaml_get(dcf_yaml_root(w->doc), "parties"),
                                            &w->parties, &err)));
    CU_ASSERT_FATAL(dcf_ok(dcf_forces_load("config/forces.yaml", &w->forces, &err)));
    dcf_exchange_config c = limits ? *limits : (dcf_exchange_config){0};
    c.parties = &w->parties;
    c.forces = w->forces;
    c.lifecycle = "config/lifecycle.yaml";
    c.policies = "config/policies.yaml";
    c.redaction_tools = "config/redaction-tools.yaml";
    c.forces_file = "config/forces.yaml";
    c.sha256 = fake_sha256;
    dcf_status s = dcf_exchange_new(&c, &w->x, &err);
    if (dcf_failed(s)) fprintf(stderr, "%s\n", err.text);
    CU_ASSERT_FATAL(dcf_ok(s));
    dcf_arena_init(&w->arena, (size_t)256 << 20);
}

static void close_world(world *w)
{
    dcf_exchange_free(w->x);
    dcf_forces_free(w->forces);
    dcf_parties_free(&w->parties);
    dcf_yaml_free(w->doc);
    dcf_arena_fini(&w->arena);
}

#define BUILDER(name, Type)                                                                        \
    static inline Type *new_##name(dcf_arena *a)                                                   \
    {                                                                                              \
        Type *m = dcf_arena_alloc(a, sizeof *m);                                                   \
        dcf__v1__##name##__init(m);                                                                \
        return m;                                                                                  \
    }
BUILDER(envelope, Dcf__V1__Envelope)
BUILDER(endpoint, Dcf__V1__Endpoint)
BUILDER(case_submission, Dcf__V1__CaseSubmission)
BUILDER(defendant, Dcf__V1__Defendant)
BUILDER(triage_outcome, Dcf__V1__TriageOutcome)
BUILDER(triage_reason, Dcf__V1__TriageReason)
BUILDER(charging_decision, Dcf__V1__ChargingDecision)
BUILDER(suspect_decision, Dcf__V1__SuspectDecision)
BUILDER(worker, Dcf__V1__Worker)
BUILDER(person_name, Dcf__V1__PersonName)
BUILDER(contact, Dcf__V1__Contact)
BUILDER(action_plan, Dcf__V1__ActionPlan)
BUILDER(action_item, Dcf__V1__ActionItem)
BUILDER(action_plan_answer, Dcf__V1__ActionPlanAnswer)
BUILDER(action_answer, Dcf__V1__ActionAnswer)
BUILDER(material_notice, Dcf__V1__MaterialNotice)
BUILDER(charge_notification, Dcf__V1__ChargeNotification)
BUILDER(split_merge, Dcf__V1__SplitMerge)
BUILDER(approval, Dcf__V1__Approval)
BUILDER(receipt, Dcf__V1__Receipt)
BUILDER(refusal, Dcf__V1__Refusal)
BUILDER(fault, Dcf__V1__Fault)

static void seal(world *w, Dcf__V1__Envelope *e)
{
    dcf_buf body = {0};
    uint8_t *hash = dcf_arena_alloc(&w->arena, 32);
    CU_ASSERT_FATAL(dcf_ok(dcf_envelope_pack_body(e, &body)));
    fake_sha256(NULL, dcf_buf_span(&body), hash);
    dcf_buf_fini(&body);
    e->body_sha256 = (ProtobufCBinaryData){.data = hash, .len = 32};
}

static Dcf__V1__Envelope *from(world *w, const char *party, const char *link, const char *id,
                               const char *key)
{
    Dcf__V1__Envelope *e = new_envelope(&w->arena);
    e->message_id = dcf_arena_strdup(&w->arena, id);
    e->source = new_endpoint(&w->arena);
    e->source->party = dcf_arena_strdup(&w->arena, party);
    e->source->link = dcf_arena_strdup(&w->arena, link);
    e->case_key = dcf_arena_strdup(&w->arena, key);
    e->received_at_ms = w->now;
    return e;
}

static inline Dcf__V1__Approval *approval(world *w, const char *name)
{
    Dcf__V1__Approval *a = new_approval(&w->arena);
    a->approver = new_worker(&w->arena);
    a->approver->name = new_person_name(&w->arena);
    a->approver->name->family_name = (char *)name;
    a->approved_at = (char *)"2026-09-21T09:00:00Z";
    return a;
}

static inline Dcf__V1__Envelope *submission(world *w, const char *id, Dcf__V1__SubmissionKind kind)
{
    Dcf__V1__Envelope *e = from(w, "force-45", "spi-45", id, KEY);
    e->body_case = DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION;
    e->case_submission = new_case_submission(&w->arena);
    e->case_submission->urn = (char *)KEY;
    e->case_submission->kind = kind;
    e->case_submission->approval = approval(w, "Adeyemi");
    seal(w, e);
    return e;
}

static inline Dcf__V1__Envelope *triage(world *w, const char *id, const char *outcome)
{
    Dcf__V1__Envelope *e = from(w, "cps-se", "cms-se", id, KEY);
    e->body_case = DCF__V1__ENVELOPE__BODY_TRIAGE_OUTCOME;
    e->triage_outcome = new_triage_outcome(&w->arena);
    e->triage_outcome->urn = (char *)KEY;
    e->triage_outcome->outcome = dcf_arena_strdup(&w->arena, outcome);
    if (strcmp(outcome, "rejected") == 0) {
        e->triage_outcome->reasons = dcf_arena_alloc(&w->arena, sizeof(Dcf__V1__TriageReason *));
        e->triage_outcome->reasons[0] = new_triage_reason(&w->arena);
        e->triage_outcome->reasons[0]->code = (char *)"T06";
        e->triage_outcome->n_reasons = 1;
    }
    seal(w, e);
    return e;
}

static inline Dcf__V1__Envelope *decision(world *w, const char *id, Dcf__V1__DecisionCode code,
                                          bool contact)
{
    Dcf__V1__Envelope *e = from(w, "cps-se", "cms-se", id, KEY);
    Dcf__V1__ChargingDecision *d = new_charging_decision(&w->arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_CHARGING_DECISION;
    e->charging_decision = d;
    d->urn = (char *)KEY;
    d->suspects = dcf_arena_alloc(&w->arena, sizeof *d->suspects);
    d->suspects[0] = new_suspect_decision(&w->arena);
    d->suspects[0]->decision = code;
    d->n_suspects = 1;
    d->prosecutor = new_worker(&w->arena);
    d->prosecutor->name = new_person_name(&w->arena);
    d->prosecutor->name->family_name = (char *)"Okafor";
    d->prosecutor->contact = new_contact(&w->arena);
    if (contact) d->prosecutor->contact->email_1 = (char *)"a.okafor@cps.example";
    seal(w, e);
    return e;
}

static inline Dcf__V1__Envelope *plan(world *w, const char *id, const char *plan_id, size_t items)
{
    Dcf__V1__Envelope *e = from(w, "cps-se", "cms-se", id, KEY);
    Dcf__V1__ActionPlan *p = new_action_plan(&w->arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_ACTION_PLAN;
    e->action_plan = p;
    p->urn = (char *)KEY;
    p->plan_id = dcf_arena_strdup(&w->arena, plan_id);
    p->items = dcf_arena_alloc(&w->arena, (items + 1) * sizeof *p->items);
    p->n_items = items;
    for (size_t i = 0; i < items; i++) {
        Dcf__V1__ActionItem *item = p->items[i] = new_action_item(&w->arena);
        item->item_id = dcf_arena_printf(&w->arena, "i%zu", i);
        item->category = (char *)"Statements";
        item->text = (char *)"statement of the shopkeeper";
        item->rationale = (char *)"identification is in issue";
        item->due_date = (char *)"2026-12-01";
    }
    seal(w, e);
    return e;
}

static inline Dcf__V1__Envelope *answer(world *w, const char *id, const char *plan_id,
                                        const char *item, const char *status)
{
    Dcf__V1__Envelope *e = from(w, "force-45", "spi-45", id, KEY);
    Dcf__V1__ActionPlanAnswer *a = new_action_plan_answer(&w->arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_ACTION_PLAN_ANSWER;
    e->action_plan_answer = a;
    a->urn = (char *)KEY;
    a->plan_id = dcf_arena_strdup(&w->arena, plan_id);
    a->answers = dcf_arena_alloc(&w->arena, sizeof *a->answers);
    a->answers[0] = new_action_answer(&w->arena);
    a->answers[0]->item_id = dcf_arena_strdup(&w->arena, item);
    a->answers[0]->status = dcf_arena_strdup(&w->arena, status);
    a->n_answers = 1;
    seal(w, e);
    return e;
}

static inline Dcf__V1__Envelope *material(world *w, const char *id, const char *reason)
{
    Dcf__V1__Envelope *e = from(w, "force-45", "spi-45", id, KEY);
    e->body_case = DCF__V1__ENVELOPE__BODY_MATERIAL_NOTICE;
    e->material_notice = new_material_notice(&w->arena);
    e->material_notice->urn = (char *)KEY;
    e->material_notice->reason = dcf_arena_strdup(&w->arena, reason);
    seal(w, e);
    return e;
}

/* As the delivery stage writes it, about something that was delivered. */
static inline Dcf__V1__Envelope *delivered(world *w, const Dcf__V1__Envelope *about,
                                           Dcf__V1__ReceiptKind kind)
{
    Dcf__V1__Envelope *e = from(w, "dcf", "dcf", "", about->case_key);
    bool yes = kind == DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED;
    e->message_id = dcf_arena_printf(&w->arena, "%s/receipt/%s", about->message_id,
                                     yes ? "delivered" : "not_delivered");
    e->destination = about->source;
    e->force = about->force;
    e->test = about->test;
    e->body_case = DCF__V1__ENVELOPE__BODY_RECEIPT;
    e->receipt = new_receipt(&w->arena);
    e->receipt->kind = kind;
    e->receipt->about_message_id = about->message_id;
    e->receipt->about_type = (char *)dcf_envelope_type(about);
    e->receipt->party = about->destination->party;
    e->receipt->attempts = 3;
    seal(w, e);
    return e;
}

/* Gives the message to the case; keeps the new state and the outcome. */
static inline void give(world *w, const Dcf__V1__Envelope *e)
{
    CU_ASSERT_FATAL(dcf_ok(dcf_exchange_apply(w->x, w->state, e, w->now, &w->arena, &w->out)));
    if (w->out.state) w->state = w->out.state;
}

/* AUDIT_KIND_NOT_DELIVERED -> "not_delivered" */
static inline void add_kind(dcf_buf *b, Dcf__V1__AuditKind kind)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value(&dcf__v1__audit_kind__descriptor, (int)kind);
    for (const char *c = v->name + strlen("AUDIT_KIND_"); *c; c++)
        dcf_buf_addc(b, *c == '_' ? '_' : (char)(*c - 'A' + 'a'));
}

/* The outcome in one line: >party:type#sequence for a delivery, !reason held, and audit kinds by
 * letter. */
static inline const char *said(world *w)
{
    static char text[4096];
    dcf_buf b = {0};
    for (size_t i = 0; i < w->out.count; i++) {
        const dcf_output *o = &w->out.outputs[i];
        if (i) dcf_buf_addc(&b, ' ');
        if (o->kind == DCF_OUTPUT_AUDIT)
            add_kind(&b, o->audit->kind);
        else if (o->kind == DCF_OUTPUT_HELD)
            dcf_buf_printf(&b, "!%s", o->held->reason);
        else if (o->kind == DCF_OUTPUT_SUBMIT)
            dcf_buf_printf(&b, "=%s:%s", o->deliver->case_key, dcf_envelope_type(o->deliver));
        else if (o->deliver->body_case == DCF__V1__ENVELOPE__BODY_RECEIPT)
            dcf_buf_printf(&b, ">%s:receipt%d#%d", o->deliver->destination->party,
                           (int)o->deliver->receipt->kind, (int)o->deliver->sequence);
        else
            dcf_buf_printf(&b, ">%s:%s#%d", o->deliver->destination->party,
                           dcf_envelope_type(o->deliver), (int)o->deliver->sequence);
    }
    snprintf(text, sizeof text, "%s", dcf_buf_cstr(&b));
    dcf_buf_fini(&b);
    return text;
}

static inline const Dcf__V1__Envelope *delivery(const world *w, size_t nth)
{
    for (size_t i = 0; i < w->out.count; i++)
        if (w->out.outputs[i].kind == DCF_OUTPUT_DELIVER && nth-- == 0)
            return w->out.outputs[i].deliver;
    return NULL;
}

static inline const Dcf__V1__Held *held(const world *w)
{
    for (size_t i = 0; i < w->out.count; i++)
        if (w->out.outputs[i].kind == DCF_OUTPUT_HELD) return w->out.outputs[i].held;
    return NULL;
}

#define SAYS(w, text)                                                                              \
    do {                                                                                           \
        const char *said_ = said(w);                                                               \
        if (strcmp(said_, text) != 0) fprintf(stderr, "\n  line %d said: %s\n", __LINE__, said_);  \
        CU_ASSERT_STRING_EQUAL(said_, text);                                                       \
    } while (0)
#define IN_STATE(w, name) CU_ASSERT_STRING_EQUAL((w)->state->state, name)

#endif
