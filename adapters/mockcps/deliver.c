/*
 * deliver.c - one delivery from the wire: known or new, whole or faulty, and the
 * scripted faults on the way. Whatever becomes of it, it is listed.
 */
#include "mockcps/state.h"

#include <stdlib.h>

/* What is to be answered. */
typedef struct verdict {
    int code;
    json_t *body; /* owned */
    bool duplicate, applied, drop;
    const char *retry_after; /* seconds; NULL for none */
} verdict;

static verdict refuse(int code, const char *fault, const char *path, const char *text)
{
    json_t *faults = json_array();
    contract_fault(faults, fault, path, "%s", text);
    return (verdict){.code = code, .body = json_pack("{s:o}", "faults", faults)};
}

/* --- taking it --- */

static void count_type(mock *m, const char *type)
{
    json_int_t n = json_integer_value(json_object_get(m->by_type, type));
    json_object_set_new(m->by_type, type, json_integer(n + 1));
}

static void note_sequence(mock *m, mock_case *c, json_int_t sequence)
{
    if (sequence < 0) return;
    if (sequence <= c->sequence)
        m->counters.out_of_order++;
    else
        c->sequence = sequence;
}

json_t *mock_apply(mock *m, const mock_delivery *d)
{
    /* A receipt makes no case. */
    bool receipt = strcmp(d->type, "receipt") == 0;
    mock_case *c = !d->urn ? NULL : receipt ? mock_find(m, d->urn) : mock_case_get(m, d->urn);
    if (!c && !receipt) return NULL;
    char at[DCF_TIME_TEXT_SIZE];
    json_t *answer = json_pack("{s:I, s:s, s:s, s:s}", "caseId", c ? (json_int_t)c->id : 0,
                               "messageId", mock_message_id(d->doc), "receivedAt",
                               dcf_time_format(d->at_ms, at), "status", "received");
    json_object_set_new(m->keys, d->key,
                        json_pack("{s:s, s:O}", "sha256", d->sha256, "answer", answer));
    m->counters.applied++;
    count_type(m, d->type);
    if (!c) return answer;
    note_sequence(m, c, d->sequence);
    mock_event(c, "in", d->doc, "applied", d->at_ms);
    mock_review(m, c, d);
    return answer;
}

/* --- judging it --- */

/* The operation that takes documents of this schema: for /v1/messages, which takes all. */
static const contract_operation *operation_for(const mock *m, const char *schema,
                                               const char *case_type)
{
    static const char *const by_case_type[][2] = {{"preCharge", "postPreChargeRequest"},
                                                  {"charged", "postChargedCase"},
                                                  {"upgrade", "postUpgrade"}};
    const char *id = NULL;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(schema, "CaseSubmission") == 0 && strcmp(case_type, by_case_type[i][0]) == 0)
            id = by_case_type[i][1];
    const contract_operation *o;
    size_t n = contract_operations(m->contract, &o);
    for (size_t i = 0; i < n; i++)
        if (strcmp(o[i].schema, schema) == 0 && (!id || strcmp(o[i].id, id) == 0)) return &o[i];
    return NULL;
}

static void check_place(const contract_operation *o, const mock_delivery *d, json_t *faults)
{
    static const char *const wanted[][2] = {{"postPreChargeRequest", "preCharge"},
                                            {"postChargedCase", "charged"},
                                            {"postUpgrade", "upgrade"}};
    const char *urn = json_string_value(json_object_get(d->doc, "urn"));
    const char *case_type = json_string_value(json_object_get(d->doc, "caseType"));
    if (urn && strcmp(urn, d->urn) != 0)
        contract_fault(faults, "CPS-URN", "/urn", "is not the urn of the path");
    for (size_t i = 0; case_type && i < 3; i++)
        if (strcmp(o->id, wanted[i][0]) == 0 && strcmp(case_type, wanted[i][1]) != 0)
            contract_fault(faults, "CPS-CASE-TYPE", "/caseType", "this path takes %s",
                           wanted[i][1]);
}

static verdict known(mock *m, const mock_delivery *d, const json_t *first)
{
    if (strcmp(json_string_value(json_object_get(first, "sha256")), d->sha256) != 0) {
        m->counters.conflicts++;
        return refuse(409, "CPS-CONFLICT", "", "this Idempotency-Key came with another body");
    }
    m->counters.duplicates++;
    return (verdict){
        .code = 200, .duplicate = true, .body = json_incref(json_object_get(first, "answer"))};
}

static verdict take(mock *m, const mock_delivery *d)
{
    bool room = json_object_size(m->keys) < m->max_keys &&
                (mock_find(m, d->urn) || m->case_count < m->max_cases);
    if (!room) return refuse(503, "CPS-FULL", "", "this endpoint holds all the cases it may");
    if (dcf_failed(mock_journal_delivery(m, d)))
        return refuse(503, "CPS-JOURNAL", "", "the journal cannot be written");
    json_t *answer = mock_apply(m, d);
    if (!answer) return refuse(503, "CPS-BUSY", "", "out of memory");
    return (verdict){.code = 202, .applied = true, .body = answer};
}

