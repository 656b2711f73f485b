/* split_merge.c - a case that parts keeps its URN root and its order; a case that is taken in by
 * another is told so by a notice under its own key, and names the survivor from then on (CP10). */
#include "base/buf.h"
#include "exchange/run.h"
#include "model/envelope.h"
#include "model/ids.h"

#include <string.h>

enum { MERGED_MAX = 100, PARTS_MAX = 100 }; /* of a case; the oldest go */

/* --- parts --------------------------------------------------------------- */

/* The index of the part that a URN with a split suffix names; n_parts when it names none. */
static size_t part_of(const Dcf__V1__CaseState *state, const char *urn_text)
{
    dcf_urn urn, other;
    size_t i = state->n_parts;
    if (dcf_urn_parse(dcf_span_str(urn_text), &urn) == DCF_ID_BAD_FORM || !urn.split) return i;
    for (i = 0; i < state->n_parts; i++)
        if (dcf_urn_parse(dcf_span_str(state->parts[i]->urn), &other) != DCF_ID_BAD_FORM &&
            other.split == urn.split)
            break;
    return i;
}

const Dcf__V1__CasePart *dcf_part_named(const dcf_run *run, const Dcf__V1__Envelope *envelope)
{
    size_t i = part_of(run->state, dcf_envelope_urn(envelope));
    return i < run->state->n_parts ? run->state->parts[i] : NULL;
}

const char *dcf_stands(const dcf_run *run, const Dcf__V1__Envelope *envelope)
{
    const Dcf__V1__CasePart *part = dcf_part_named(run, envelope);
    return part ? part->state : run->state->state;
}

static dcf_status replace_part(dcf_run *run, size_t i, Dcf__V1__CasePart *part)
{
    if (i < run->state->n_parts) DCF_TRY(DCF_LIST_REMOVE(run, parts, i));
    return DCF_LIST_ADD(run, parts, part, PARTS_MAX);
}

dcf_status dcf_stand(dcf_run *run, const Dcf__V1__Envelope *envelope, const char *state)
{
    size_t i = part_of(run->state, dcf_envelope_urn(envelope));
    if (i == run->state->n_parts) {
        run->state->state = (char *)state;
        return DCF_OK;
    }
    Dcf__V1__CasePart *part = dcf_arena_alloc(run->arena, sizeof *part);
    if (!part) return DCF_ERR(NOMEM);
    *part = *run->state->parts[i];
    part->state = (char *)state;
    return replace_part(run, i, part);
}

static dcf_status split(dcf_run *run, const Dcf__V1__SplitMerge *m)
{
    for (size_t i = 0; i < m->n_parts; i++) {
        Dcf__V1__CasePart *part = dcf_arena_alloc(run->arena, sizeof *part);
        if (!part) return DCF_ERR(NOMEM);
        dcf__v1__case_part__init(part);
        part->urn = m->parts[i]->urn;
        part->defendant_ids = m->parts[i]->defendant_ids;
        part->n_defendant_ids = m->parts[i]->n_defendant_ids;
        part->state = run->state->state;
        part->event_id = m->event_id;
        part->since_ms = run->now_ms;
        DCF_TRY(replace_part(run, part_of(run->state, part->urn), part));
    }
    return DCF_OK;
}

/* --- merge --------------------------------------------------------------- */

