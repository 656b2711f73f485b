/*
 * api.c - the operations of the contract and who answers them. The route table is
 * made from openapi.yaml at start: an operation without a handler, or a handler
 * without an operation, stops the program there.
 */
#include "mockcps/state.h"

#include <stdlib.h>

void mock_reply_json(dcf_http_request *r, int code, const dcf_http_header *headers, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    dcf_http_reply(r, text ? code : 500, headers, "application/json", dcf_span_str(text));
    free(text);
}

void mock_reply_fault(dcf_http_request *r, int code, const char *fault, const char *text)
{
    json_t *faults = json_array();
    contract_fault(faults, fault, "", "%s", text);
    mock_reply_json(r, code, NULL, json_pack("{s:o}", "faults", faults));
}

/* --- reading --- */

static void get_health(mock *m, dcf_http_request *r)
{
    mock_reply_json(r, 200, NULL,
                    json_pack("{s:s, s:I, s:s}", "status", "ok", "cases", (json_int_t)m->case_count,
                              "version", DCF_VERSION));
}

static void list_cases(mock *m, dcf_http_request *r)
{
    json_t *cases = json_array();
    for (size_t i = 0; i < m->case_count; i++)
        json_array_append_new(cases, mock_case_summary(m->cases[i]));
    mock_reply_json(r, 200, NULL, json_pack("{s:o}", "cases", cases));
}

/* The case of the path's urn; NULL after answering 404. */
static mock_case *case_of(mock *m, dcf_http_request *r)
{
    mock_case *c = mock_find(m, dcf_http_param(r, "urn"));
    if (!c) mock_reply_fault(r, 404, "CPS-UNKNOWN-URN", "no such case");
    return c;
}

static void get_case(mock *m, dcf_http_request *r)
{
    mock_case *c = case_of(m, r);
    if (c) mock_reply_json(r, 200, NULL, mock_case_view(c));
}

static void get_timeline(mock *m, dcf_http_request *r)
{
    mock_case *c = case_of(m, r);
    if (c) mock_reply_json(r, 200, NULL, json_pack("{s:O}", "events", c->timeline));
}

static void reply_document(dcf_http_request *r, json_t *doc)
{
    if (doc)
        mock_reply_json(r, 200, NULL, json_incref(doc));
    else
        mock_reply_fault(r, 404, "CPS-NOT-YET", "the case has no such document yet");
}

static void get_triage_outcome(mock *m, dcf_http_request *r)
{
    mock_case *c = case_of(m, r);
    if (c) reply_document(r, c->triage);
}

static void get_charging_decision(mock *m, dcf_http_request *r)
{
    mock_case *c = case_of(m, r);
    if (c) reply_document(r, c->decision);
}

static void get_action_plan(mock *m, dcf_http_request *r)
{
    mock_case *c = case_of(m, r);
    if (c) reply_document(r, json_array_get(c->plans, json_array_size(c->plans) - 1));
}

static void list_action_plans(mock *m, dcf_http_request *r)
{
    mock_case *c = case_of(m, r);
    if (c) mock_reply_json(r, 200, NULL, json_pack("{s:O}", "actionPlans", c->plans));
}

/* --- administration --- */

static void list_deliveries(mock *m, dcf_http_request *r)
{
    mock_reply_json(
        r, 200, NULL,
        json_pack("{s:O, s:I}", "deliveries", m->deliveries, "forgotten", m->forgotten));
}

static void get_counters(mock *m, dcf_http_request *r)
{
    const mock_counters *k = &m->counters;
    json_int_t waiting = 0;
    for (size_t i = 0; i < m->case_count; i++) waiting += (json_int_t)m->cases[i]->waiting;
    mock_reply_json(r, 200, NULL,
                    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "received",
                              k->received, "applied", k->applied, "duplicates", k->duplicates,
                              "conflicts", k->conflicts, "refused", k->refused, "outOfOrder",
                              k->out_of_order, "sent", k->sent, "waiting", waiting, "byType",
                              m->by_type));
}

static void post_scenario(mock *m, dcf_http_request *r)
{
    scenario *loaded = NULL;
    dcf_yaml_error err = {""};
    if (dcf_failed(scenario_parse(dcf_http_body(r), "scenario", &loaded, &err))) {
        mock_reply_fault(r, 422, "CPS-SCENARIO", err.text[0] ? err.text : "refused");
        return;
    }
    scenario_free(m->scenario);
    m->scenario = loaded;
    dcf_http_reply(r, 204, NULL, NULL, (dcf_span){0});
}

