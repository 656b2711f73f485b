/* reconcile.c - whether every message is accounted for: the balance of each link, and each message
 * that is not. */
#include "base/time_range.h"
#include "ops/internal.h"

static void add_link(void *ctx, const dcf_ledger_link *k)
{
    json_array_append_new(
        ctx, json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "link",
                       ops_string(k->link), "received", (json_int_t)k->received, "applied",
                       (json_int_t)k->applied, "in_flight", (json_int_t)k->in_flight, "held",
                       (json_int_t)k->held, "refused", (json_int_t)k->refused, "delivered",
                       (json_int_t)k->delivered, "duplicates", (json_int_t)k->duplicates,
                       "conflicts", (json_int_t)k->conflicts, "imbalance", (json_int_t)k->imbalance,
                       "oldest_in_flight", ops_time(k->oldest_in_flight_ms)));
}

static void add_finding(void *ctx, const dcf_ledger_finding *f)
{
    json_array_append_new(ctx, json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "message_id",
                                         ops_string(f->message_id), "kind", f->kind, "missing",
                                         f->missing, "link", ops_string(f->link), "case",
                                         ops_string(f->case_key), "to", ops_string(f->party), "at",
                                         ops_time(f->at_ms)));
}

/* ?from= and ?to=; false when one was malformed and r is answered. */
static bool read_range(dcf_http_request *r, dcf_time_range *ret)
{
    const char *from = dcf_http_query(r, "from"), *to = dcf_http_query(r, "to");
    *ret = (dcf_time_range){0};
    if ((from && dcf_failed(dcf_time_edge_parse(from, &ret->from_ms))) ||
        (to && dcf_failed(dcf_time_edge_parse(to, &ret->to_ms)))) {
        ops_error(r, 400, "from and to are dates or date-times",
                  "write 2026-10-01 (midnight in London) or 2026-10-01T09:00:00Z; to is exclusive");
        return false;
    }
    return true;
}

void ops_reconciliation(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    dcf_ledger *l = o->config.ledger;
    dcf_time_range range;
    const char *link = dcf_http_query(r, "link");
    if (!read_range(r, &range)) return;
    bool all = !range.from_ms && !range.to_ms && !link;
    json_t *links = json_array(), *findings = json_array();
    dcf_status status = all ? dcf_ledger_links(l, add_link, links)
                            : dcf_ledger_balance(l, &range, link, add_link, links);
    if (dcf_ok(status)) status = dcf_ledger_findings(l, &range, link, 0, add_finding, findings);
    if (dcf_failed(status)) {
        json_decref(links);
        json_decref(findings);
        ops_ledger_error(r, status, "", "");
        return;
    }
    bool balanced = json_array_size(findings) == 0;
    size_t i;
    json_t *row;
    json_array_foreach(links, i, row) balanced &=
        json_integer_value(json_object_get(row, "imbalance")) == 0;
    ops_reply(r, 200,
              json_pack("{s:b, s:o, s:o, s:o, s:o}", "balanced", balanced, "from",
                        ops_time(range.from_ms), "to", ops_time(range.to_ms), "links", links,
                        "findings", findings));
}
