/* rules.c - the rules of triage.yaml applied to a case: what is missing, and what follows from it.
 */
#include "mockcps/state.h"

#include <stdlib.h>
#include <strings.h>

enum { DAY_MS = 86400000 };

char *mock_date(int64_t at_ms, int64_t days, char out[DCF_TIME_TEXT_SIZE])
{
    dcf_time_format(at_ms + days * DAY_MS, out);
    out[10] = 0;
    return out;
}

static bool lists(const dcf_yaml *list, const char *value)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcasecmp(list->items[i].text, value) == 0) return true;
    return false;
}

static const char *text_of(const json_t *object, const char *name, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : fallback;
}

static bool lists_any(const dcf_yaml *list, const json_t *values)
{
    size_t i;
    json_t *value;
    json_array_foreach(values, i, value) if (lists(list, json_string_value(value))) return true;
    return false;
}

static bool applies(const dcf_yaml *when, const json_t *submission)
{
    static const struct {
        const char *key, *field, *fallback;
    } fields[] = {{"caseType", "caseType", ""},
                  {"reviewType", "reviewType", "twentyEightDay"},
                  {"plea", "anticipatedPlea", "NotKnown"},
                  {"initiation", "initiation", "Charge"}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const dcf_yaml *list = dcf_yaml_get(when, fields[i].key);
        if (list && !lists(list, text_of(submission, fields[i].field, fields[i].fallback)))
            return false;
    }
    const dcf_yaml *marker = dcf_yaml_get(when, "marker");
    return !marker || lists_any(marker, json_object_get(submission, "caseMarkers")) ||
           lists_any(marker, json_object_get(submission, "monitoringCodes"));
}

static bool has_document(const mock_case *c, const dcf_yaml *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (json_object_get(c->documents, list->items[i].text)) return true;
    return false;
}

static bool has_officer_contact(const json_t *submission)
{
    const json_t *officer = json_object_get(submission, "officerInCase"),
                 *contact = json_object_get(officer, "contact");
    return *text_of(json_object_get(officer, "name"), "familyName", "") &&
           (*text_of(contact, "telephoneBusiness", "") ||
            *text_of(contact, "telephoneMobile", "") ||
            json_array_size(json_object_get(contact, "emails")));
}

static bool has_offence(const json_t *submission)
{
    size_t i;
    json_t *defendant;
    json_array_foreach(
        json_object_get(submission, "defendants"), i,
        defendant) if (json_array_size(json_object_get(defendant, "offences"))) return true;
    return false;
}

static bool met(const mock_case *c, const dcf_yaml *need)
{
    const dcf_yaml *documents = dcf_yaml_get(need, "document");
    if (documents && !has_document(c, documents)) return false;
    size_t comments =
        json_array_size(json_object_get(json_object_get(c->submission, "supervisor"), "comments"));
    if (comments < strtoul(dcf_yaml_str(need, "supervisorComments", "0"), NULL, 10)) return false;
    if (dcf_yaml_get(need, "officerContact") && !has_officer_contact(c->submission)) return false;
    return !dcf_yaml_get(need, "offences") || has_offence(c->submission);
}

static json_t *ask_item(const dcf_yaml *rule, int64_t at_ms)
{
    const dcf_yaml *ask = dcf_yaml_get(rule, "ask"),
                   *documents = dcf_yaml_get(dcf_yaml_get(rule, "need"), "document");
    char due[DCF_TIME_TEXT_SIZE];
    mock_date(at_ms, strtol(dcf_yaml_str(ask, "days", "14"), NULL, 10), due);
    return json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s, s:s*, s:s}", "category",
                     dcf_yaml_str(ask, "category", "Other"), "actionType", "ActionPlan", "text",
                     dcf_yaml_str(ask, "text", "Further information."), "dG6Justification",
                     dcf_yaml_str(ask, "justification", NULL), "documentType",
                     documents && documents->count ? documents->items[0].text : NULL, "dueDate",
                     due, "stepCode", dcf_yaml_str(ask, "step", NULL), "status", "Requested");
}

mock_findings mock_triage(const mock *m, const mock_case *c, int64_t at_ms)
{
    mock_findings found = {json_array(), json_array()};
    const dcf_yaml *rules = dcf_yaml_get(dcf_yaml_root(m->triage), "rules");
    for (size_t i = 0; rules && i < rules->count; i++) {
        const dcf_yaml *rule = &rules->items[i], *reason = dcf_yaml_get(rule, "reason");
        if (!applies(dcf_yaml_get(rule, "when"), c->submission) ||
            met(c, dcf_yaml_get(rule, "need")))
            continue;
        if (reason)
            json_array_append_new(
                found.reasons, json_pack("{s:s, s:s}", "code", dcf_yaml_str(reason, "code", "T01"),
                                         "text", dcf_yaml_str(reason, "text", "Missing.")));
        else
            json_array_append_new(found.asks, ask_item(rule, at_ms));
    }
    return found;
}