/* State changes stay per key and in order: the other case learns of it by a message of its own. */
static dcf_status tell_taken_in(dcf_run *run, const dcf_subject *s, char *root)
{
    Dcf__V1__Envelope *e = dcf_arena_alloc(run->arena, sizeof *e);
    Dcf__V1__Endpoint *from = dcf_arena_alloc(run->arena, sizeof *from);
    Dcf__V1__SplitMerge *m = dcf_arena_alloc(run->arena, sizeof *m);
    char **survivor = dcf_arena_alloc(run->arena, sizeof *survivor);
    if (!e || !from || !m || !survivor) return DCF_ERR(NOMEM);
    dcf__v1__envelope__init(e);
    dcf__v1__endpoint__init(from);
    dcf__v1__split_merge__init(m);
    *survivor = run->state->case_key;
    from->party = from->link = (char *)DCF_BROKER_PARTY;
    m->urn = root;
    m->event_id = s->envelope->split_merge->event_id;
    m->kind = (char *)"mergedInto";
    m->merged_urns = survivor;
    m->n_merged_urns = 1;
    e->schema_version = 1;
    e->message_id = dcf_arena_printf(run->arena, "%s/merged/%s", s->envelope->message_id, root);
    if (!e->message_id) return DCF_ERR(NOMEM);
    e->correlation_id = s->envelope->correlation_id;
    e->causation_id = s->envelope->message_id;
    e->traceparent = s->envelope->traceparent;
    e->source = from;
    e->case_key = root;
    e->force = (char *)s->force;
    e->area = (char *)s->area;
    e->test = s->test;
    e->received_at_ms = run->now_ms;
    e->body_case = DCF__V1__ENVELOPE__BODY_SPLIT_MERGE;
    e->split_merge = m;
    DCF_TRY(dcf_hash_body(run, e));
    return dcf_out_add(run, (dcf_output){.kind = DCF_OUTPUT_SUBMIT, .deliver = e});
}

static dcf_status merge(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__SplitMerge *m = s->envelope->split_merge;
    for (size_t i = 0; i < m->n_merged_urns; i++) {
        dcf_urn urn;
        bool read = dcf_urn_parse(dcf_span_str(m->merged_urns[i]), &urn) != DCF_ID_BAD_FORM;
        char *root = dcf_arena_strdup(run->arena, read ? urn.root : m->merged_urns[i]);
        DCF_TRY(DCF_LIST_ADD(run, merged_from, root, MERGED_MAX));
        DCF_TRY(tell_taken_in(run, s, root));
    }
    return DCF_OK;
}

dcf_status dcf_take_split_merge(dcf_run *run, const dcf_subject *s)
{
    const Dcf__V1__SplitMerge *m = s->envelope->split_merge;
    if (strcmp(m->kind, "split") == 0) return split(run, m);
    return strcmp(m->kind, "merge") == 0 ? merge(run, s) : DCF_OK;
}

/* --- the notice ---------------------------------------------------------- */

static bool took_in(const Dcf__V1__CaseState *state, const char *root)
{
    for (size_t i = 0; i < state->n_merged_from; i++)
        if (strcmp(state->merged_from[i], root) == 0) return true;
    return false;
}

/* Two cases that took each other in would both be gone: then neither goes, and a person decides. */
dcf_status dcf_take_merged_into(dcf_run *run, dcf_subject *s)
{
    const Dcf__V1__SplitMerge *m = s->envelope->split_merge;
    char *survivor = m->n_merged_urns ? m->merged_urns[0] : (char *)"";
    s->side = DCF_SENDER_BROKER;
    s->force = s->envelope->force;
    s->area = s->envelope->area;
    if (dcf_seen_check(run, s->envelope) != DCF_SEEN_NOT)
        return dcf_out_audit(run, s, DCF__V1__AUDIT_KIND__AUDIT_KIND_DUPLICATE, NULL);
    if (!*survivor || run->state->merged_into[0] || took_in(run->state, survivor)) {
        dcf_subject_fault(s, DCF_FAULT_MERGE_NOT_POSSIBLE, "merged_urns",
                          run->state->merged_into[0] ? run->state->merged_into : survivor);
        return dcf_out_held(run, s);
    }
    const char *before = run->state->state;
    unsigned from = dcf_lifecycle_state(run->x->lifecycle, before);
    const dcf_facts facts = {&m->base, run->state, run->now_ms};
    run->changed = true;
    DCF_TRY(dcf_seen_mark(run, s->envelope));
    run->state->merged_into = survivor;
    if (from != run->x->lifecycle->initial && from < run->x->lifecycle->state_count)
        run->state->state =
            (char *)run->x->lifecycle->states[dcf_lifecycle_next(s->rule, from, &facts)];
    run->state->version++;
    run->state->updated_at_ms = run->now_ms;
    Dcf__V1__AuditEvent *a;
    DCF_TRY(dcf_audit_new(run, s->envelope, DCF__V1__AUDIT_KIND__AUDIT_KIND_MERGED, &a));
    a->state_before = (char *)before;
    return dcf_release(run);
}