static void post_send(mock *m, dcf_http_request *r)
{
    dcf_span body = dcf_http_body(r);
    json_t *faults = json_array();
    json_t *doc = json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
    const char *schema =
        contract_schema_of(m->contract, json_string_value(json_object_get(doc, "messageType")));
    const char *urn = json_string_value(json_object_get(doc, "urn"));
    if (schema)
        contract_check(m->contract, schema, doc, faults);
    else
        contract_fault(faults, "CPS-TYPE", "/messageType", "not a message of this interface");
    if (!urn) contract_fault(faults, "CPS-REQUIRED", "", "is missing: urn");
    mock_case *c = json_array_size(faults) == 0 ? mock_case_get(m, urn) : NULL;
    if (c) {
        mock_send(m, c, doc, dcf_clock_ms());
        dcf_http_reply(r, 202, NULL, NULL, (dcf_span){0});
    } else if (json_array_size(faults)) {
        mock_reply_json(r, 422, NULL, json_pack("{s:O}", "faults", faults));
    } else {
        mock_reply_fault(r, 503, "CPS-FULL", "this endpoint holds all the cases it may");
    }
    json_decref(faults);
    json_decref(doc);
}

/* --- from the contract to functions --- */

static const struct handler {
    const char *id;
    void (*handle)(mock *m, dcf_http_request *r); /* NULL: a delivery */
} handlers[] = {
    {"postMessage", NULL},
    {"postPreChargeRequest", NULL},
    {"postChargedCase", NULL},
    {"postUpgrade", NULL},
    {"postActionPlanResponse", NULL},
    {"postMaterialNotice", NULL},
    {"postWitnessUpdate", NULL},
    {"postVictimNotice", NULL},
    {"postContactRequest", NULL},
    {"postEarlyAdvice", NULL},
    {"postChargeNotification", NULL},
    {"postSplitMerge", NULL},
    {"postReceipt", NULL},
    {"getHealth", get_health},
    {"listCases", list_cases},
    {"getCase", get_case},
    {"getTimeline", get_timeline},
    {"getTriageOutcome", get_triage_outcome},
    {"getChargingDecision", get_charging_decision},
    {"getActionPlan", get_action_plan},
    {"listActionPlans", list_action_plans},
    {"listDeliveries", list_deliveries},
    {"getCounters", get_counters},
    {"postScenario", post_scenario},
    {"postSend", post_send},
};

enum { HANDLER_COUNT = sizeof handlers / sizeof handlers[0] };

static const struct handler *handler_of(const char *id)
{
    for (size_t i = 0; i < HANDLER_COUNT; i++)
        if (strcmp(handlers[i].id, id) == 0) return &handlers[i];
    return NULL;
}

/* The router knows patterns, not operations: which of them it took is found again by method and
 * path. */
static void handle(void *self, dcf_http_request *r)
{
    mock *m = self;
    const contract_operation *o;
    size_t n = contract_operations(m->contract, &o), i = 0;
    while (i < n && !(strcmp(o[i].method, dcf_http_method(r)) == 0 &&
                      dcf_http_match(o[i].path, dcf_http_path(r))))
        i++;
    const struct handler *h = handler_of(o[i].id);
    if (!h->handle) {
        mock_handle_delivery(m, r, &o[i]);
        return;
    }
    pthread_mutex_lock(&m->lock);
    h->handle(m, r);
    pthread_mutex_unlock(&m->lock);
}

dcf_status mock_routes(mock *m, mock_error *err)
{
    const contract_operation *o;
    size_t n = contract_operations(m->contract, &o);
    m->routes = calloc(n, sizeof *m->routes);
    if (!m->routes) return DCF_ERR(NOMEM);
    for (size_t i = 0; i < n; i++) {
        if (!handler_of(o[i].id)) {
            snprintf(err->text, sizeof err->text, "openapi.yaml: nobody answers %s", o[i].id);
            return DCF_ERR(BUG);
        }
        m->routes[m->route_count++] = (dcf_http_route){o[i].method, o[i].path, handle};
    }
    if (n == HANDLER_COUNT) return DCF_OK;
    snprintf(err->text, sizeof err->text, "openapi.yaml has %zu operations, there are %d handlers",
             n, (int)HANDLER_COUNT);
    return DCF_ERR(BUG);
}

void mock_dispatch(void *self, dcf_http_request *r)
{
    mock *m = self;
    dcf_http_dispatch(m->routes, m->route_count, m, r);
}
