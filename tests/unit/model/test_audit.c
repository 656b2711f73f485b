/* test_audit.c - events that were joined in one record come out of it as they were, whatever they
 * hold. A failure prints its seed. */
#include "model/audit.h"

#include "base/buf.h"
#include "model/message.h"
#include "unit.h"

#include <stdlib.h>
#include <time.h>

enum { MEMORY = 16 << 20, TURNS = 300 };

static dcf_arena arena;
static unsigned seed;

static unsigned pick(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

/* Few values, so that events often agree, and are often empty. */
static void fill(const ProtobufCFieldDescriptor *f, void *at)
{
    static const char *const texts[] = {"", "", "45AA1234526", "spi:1", "cps"};
    if (f->label == PROTOBUF_C_LABEL_REPEATED || f->type == PROTOBUF_C_TYPE_MESSAGE) return;
    if (f->type == PROTOBUF_C_TYPE_STRING)
        *(const char **)at = texts[pick(5)];
    else if (f->type == PROTOBUF_C_TYPE_BYTES)
        *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){pick(3), (uint8_t *)"\0\1\2"};
    else if (f->type == PROTOBUF_C_TYPE_INT64 || f->type == PROTOBUF_C_TYPE_UINT64)
        *(int64_t *)at = pick(3);
    else
        *(int32_t *)at = (int32_t)pick(2);
}

static Dcf__V1__AuditEvent *any_event(void)
{
    const ProtobufCMessageDescriptor *d = &dcf__v1__audit_event__descriptor;
    Dcf__V1__AuditEvent *e = dcf_arena_alloc(&arena, sizeof *e);
    Dcf__V1__Fact *fact = dcf_arena_alloc(&arena, sizeof *fact), **facts;
    dcf__v1__audit_event__init(e);
    for (unsigned i = 0; i < d->n_fields; i++)
        if (strcmp(d->fields[i].name, "unset") != 0)
            fill(&d->fields[i], (char *)e + d->fields[i].offset);
    if (pick(2)) return e;
    dcf__v1__fact__init(fact);
    fact->name = (char *)"outcome";
    facts = dcf_arena_alloc(&arena, sizeof *facts);
    *facts = fact;
    e->facts = facts;
    e->n_facts = 1;
    return e;
}

static void packed(const Dcf__V1__AuditEvent *e, dcf_buf *out)
{
    dcf_buf_clear(out);
    CU_ASSERT_FATAL(dcf_ok(dcf_message_pack(&e->base, out)));
}

static bool comes_back(const Dcf__V1__AuditEvent *const *events, size_t n)
{
    const Dcf__V1__AuditEvent *record = NULL;
    Dcf__V1__AuditEvent **back = NULL;
    DCF_CLEANUP(dcf_buf_fini) dcf_buf was = {0};
    DCF_CLEANUP(dcf_buf_fini) dcf_buf is = {0};
    size_t count = 0;
    if (dcf_failed(dcf_audit_join(events, n, &arena, &record))) return false;
    packed(record, &was);
    if (dcf_failed(dcf_audit_split(dcf_buf_span(&was), &arena, &back, &count))) return false;
    bool same = count == n;
    for (size_t i = 0; i < n && same; i++) {
        packed(events[i], &was);
        packed(back[i], &is);
        same = dcf_span_eq(dcf_buf_span(&was), dcf_buf_span(&is));
    }
    return same;
}

static void events_come_out_of_their_record_as_they_were(void)
{
    unsigned first = getenv("DCF_SEED") ? (unsigned)atoi(getenv("DCF_SEED")) : (unsigned)time(NULL);
    dcf_arena_init(&arena, MEMORY);
    for (unsigned turn = 0; turn < TURNS; turn++) {
        const Dcf__V1__AuditEvent *events[DCF_AUDIT_HOPS_MAX];
        seed = first + turn;
        size_t n = 1 + pick(turn % 10 ? 5 : DCF_AUDIT_HOPS_MAX);
        for (size_t i = 0; i < n; i++) events[i] = any_event();
        bool same = comes_back(events, n);
        CU_ASSERT_TRUE(same);
        if (!same) printf("    DCF_SEED=%u\n", first + turn);
        dcf_arena_reset(&arena);
    }
    dcf_arena_fini(&arena);
}

