/* charge_plan.c - what a case remembers of action plans, authorised charges and material given. */
#include "base/buf.h"
#include "exchange/run.h"
#include "model/envelope.h"

#include <ctype.h>
#include <string.h>

enum { ITEMS_MAX = 1000, PROVIDED_MAX = 2000, AUTHORISED_MAX = 500 }; /* the oldest go */

/* --- action items -------------------------------------------------------- */

/* Letters and figures only, small: the same request in another layout is the same request. */
static void add_plain(dcf_buf *b, const char *text)
{
    for (; *text; text++)
        if (isalnum((unsigned char)*text)) dcf_buf_addc(b, (char)tolower((unsigned char)*text));
    dcf_buf_addc(b, '|');
}

dcf_status dcf_item_digest(const dcf_run *run, const Dcf__V1__ActionItem *item, uint8_t ret[32])
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf b = {.limit = run->arena->limit};
    add_plain(&b, item->category);
    add_plain(&b, item->document_type);
    add_plain(&b, item->action_type);
    add_plain(&b, item->text);
    for (size_t i = 0; i < item->n_defendant_ids; i++) add_plain(&b, item->defendant_ids[i]);
    if (b.failed) return DCF_ERR(NOMEM);
    run->x->config.sha256(run->x->config.sha256_ctx, dcf_buf_span(&b), ret);
    return DCF_OK;
}

static size_t find_open(const Dcf__V1__CaseState *state, const char *plan_id, const char *item_id)
{
    size_t i = 0;
    while (i < state->n_open_items && (strcmp(state->open_items[i]->plan_id, plan_id) != 0 ||
                                       strcmp(state->open_items[i]->item_id, item_id) != 0))
        i++;
    return i;
}

static dcf_status open_item(dcf_run *run, char *plan_id, char *item_id, ProtobufCBinaryData asked,
                            const char *status)
{
    Dcf__V1__OpenItem *item = dcf_arena_alloc(run->arena, sizeof *item);
    if (!item) return DCF_ERR(NOMEM);
    dcf__v1__open_item__init(item);
    item->plan_id = plan_id;
    item->item_id = item_id;
    item->status = (char *)status;
    item->asked = asked;
    size_t i = find_open(run->state, plan_id, item_id);
    if (i < run->state->n_open_items) DCF_TRY(DCF_LIST_REMOVE(run, open_items, i));
    return DCF_LIST_ADD(run, open_items, item, ITEMS_MAX);
}

dcf_status dcf_take_plan(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__ActionPlan *plan = s->envelope->action_plan;
    for (size_t i = 0; i < plan->n_items; i++) {
        uint8_t *asked = dcf_arena_alloc(run->arena, 32);
        if (!asked) return DCF_ERR(NOMEM);
        DCF_TRY(dcf_item_digest(run, plan->items[i], asked));
        DCF_TRY(open_item(run, plan->plan_id, plan->items[i]->item_id,
                          (ProtobufCBinaryData){.len = 32, .data = asked}, "requested"));
    }
    return DCF_OK;
}

static dcf_status close_item(dcf_run *run, size_t open, char *status)
{
    const Dcf__V1__OpenItem *was = run->state->open_items[open];
    Dcf__V1__ClosedItem *item = dcf_arena_alloc(run->arena, sizeof *item);
    if (!item) return DCF_ERR(NOMEM);
    dcf__v1__closed_item__init(item);
    item->plan_id = was->plan_id;
    item->item_id = was->item_id;
    item->status = status;
    item->asked = was->asked;
    DCF_TRY(DCF_LIST_REMOVE(run, open_items, open));
    return DCF_LIST_ADD(run, closed_items, item, ITEMS_MAX);
}

/* Domain facts 5.2: an item ends met, not available or cancelled; partly met it stays open. */
static dcf_status answer_item(dcf_run *run, char *plan_id, const Dcf__V1__ActionAnswer *a)
{
    size_t i = find_open(run->state, plan_id, a->item_id);
    if (i == run->state->n_open_items) return DCF_OK;
    if (!strcmp(a->status, "met") || !strcmp(a->status, "notAvailable") ||
        !strcmp(a->status, "cancelled"))
        return close_item(run, i, a->status);
    return open_item(run, plan_id, a->item_id, run->state->open_items[i]->asked, "partMet");
}