static verdict judge(mock *m, const contract_operation *o, mock_delivery *d)
{
    if (!d->key || !*d->key || strlen(d->key) > 200)
        return refuse(400, "CPS-KEY", "", "an Idempotency-Key of 1 to 200 characters is needed");
    const json_t *first = json_object_get(m->keys, d->key);
    if (first) return known(m, d, first);
    if (strcmp(o->schema, "AnyMessage") == 0) {
        const char *schema = contract_schema_of(m->contract, d->type);
        const char *case_type = json_string_value(json_object_get(d->doc, "caseType"));
        o = schema ? operation_for(m, schema, case_type ? case_type : "") : NULL;
        if (!o) return refuse(422, "CPS-TYPE", "/messageType", "not a message the CPS takes");
    }
    d->schema = o->schema;
    if (o->needs_case && !mock_find(m, d->urn))
        return refuse(404, "CPS-UNKNOWN-URN", "/urn", "no such case");
    json_t *faults = json_array();
    contract_check(m->contract, o->schema, d->doc, faults);
    check_place(o, d, faults);
    if (json_array_size(faults))
        return (verdict){.code = 422, .body = json_pack("{s:o}", "faults", faults)};
    json_decref(faults);
    return take(m, d);
}

/* --- scripted faults --- */

static bool scripted_failure(mock *m, const mock_delivery *d, verdict *ret)
{
    const dcf_yaml *fail = scenario_find(m->scenario, d->urn, d->type, "fail");
    if (!fail || !scenario_spend(m->scenario, fail, d->urn)) return false;
    *ret = refuse((int)strtol(dcf_yaml_str(fail, "status", "500"), NULL, 10), "CPS-SCENARIO", "",
                  "as the scenario says");
    ret->retry_after = dcf_yaml_str(fail, "retryAfter", NULL);
    return true;
}

static bool scripted_drop(mock *m, const mock_delivery *d, const char *when)
{
    const dcf_yaml *drop = scenario_find(m->scenario, d->urn, d->type, "drop");
    return drop && strcmp(dcf_yaml_str(drop, "when", "after"), when) == 0 &&
           scenario_spend(m->scenario, drop, d->urn);
}

static verdict judge_scripted(mock *m, const contract_operation *o, mock_delivery *d)
{
    verdict v = {0};
    if (scripted_drop(m, d, "before")) return (verdict){.drop = true};
    if (scripted_failure(m, d, &v)) return v;
    v = judge(m, o, d);
    if (v.applied) v.drop = scripted_drop(m, d, "after");
    return v;
}

/* --- the handler --- */

static void list_delivery(mock *m, const mock_delivery *d, const verdict *v)
{
    char at[DCF_TIME_TEXT_SIZE];
    m->counters.received++;
    if (v->code >= 400 && v->code != 409) m->counters.refused++;
    if (json_array_size(m->deliveries) == MOCK_MAX_DELIVERIES) {
        json_array_remove(m->deliveries, 0);
        m->forgotten++;
    }
    json_t *line = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:b}", "n", m->counters.received, "at",
        dcf_time_format(d->at_ms, at), "urn", d->urn, "idempotencyKey", d->key ? d->key : "",
        "messageType", d->type, "messageId", mock_message_id(d->doc), "sha256", d->sha256, "status",
        v->drop ? 0 : v->code, "duplicate", v->duplicate, "applied", v->applied);
    if (d->sequence >= 0) json_object_set_new(line, "sequence", json_integer(d->sequence));
    json_array_append_new(m->deliveries, line);
}

static void answer(mock *m, dcf_http_request *r, const mock_delivery *d, verdict *v)
{
    uint64_t delay = scenario_ms(m->scenario, d->urn, d->type, "answerDelay");
    if (v->drop) {
        json_decref(v->body);
        dcf_http_drop(r);
    } else if (delay && !m->stop) {
        char *text = json_dumps(v->body, JSON_COMPACT);
        mock_answer_late(m, r, delay, v->code, text ? text : "");
        free(text);
        json_decref(v->body);
    } else {
        dcf_http_header headers[3] = {{NULL, NULL}};
        size_t n = 0;
        if (v->duplicate) headers[n++] = (dcf_http_header){"Idempotent-Replayed", "true"};
        if (v->retry_after) headers[n++] = (dcf_http_header){"Retry-After", v->retry_after};
        mock_reply_json(r, v->code, headers, v->body);
    }
}

static json_int_t sequence_of(const dcf_http_request *r)
{
    const char *text = dcf_http_get_header(r, "DCF-Sequence");
    char *end = NULL;
    long long n = text && *text ? strtoll(text, &end, 10) : -1;
    return n >= 0 && end && !*end ? n : -1;
}

void mock_handle_delivery(mock *m, dcf_http_request *r, const contract_operation *o)
{
    char sha256[DCF_SHA256_HEX_SIZE];
    dcf_span body = dcf_http_body(r);
    json_t *doc = json_loadb((const char *)body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_string_value(json_object_get(doc, "messageType"));
    const char *urn = dcf_http_param(r, "urn") ? dcf_http_param(r, "urn")
                                               : json_string_value(json_object_get(doc, "urn"));
    mock_delivery d = {.urn = urn ? urn : "",
                       .key = dcf_http_get_header(r, "Idempotency-Key"),
                       .type = type ? type : "",
                       .sha256 = dcf_sha256_hex(body, sha256),
                       .sequence = sequence_of(r),
                       .at_ms = dcf_clock_ms(),
                       .doc = doc};
    pthread_mutex_lock(&m->lock);
    verdict v = json_is_object(doc)
                    ? judge_scripted(m, o, &d)
                    : refuse(400, "CPS-JSON", "", "not a JSON object, or one with a name twice");
    list_delivery(m, &d, &v);
    answer(m, r, &d, &v);
    pthread_mutex_unlock(&m->lock);
    json_decref(doc);
}
