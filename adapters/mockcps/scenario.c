/* scenario.c - see scenario.h. The tree is kept as read; everything typed is checked once, at
 * loading. */
#include "mockcps/scenario.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SPENT = 100000 };

struct scenario {
    dcf_yaml_doc *doc;
    const dcf_yaml *rules;
    json_t *spent; /* "LINE URN" -> how often the fault written at LINE happened to URN */
};

static dcf_status check_fault(const scenario *s, const dcf_yaml *rule, const char *key,
                              const char *const known[], dcf_yaml_error *err)
{
    const dcf_yaml *node = dcf_yaml_get(rule, key);
    if (!node) return DCF_OK;
    uint64_t number;
    DCF_TRY(dcf_yaml_only(s->doc, node, known, err));
    DCF_TRY(dcf_yaml_u64(s->doc, node, "times", 1, &number, err));
    DCF_TRY(dcf_yaml_u64(s->doc, node, "retryAfter", 0, &number, err));
    DCF_TRY(dcf_yaml_u64(s->doc, node, "status", 500, &number, err));
    if (number < 400 || number > 599)
        return dcf_yaml_fail(s->doc, node, err, "status must be 400 to 599");
    const char *when = dcf_yaml_str(node, "when", "after");
    if (strcmp(when, "after") != 0 && strcmp(when, "before") != 0)
        return dcf_yaml_fail(s->doc, node, err, "when must be before or after");
    return DCF_OK;
}

static dcf_status check_verdicts(const scenario *s, const dcf_yaml *rule, dcf_yaml_error *err)
{
    static const char *const triage_keys[] = {"outcome", "reasons", NULL};
    static const char *const decision_keys[] = {"code", "reasonCode", "reason", NULL};
    const dcf_yaml *triage = dcf_yaml_get(rule, "triage"),
                   *decision = dcf_yaml_get(rule, "decision");
    if (triage) {
        DCF_TRY(dcf_yaml_only(s->doc, triage, triage_keys, err));
        const char *outcome = dcf_yaml_str(triage, "outcome", "");
        const dcf_yaml *reasons = dcf_yaml_get(triage, "reasons");
        bool rejected = strcmp(outcome, "rejected") == 0;
        if (!rejected && strcmp(outcome, "accepted") != 0)
            return dcf_yaml_fail(s->doc, triage, err, "outcome must be accepted or rejected");
        if (rejected && (!reasons || reasons->kind != DCF_YAML_LIST || !reasons->count))
            return dcf_yaml_fail(s->doc, triage, err,
                                 "a rejection needs a list of reasons (T01 to T13)");
    }
    if (!decision) return DCF_OK;
    DCF_TRY(dcf_yaml_only(s->doc, decision, decision_keys, err));
    return dcf_yaml_str(decision, "code", NULL)
               ? DCF_OK
               : dcf_yaml_fail(s->doc, decision, err, "a decision needs a code");
}

static dcf_status check_rule(const scenario *s, const dcf_yaml *rule, dcf_yaml_error *err)
{
    static const char *const known[] = {
        "urn",       "messageType",  "triage",      "decision", "actionPlan", "silent", "receipt",
        "sendTwice", "outcomeDelay", "answerDelay", "fail",     "drop",       NULL};
    static const char *const fail_keys[] = {"status", "times", "retryAfter", NULL};
    static const char *const drop_keys[] = {"when", "times", NULL};
    static const char *const flags[] = {"actionPlan", "silent", "receipt", "sendTwice"};
    uint64_t ms;
    bool flag;
    DCF_TRY(dcf_yaml_only(s->doc, rule, known, err));
    DCF_TRY(check_verdicts(s, rule, err));
    DCF_TRY(check_fault(s, rule, "fail", fail_keys, err));
    DCF_TRY(check_fault(s, rule, "drop", drop_keys, err));
    DCF_TRY(dcf_yaml_ms(s->doc, rule, "outcomeDelay", 0, &ms, err));
    DCF_TRY(dcf_yaml_ms(s->doc, rule, "answerDelay", 0, &ms, err));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        DCF_TRY(dcf_yaml_bool(s->doc, rule, flags[i], false, &flag, err));
    return DCF_OK;
}

