/* cases.c - the cases the mock holds, and how they look from outside. */
#include "mockcps/state.h"

#include <stdlib.h>

mock_case *mock_find(const mock *m, const char *urn)
{
    const json_t *index = json_object_get(m->by_urn, urn);
    return index ? m->cases[json_integer_value(index)] : NULL;
}

static void case_free(mock_case *c)
{
    if (!c) return;
    while (!TAILQ_EMPTY(&c->outbox)) {
        mock_out *o = TAILQ_FIRST(&c->outbox);
        TAILQ_REMOVE(&c->outbox, o, link);
        json_decref(o->event);
        free(o->text);
        free(o);
    }
    json_decref(c->submission);
    json_decref(c->triage);
    json_decref(c->decision);
    json_decref(c->plans);
    json_decref(c->timeline);
    json_decref(c->documents);
    free(c->urn);
    free(c);
}

mock_case *mock_case_get(mock *m, const char *urn)
{
    mock_case *c = mock_find(m, urn);
    if (c || m->case_count == m->max_cases) return c;
    c = calloc(1, sizeof *c);
    if (!c) return NULL;
    TAILQ_INIT(&c->outbox);
    c->id = m->case_count + 1;
    c->state = "received";
    c->sequence = -1;
    c->urn = strdup(urn);
    c->plans = json_array();
    c->timeline = json_array();
    c->documents = json_object();
    if (!c->urn || !c->plans || !c->timeline || !c->documents ||
        json_object_set_new(m->by_urn, urn, json_integer((json_int_t)m->case_count)) != 0) {
        case_free(c);
        return NULL;
    }
    m->cases[m->case_count++] = c;
    return c;
}

void mock_cases_free(mock *m)
{
    for (size_t i = 0; i < m->case_count; i++) case_free(m->cases[i]);
    free(m->cases);
}

const char *mock_message_id(const json_t *doc)
{
    const char *id =
        json_string_value(json_object_get(json_object_get(doc, "header"), "messageId"));
    return id ? id : "";
}

json_t *mock_event(mock_case *c, const char *direction, const json_t *doc, const char *state,
                   int64_t at_ms)
{
    char at[DCF_TIME_TEXT_SIZE];
    json_t *event =
        json_pack("{s:s, s:s, s:O, s:s, s:s}", "at", dcf_time_format(at_ms, at), "direction",
                  direction, "messageType", json_object_get(doc, "messageType"), "messageId",
                  mock_message_id(doc), "state", state);
    if (json_array_size(c->timeline) == MOCK_MAX_EVENTS) json_array_remove(c->timeline, 0);
    json_array_append_new(c->timeline, event);
    return event;
}

json_t *mock_case_summary(const mock_case *c)
{
    return json_pack("{s:I, s:s, s:s, s:O*, s:I}", "caseId", (json_int_t)c->id, "urn", c->urn,
                     "state", c->state, "caseType", json_object_get(c->submission, "caseType"),
                     "waiting", (json_int_t)c->waiting);
}

json_t *mock_case_view(const mock_case *c)
{
    json_t *view = mock_case_summary(c);
    json_t *extra =
        json_pack("{s:O*, s:O*, s:O*, s:O*}", "submission", c->submission, "triageOutcome",
                  c->triage, "chargingDecision", c->decision, "actionPlan",
                  json_array_get(c->plans, json_array_size(c->plans) - 1));
    json_object_update_new(view, extra);
    return view;
}
