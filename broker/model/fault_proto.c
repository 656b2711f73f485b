/* fault_proto.c - see fault_proto.h. */
#include "model/fault_proto.h"

static Dcf__V1__Fault *travelling(const dcf_fault *f, dcf_arena *arena)
{
    const dcf_fault_row *row = dcf_fault_row_of(f->code);
    Dcf__V1__Fault *out = dcf_arena_alloc(arena, sizeof *out);
    if (!out) return NULL;
    dcf__v1__fault__init(out);
    out->code = (char *)row->id;
    out->severity = (char *)(f->severity == DCF_SEVERITY_ERROR ? "error" : "warn");
    out->path = (char *)f->path;
    out->field = (char *)f->field;
    out->detail = (char *)f->detail;
    out->remedy = (char *)row->remedy;
    out->line = f->line;
    out->column = f->column;
    return out;
}

Dcf__V1__Fault **dcf_faults_join(Dcf__V1__Fault *const *before, size_t n, const dcf_faults *faults,
                                 dcf_arena *arena, size_t *ret_count)
{
    size_t count = n + (faults ? faults->count : 0);
    Dcf__V1__Fault **list = dcf_arena_alloc(arena, (count + 1) * sizeof(Dcf__V1__Fault *));
    if (!list) return NULL;
    for (size_t i = 0; i < n; i++) list[i] = before[i];
    for (size_t i = n; i < count; i++) {
        list[i] = travelling(&faults->items[i - n], arena);
        if (!list[i]) return NULL;
    }
    *ret_count = count;
    return list;
}

Dcf__V1__Fault **dcf_faults_to_proto(const dcf_faults *faults, dcf_arena *arena, size_t *ret_count)
{
    return dcf_faults_join(NULL, 0, faults, arena, ret_count);
}