/* --- material ------------------------------------------------------------ */

static dcf_status provide(dcf_run *run, Dcf__V1__Material *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Dcf__V1__ProvidedMaterial *p = dcf_arena_alloc(run->arena, sizeof *p);
        if (!p) return DCF_ERR(NOMEM);
        dcf__v1__provided_material__init(p);
        p->material_id = list[i]->material_id;
        p->sha256 = list[i]->sha256;
        p->document_type = list[i]->document_type;
        p->reference = list[i]->reference;
        p->lane = list[i]->lane;
        for (size_t k = run->state->n_provided; k-- > 0;) {
            const Dcf__V1__ProvidedMaterial *old = run->state->provided[k];
            if (*p->material_id && strcmp(old->material_id, p->material_id) == 0)
                DCF_TRY(DCF_LIST_REMOVE(run, provided, k));
        }
        DCF_TRY(DCF_LIST_ADD(run, provided, p, PROVIDED_MAX));
    }
    return DCF_OK;
}

static dcf_status withdraw(dcf_run *run, Dcf__V1__Material *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = run->state->n_provided; k-- > 0;)
            if (strcmp(run->state->provided[k]->material_id, list[i]->material_id) == 0)
                DCF_TRY(DCF_LIST_REMOVE(run, provided, k));
    return DCF_OK;
}

dcf_status dcf_take_plan_answer(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__ActionPlanAnswer *a = s->envelope->action_plan_answer;
    for (size_t i = 0; i < a->n_answers; i++) {
        DCF_TRY(answer_item(run, a->plan_id, a->answers[i]));
        DCF_TRY(provide(run, a->answers[i]->materials, a->answers[i]->n_materials));
    }
    return DCF_OK;
}

/* What the police gave: a case file's documents, and notices of material. */
dcf_status dcf_take_materials(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__Envelope *e = s->envelope;
    if (s->side != DCF_SENDER_FORCE) return DCF_OK;
    if (e->body_case == DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION)
        return provide(run, e->case_submission->documents, e->case_submission->n_documents);
    const Dcf__V1__MaterialNotice *n = e->material_notice;
    return strcmp(n->change, "withdrawn") == 0 ? withdraw(run, n->materials, n->n_materials)
                                               : provide(run, n->materials, n->n_materials);
}

/* --- charges ------------------------------------------------------------- */

static dcf_status authorise(dcf_run *run, const Dcf__V1__SuspectDecision *d)
{
    for (size_t i = 0; i < d->n_authorised_charges; i++) {
        Dcf__V1__AuthorisedCharge *a = dcf_arena_alloc(run->arena, sizeof *a);
        if (!a) return DCF_ERR(NOMEM);
        dcf__v1__authorised_charge__init(a);
        a->suspect_id = d->suspect_id;
        a->asn = d->asn;
        a->offence_code = d->authorised_charges[i]->code;
        a->start_date = d->authorised_charges[i]->start_date;
        DCF_TRY(DCF_LIST_ADD(run, authorised, a, AUTHORISED_MAX));
    }
    return DCF_OK;
}

/* A suspect's new decision replaces the former one. */
static dcf_status forget_authorised(dcf_run *run, const Dcf__V1__SuspectDecision *d)
{
    for (size_t k = run->state->n_authorised; k-- > 0;) {
        const Dcf__V1__AuthorisedCharge *a = run->state->authorised[k];
        if (strcmp(a->suspect_id, d->suspect_id) == 0 && strcmp(a->asn, d->asn) == 0)
            DCF_TRY(DCF_LIST_REMOVE(run, authorised, k));
    }
    return DCF_OK;
}

dcf_status dcf_take_decision(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__ChargingDecision *d = s->envelope->charging_decision;
    for (size_t i = 0; i < d->n_suspects; i++) DCF_TRY(forget_authorised(run, d->suspects[i]));
    for (size_t i = 0; i < d->n_suspects; i++) {
        Dcf__V1__DecisionCode code = d->suspects[i]->decision;
        if (code == DCF__V1__DECISION_CODE__DECISION_CODE_A ||
            code == DCF__V1__DECISION_CODE__DECISION_CODE_B ||
            code == DCF__V1__DECISION_CODE__DECISION_CODE_B2)
            DCF_TRY(authorise(run, d->suspects[i]));
    }
    return DCF_OK;
}
