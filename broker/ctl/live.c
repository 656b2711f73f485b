/* live.c - dcfctl status, queue list: what the daemon does now. */
#include "ctl/ctl.h"

static const ctl_column STATUS[] = {{"VERSION", "version", CELL_TEXT},
                                    {"INSTANCE", "instance", CELL_TEXT},
                                    {"STARTED", "started", CELL_TEXT},
                                    {"WARNING", "warning", CELL_TEXT}};
static const ctl_column TOTALS[] = {{"CASES", "cases", CELL_TEXT},
                                    {"MESSAGES", "messages", CELL_TEXT},
                                    {"HELD", "held", CELL_TEXT},
                                    {"LAST EVENT", "last_event", CELL_TEXT}};
static const ctl_column TO_DELIVER[] = {{"QUEUED", "queued", CELL_TEXT},
                                        {"AWAY", "away", CELL_TEXT}};
static const ctl_column ROLES[] = {{"ROLE", "role", CELL_TEXT},
                                   {"STATE", "state", CELL_TEXT},
                                   {"WELL", "ok", CELL_TEXT},
                                   {"SINCE", "since", CELL_TEXT},
                                   {"REASON", "reason", CELL_TEXT}};

int ctl_status(ctl *c)
{
    json_t *answer = NULL;
    int code = ctl_get(c, "/v1/status", &answer);
    if (code != CTL_OK) return code;
    const json_t *roles = json_object_get(answer, "roles");
    for (size_t i = 0; i < json_array_size(roles); i++)
        if (!json_is_true(json_object_get(json_array_get(roles, i), "ok"))) code = CTL_FAILED;
    if (ctl_wants_json(c)) {
        ctl_json(c, answer);
    } else {
        bool warned = json_object_get(answer, "warning") != NULL;
        ctl_fields(c, STATUS, CTL_COUNT(STATUS) - !warned, answer);
        ctl_fields(c, TOTALS, CTL_COUNT(TOTALS), json_object_get(answer, "totals"));
        ctl_fields(c, TO_DELIVER, CTL_COUNT(TO_DELIVER), json_object_get(answer, "queues"));
        fputc('\n', c->out);
        ctl_table(c, ROLES, CTL_COUNT(ROLES), roles, "no roles");
    }
    json_decref(answer);
    return code;
}

static const ctl_column QUEUES[] = {
    {"PARTY", "party", CELL_TEXT},         {"DEPTH", "depth", CELL_TEXT},
    {"IN-FLIGHT", "in_flight", CELL_TEXT}, {"OLDEST", "oldest_age_ms", CELL_AGE},
    {"BREAKER", "breaker", CELL_TEXT},     {"NEXT-TRY", "next_try", CELL_TEXT},
    {"REASON", "reason", CELL_TEXT}};
static const ctl_column WAITING[] = {
    {"MESSAGE", "message_id", CELL_TEXT}, {"CASE", "case", CELL_TEXT},
    {"TYPE", "type", CELL_TEXT},          {"SINCE", "since", CELL_TEXT},
    {"ATTEMPTS", "attempts", CELL_TEXT},  {"NEXT-TRY", "next_try", CELL_TEXT},
    {"REASON", "reason", CELL_TEXT},      {"LAST-FAILURE", "last_failure", CELL_TEXT}};

int ctl_queue_list(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    json_t *answer = NULL;
    const char *party = c->arg_count ? c->args[0] : NULL;
    dcf_buf_adds(&path, "/v1/queues");
    ctl_path_add(&path, party);
    if (party) ctl_query_add(&path, "limit", c->opt[OPT_LIMIT]);
    int code = ctl_get(c, dcf_buf_cstr(&path), &answer);
    if (code != CTL_OK) return code;
    if (ctl_wants_json(c)) {
        ctl_json(c, answer);
    } else if (party) {
        ctl_fields(c, QUEUES, CTL_COUNT(QUEUES), json_object_get(answer, "queue"));
        fputc('\n', c->out);
        ctl_table(c, WAITING, CTL_COUNT(WAITING), json_object_get(answer, "waiting"),
                  "nothing waits");
    } else {
        ctl_table(c, QUEUES, CTL_COUNT(QUEUES), json_object_get(answer, "queues"), "no queues");
    }
    json_decref(answer);
    return CTL_OK;
}
