/* draw.c - the lifecycle's ways, and the same as Mermaid text. */
#include "exchange/draw.h"

static void add_edge(dcf_edge *list, size_t *n, unsigned from, unsigned to)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i].from == from && list[i].to == to) return;
    if (*n < DCF_EDGES_MAX) list[(*n)++] = (dcf_edge){from, to};
}

size_t dcf_lifecycle_edges(const dcf_lifecycle *l, dcf_edge ret[DCF_EDGES_MAX])
{
    size_t n = 0;
    for (unsigned from = 0; from < l->state_count; from++)
        for (size_t r = 0; r < l->rule_count; r++)
            for (size_t m = 0; m < l->rules[r].move_count; m++) {
                const dcf_move *move = &l->rules[r].moves[m];
                if ((move->from >> from & 1U) && move->to != from)
                    add_edge(ret, &n, from, move->to);
            }
    return n;
}

static void add_words(dcf_buf *out, const char *name)
{
    for (; *name; name++) dcf_buf_addc(out, (char)(*name == '_' ? ' ' : *name));
}

void dcf_lifecycle_tell_edge(const dcf_lifecycle *l, const dcf_edge *e, bool conditions,
                             dcf_buf *out)
{
    bool first = true;
    for (size_t r = 0; r < l->rule_count; r++) {
        bool named = false;
        for (size_t m = 0; m < l->rules[r].move_count; m++) {
            const dcf_move *move = &l->rules[r].moves[m];
            if (!(move->from >> e->from & 1U) || move->to != e->to) continue;
            if (named && !conditions) continue;
            if (!first) dcf_buf_adds(out, conditions ? "; " : ", ");
            add_words(out, l->rules[r].type->name);
            if (conditions && move->when) {
                dcf_buf_adds(out, " when ");
                dcf_condition_print(move->when, out);
            }
            first = false;
            named = true;
        }
    }
}

void dcf_lifecycle_mermaid(const dcf_lifecycle *l, dcf_buf *out)
{
    dcf_edge edges[DCF_EDGES_MAX];
    size_t n = dcf_lifecycle_edges(l, edges);
    dcf_buf_printf(out, "stateDiagram-v2\n    [*] --> %s\n", l->states[l->initial]);
    for (size_t i = 0; i < n; i++) {
        dcf_buf_printf(out, "    %s --> %s : ", l->states[edges[i].from], l->states[edges[i].to]);
        dcf_lifecycle_tell_edge(l, &edges[i], false, out);
        dcf_buf_addc(out, '\n');
    }
    for (unsigned s = 0; s < l->state_count; s++)
        if (l->finals >> s & 1U) dcf_buf_printf(out, "    %s --> [*]\n", l->states[s]);
}