static void one_event_is_its_record_in_the_shape_of_before(void)
{
    const Dcf__V1__AuditEvent *record = NULL;
    dcf_arena_init(&arena, MEMORY);
    const Dcf__V1__AuditEvent *e = any_event();
    CU_ASSERT_TRUE(dcf_ok(dcf_audit_join(&e, 1, &arena, &record)));
    CU_ASSERT_PTR_EQUAL(record, e);
    dcf_arena_fini(&arena);
}

static void a_hop_costs_what_it_adds(void)
{
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT, hop;
    const Dcf__V1__AuditEvent *record = NULL, *const events[] = {&e, &hop};
    DCF_CLEANUP(dcf_buf_fini) dcf_buf alone = {0};
    DCF_CLEANUP(dcf_buf_fini) dcf_buf both = {0};
    dcf_arena_init(&arena, MEMORY);
    e.kind = DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED;
    e.message_id = (char *)"surrey-spi:i1";
    e.case_key = (char *)"45AA0000126";
    e.rules_version = (char *)"a long name of rules that every event carries";
    e.link_stage = (char *)"live";
    hop = e;
    hop.kind = DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED;
    hop.link_stage = (char *)"";
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_audit_join(events, 2, &arena, &record)));
    packed(&e, &alone);
    packed(record, &both);
    CU_ASSERT_EQUAL(both.size - alone.size, 3 + 2 + 4); /* its frame, its kind, what is unset */
    dcf_arena_fini(&arena);
}

static void what_no_record_is_made_of_is_refused(void)
{
    const Dcf__V1__AuditEvent *record = NULL, *events[DCF_AUDIT_HOPS_MAX + 1];
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT, inner = DCF__V1__AUDIT_EVENT__INIT;
    Dcf__V1__AuditEvent **back = NULL;
    ProtobufCBinaryData hop, deep = {.len = 0};
    DCF_CLEANUP(dcf_buf_fini) dcf_buf in = {0};
    DCF_CLEANUP(dcf_buf_fini) dcf_buf out = {0};
    size_t n = 0;
    dcf_arena_init(&arena, MEMORY);
    for (size_t i = 0; i <= DCF_AUDIT_HOPS_MAX; i++) events[i] = &e;
    CU_ASSERT_TRUE(dcf_is(dcf_audit_join(events, 0, &arena, &record), DCF_E_LIMIT));
    CU_ASSERT_TRUE(
        dcf_is(dcf_audit_join(events, DCF_AUDIT_HOPS_MAX + 1, &arena, &record), DCF_E_LIMIT));
    inner.n_hops = 1;
    inner.hops = &deep;
    packed(&inner, &in);
    hop = (ProtobufCBinaryData){.len = in.size, .data = in.data};
    e.n_hops = 1;
    e.hops = &hop;
    packed(&e, &out);
    CU_ASSERT_TRUE(dcf_is(dcf_audit_split(dcf_buf_span(&out), &arena, &back, &n), DCF_E_CORRUPT));
    CU_ASSERT_TRUE(dcf_is(dcf_audit_split(dcf_span_str("\377"), &arena, &back, &n), DCF_E_CORRUPT));
    dcf_arena_fini(&arena);
}

#define TESTS(X)                                                                                   \
    X(events_come_out_of_their_record_as_they_were)                                                \
    X(one_event_is_its_record_in_the_shape_of_before)                                              \
    X(a_hop_costs_what_it_adds)                                                                    \
    X(what_no_record_is_made_of_is_refused)
UNIT_MAIN("audit", TESTS)
