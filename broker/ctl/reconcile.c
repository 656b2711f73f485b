/* reconcile.c - dcfctl link list, reconcile: whether every message is accounted for. */
#include "ctl/ctl.h"

static const ctl_column LINKS[] = {{"LINK", "link", CELL_TEXT},
                                   {"RECEIVED", "received", CELL_TEXT},
                                   {"IN-FLIGHT", "in_flight", CELL_TEXT},
                                   {"HELD", "held", CELL_TEXT},
                                   {"REFUSED", "refused", CELL_TEXT},
                                   {"DELIVERED", "delivered", CELL_TEXT},
                                   {"DUPLICATES", "duplicates", CELL_TEXT},
                                   {"CONFLICTS", "conflicts", CELL_TEXT},
                                   {"IMBALANCE", "imbalance", CELL_TEXT},
                                   {"OLDEST-IN-FLIGHT", "oldest_in_flight", CELL_TEXT}};
static const ctl_column FINDINGS[] = {
    {"FINDING", "kind", CELL_TEXT}, {"MESSAGE", "message_id", CELL_TEXT},
    {"LINK", "link", CELL_TEXT},    {"CASE", "case", CELL_TEXT},
    {"TO", "to", CELL_TEXT},        {"MISSING", "missing", CELL_TEXT},
    {"AT", "at", CELL_TEXT}};

static int show(const ctl *c, const char *path, bool findings)
{
    json_t *answer = NULL;
    int code = path ? ctl_get(c, path, &answer) : CTL_INTERNAL;
    if (code != CTL_OK) return code;
    const json_t *found = json_object_get(answer, "findings");
    if (ctl_wants_json(c)) {
        ctl_json(c, answer);
    } else {
        ctl_table(c, LINKS, CTL_COUNT(LINKS), json_object_get(answer, "links"),
                  "no message came by any link yet");
        if (findings && json_array_size(found)) {
            fputc('\n', c->out);
            ctl_table(c, FINDINGS, CTL_COUNT(FINDINGS), found, "");
        }
    }
    bool balanced = json_is_true(json_object_get(answer, "balanced"));
    json_decref(answer);
    if (balanced) return CTL_OK;
    return ctl_fail(c, CTL_FAILED,
                    findings ? "Look at each message named: dcfctl message show ID, dcfctl case "
                               "show URN; and at the daemon's log for LEDGER_IMBALANCE. What was "
                               "looked at falls out of a later period: --from."
                             : "dcfctl reconcile names them.",
                    "the links do not balance: a message was lost, doubled or made up, or a record "
                    "cannot be read");
}

int ctl_link_list(ctl *c)
{
    return show(c, "/v1/reconciliation", false);
}

int ctl_reconcile(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/reconciliation");
    ctl_query_add(&path, "link", c->opt[OPT_LINK]);
    ctl_query_add(&path, "from", c->opt[OPT_FROM]);
    ctl_query_add(&path, "to", c->opt[OPT_TO]);
    return show(c, dcf_buf_cstr(&path), true);
}
