/* party_write.c - the parties as YAML again, as far as the rules of the exchange look at them: no
 * addresses, no files of secrets. */
#include "model/party.h"

static void write_list(dcf_buf *out, const char *key, const char *const *items)
{
    dcf_buf_printf(out, "    %s: [", key);
    for (size_t i = 0; items[i]; i++) dcf_buf_printf(out, "%s\"%s\"", i ? ", " : "", items[i]);
    dcf_buf_adds(out, "]\n");
}

/* A spool stands for every transport: what matters here is whether the link leads in or out. */
static void write_link(dcf_buf *out, const dcf_link *l)
{
    static const char way[] = "{transport: spool, folder: \"-\"}";
    dcf_buf_printf(out, "      - {name: \"%s\", dialect: \"%s\", stage: %s", l->name, l->dialect,
                   dcf_stage_text(l->stage));
    if (l->has_in) dcf_buf_printf(out, ", in: %s", way);
    if (l->has_out) dcf_buf_printf(out, ", out: %s", way);
    dcf_buf_adds(out, "}\n");
}

void dcf_parties_write(const dcf_parties *p, dcf_buf *out)
{
    dcf_buf_adds(out, "parties:\n");
    for (size_t i = 0; i < p->count; i++) {
        const dcf_party *party = &p->items[i];
        dcf_buf_printf(out, "  - name: \"%s\"\n    kind: %s\n    environment: %s\n", party->name,
                       party->kind == DCF_PARTY_CPS ? "cps" : "force",
                       party->live ? "live" : "test");
        write_list(out, "forces", party->forces);
        write_list(out, "areas", party->areas);
        write_list(out, "cleared", party->cleared);
        dcf_buf_adds(out, "    links:\n");
        for (size_t l = 0; l < party->link_count; l++) write_link(out, &party->links[l]);
    }
}