static dcf_status read_rules(scenario *s, dcf_span text, const char *name, dcf_yaml_error *err)
{
    static const char *const known[] = {"version", "rules", NULL};
    DCF_TRY(dcf_yaml_parse(text, name, &s->doc, err));
    const dcf_yaml *root = dcf_yaml_root(s->doc);
    DCF_TRY(dcf_yaml_only(s->doc, root, known, err));
    s->rules = dcf_yaml_get(root, "rules");
    if (!s->rules || s->rules->kind != DCF_YAML_LIST)
        return dcf_yaml_fail(s->doc, root, err, "a scenario is a list of rules");
    for (size_t i = 0; i < s->rules->count; i++) DCF_TRY(check_rule(s, &s->rules->items[i], err));
    return DCF_OK;
}

dcf_status scenario_parse(dcf_span text, const char *name, scenario **ret, dcf_yaml_error *err)
{
    scenario *s = calloc(1, sizeof *s);
    if (!s) return DCF_ERR(NOMEM);
    s->spent = json_object();
    dcf_status status = s->spent ? read_rules(s, text, name, err) : DCF_ERR(NOMEM);
    if (dcf_failed(status)) {
        scenario_free(s);
        return status;
    }
    *ret = s;
    return DCF_OK;
}

void scenario_free(scenario *s)
{
    if (!s) return;
    json_decref(s->spent);
    dcf_yaml_free(s->doc);
    free(s);
}

static const dcf_yaml *rule_with(const scenario *s, const char *urn, const char *message_type,
                                 const char *key)
{
    for (size_t i = 0; s && i < s->rules->count; i++) {
        const dcf_yaml *rule = &s->rules->items[i];
        const char *type = dcf_yaml_str(rule, "messageType", NULL);
        if (dcf_yaml_get(rule, key) && fnmatch(dcf_yaml_str(rule, "urn", "*"), urn, 0) == 0 &&
            (!type || strcmp(type, message_type) == 0))
            return rule;
    }
    return NULL;
}

const dcf_yaml *scenario_find(const scenario *s, const char *urn, const char *message_type,
                              const char *key)
{
    return dcf_yaml_get(rule_with(s, urn, message_type, key), key);
}

uint64_t scenario_ms(const scenario *s, const char *urn, const char *message_type, const char *key)
{
    const dcf_yaml *rule = rule_with(s, urn, message_type, key);
    uint64_t ms = 0;
    return rule && dcf_ok(dcf_yaml_ms(s->doc, rule, key, 0, &ms, NULL)) ? ms : 0;
}

bool scenario_flag(const scenario *s, const char *urn, const char *message_type, const char *key,
                   bool fallback)
{
    const dcf_yaml *rule = rule_with(s, urn, message_type, key);
    bool flag = fallback;
    return rule && dcf_ok(dcf_yaml_bool(s->doc, rule, key, fallback, &flag, NULL)) ? flag
                                                                                   : fallback;
}

bool scenario_spend(scenario *s, const dcf_yaml *node, const char *urn)
{
    char key[128];
    uint64_t times = 1;
    snprintf(key, sizeof key, "%u %.100s", node->line, urn);
    json_int_t spent = json_integer_value(json_object_get(s->spent, key));
    if (dcf_failed(dcf_yaml_u64(s->doc, node, "times", 1, &times, NULL)) ||
        (uint64_t)spent >= times)
        return false;
    if (json_object_size(s->spent) >= MAX_SPENT && !spent) return false;
    return json_object_set_new(s->spent, key, json_integer(spent + 1)) == 0;
}
