/* fuzz_events.h - laws of an event stream: balanced, valid UTF-8, attributes only at the start; and
 * its digest. */
#ifndef TESTS_FUZZ_EVENTS_H
#define TESTS_FUZZ_EVENTS_H

#include "base/arena.h"
#include "base/utf8.h"
#include "translate/event.h"
#include "translate/writers.h"

#include <stdlib.h>

#define LAW(x)                                                                                     \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "law broken: %s (line %d)\n", #x, __LINE__);                           \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef struct watch {
    dcf_sink next; /* may be none */
    size_t depth;
    bool inside; /* something other than an attribute came since OPEN */
    bool ended;
    uint64_t digest;
    dcf_arena names; /* a writer borrows them longer than a reader lends them */
} watch;

static inline void watch_mix(watch *w, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        w->digest = (w->digest ^ ((const uint8_t *)data)[i]) * 1099511628211U;
    w->digest = (w->digest ^ 0xFF) * 1099511628211U; /* an end that no text has */
}

static inline bool watch_on(void *self, const dcf_event *e)
{
    watch *w = self;
    LAW(!w->ended);
    LAW(dcf_utf8_check(e->local) == e->local.size && dcf_utf8_check(e->ns) == e->ns.size);
    LAW(dcf_utf8_check(e->value) == e->value.size);
    LAW(!e->value.size || !memchr(e->value.data, 0, e->value.size));
    LAW(e->kind == DCF_EV_OPEN || w->depth > 0);
    LAW(e->kind != DCF_EV_ATTRIBUTE || !w->inside);
    w->inside = e->kind == DCF_EV_VALUE || e->kind == DCF_EV_CLOSE;
    if (e->kind == DCF_EV_OPEN) w->depth++;
    if (e->kind == DCF_EV_CLOSE) w->ended = --w->depth == 0;
    uint8_t head[] = {(uint8_t)e->kind, (uint8_t)e->shape, e->array, (uint8_t)e->value_kind};
    watch_mix(w, head, sizeof head);
    watch_mix(w, e->ns.data, e->ns.size);
    watch_mix(w, e->local.data, e->local.size);
    watch_mix(w, e->value.data, e->value.size);
    if (!w->next.on) return true;
    dcf_event copy = *e;
    copy.ns.data = (const uint8_t *)dcf_arena_str(&w->names, e->ns);
    copy.local.data = (const uint8_t *)dcf_arena_str(&w->names, e->local);
    LAW(copy.ns.data && copy.local.data);
    return dcf_emit(w->next, &copy);
}

/* Reads with all laws watched; true when the document was accepted. */
static inline bool watch_read(watch *w, bool xml, dcf_span doc)
{
    dcf_arena arena;
    dcf_faults faults;
    dcf_parse p;
    dcf_limits limits = {.bytes = 1 << 20, .depth = 60};
    dcf_arena_init(&arena, (size_t)16 << 20);
    dcf_faults_init(&faults, &arena, 10);
    dcf_parse_init(&p, &limits, &arena, &faults, (dcf_sink){watch_on, w});
    dcf_status s = xml ? dcf_xml_read(&p, doc) : dcf_json_read(&p, doc);
    LAW(dcf_ok(s) == (faults.count == 0) || dcf_is(s, DCF_E_NOMEM));
    LAW(dcf_failed(s) || w->ended);
    dcf_arena_fini(&arena);
    return dcf_ok(s);
}

/* What was read, written by the same format's writer, reads as the same events. */
static inline void watch_round(bool xml, dcf_span doc)
{
    static dcf_xml_writer xw;
    static dcf_json_writer jw;
    dcf_buf out = {.limit = 1 << 20};
    watch first = {0}, second = {0};
    first.next =
        xml ? dcf_xml_writer_init(&xw, &out, false) : dcf_json_writer_init(&jw, &out, false);
    dcf_arena_init(&first.names, (size_t)64 << 20);
    if (watch_read(&first, xml, doc) && !out.failed) {
        LAW(watch_read(&second, xml, dcf_buf_span(&out)));
        LAW(first.digest == second.digest);
    }
    dcf_arena_fini(&first.names);
    dcf_buf_fini(&out);
}

#endif
