/* parse.c - the limits every reader keeps, whatever a peer sends. */
#include "translate/event.h"

static size_t or_default(size_t value, size_t fallback)
{
    return value ? value : fallback;
}

void dcf_parse_init(dcf_parse *p, const dcf_limits *limits, struct dcf_arena *arena,
                    dcf_faults *faults, dcf_sink sink)
{
    dcf_limits l = limits ? *limits : (dcf_limits){0};
    *p = (dcf_parse){
        .limits = {.bytes = or_default(l.bytes, (size_t)4 << 20),
                   .depth = or_default(l.depth, 64),
                   .values = or_default(l.values, 200000),
                   .text = or_default(l.text, (size_t)64 << 10)},
        .arena = arena,
        .faults = faults,
        .sink = sink,
        .path = "",
    };
}

bool dcf_parse_each(dcf_parse *p, const dcf_event *open, const dcf_event *value)
{
    dcf_event end = {.kind = DCF_EV_CLOSE, .line = value->line, .column = value->column};
    return dcf_parse_emit(p, open) && dcf_parse_emit(p, value) && dcf_parse_emit(p, &end);
}

bool dcf_parse_fail(dcf_parse *p, dcf_fault_code code, uint32_t line, uint32_t column,
                    const char *detail)
{
    dcf_faults_add(p->faults, code, line, column, p->path, "", "%s", detail);
    p->status = DCF_ERR(FAULTY);
    return false;
}

bool dcf_parse_over(dcf_parse *p, uint32_t line, uint32_t column)
{
    bool deep = p->depth > p->limits.depth;
    return dcf_parse_fail(p, deep ? DCF_FAULT_TOO_DEEP : DCF_FAULT_TOO_MANY, line, column,
                          deep ? "deeper than the link allows"
                               : "more values than the link allows");
}
