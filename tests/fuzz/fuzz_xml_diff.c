/* fuzz_xml_diff.c - the XML reader against expat: the same documents are accepted, and give the
 * same events at the same places. */
#include "fuzz_events.h"

#include "../support/expat_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool digest(void *self, const dcf_event *e)
{
    watch *w = self;
    uint32_t head[] = {e->kind, e->line, e->column};
    watch_mix(w, head, sizeof head);
    watch_mix(w, e->ns.data, e->ns.size);
    watch_mix(w, e->local.data, e->local.size);
    watch_mix(w, e->value.data, e->value.size);
    return true;
}

static bool read_by(dcf_status (*read)(dcf_parse *, dcf_span), dcf_span doc, uint64_t *ret)
{
    dcf_arena arena;
    dcf_faults faults;
    dcf_parse p;
    watch w = {0};
    dcf_arena_init(&arena, (size_t)64 << 20);
    dcf_faults_init(&faults, &arena, 10);
    dcf_parse_init(&p, NULL, &arena, &faults, (dcf_sink){.on = digest, .self = &w});
    bool ok = dcf_ok(read(&p, doc));
    dcf_arena_fini(&arena);
    *ret = w.digest;
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t ours, theirs;
    bool accepted = read_by(dcf_xml_read, dcf_span_of(data, size), &ours);
    LAW(accepted == read_by(expat_read, dcf_span_of(data, size), &theirs));
    LAW(!accepted || ours == theirs);
    return 0;
}
