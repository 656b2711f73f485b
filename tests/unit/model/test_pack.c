/* test_pack.c - our packer against protobuf-c's: the same bytes for any message of the model. */
#include "model/message.h"

#include "dcf/v1/envelope.pb-c.h"
#include "unit.h"

#include <stdlib.h>
#include <time.h>

static dcf_arena arena;
static unsigned seed;

static unsigned pick(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static ProtobufCMessage *random_message(const ProtobufCMessageDescriptor *d, unsigned depth);

static char *random_text(void)
{
    static const char *const some[] = {"", "x", "Llanfair\xC3\xA9", "2026-11-20"};
    if (pick(4)) return dcf_arena_strdup(&arena, some[pick(4)]);
    char *text = dcf_arena_alloc(&arena, 400); /* lengths of one, two bytes */
    return memset(text, 'a', pick(399)), text;
}

/* One value of the field's type into at. */
static void fill(const ProtobufCFieldDescriptor *f, void *at, unsigned depth)
{
    static const int64_t numbers[] = {0, 1, 127, 128, -1, INT32_MAX, INT32_MIN, 300};
    if (f->type == PROTOBUF_C_TYPE_STRING)
        *(char **)at = random_text();
    else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        *(ProtobufCMessage **)at = random_message(f->descriptor, depth + 1);
    else if (f->type == PROTOBUF_C_TYPE_BYTES)
        *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){pick(9), (uint8_t *)"\0\1\2\3\377xyz"};
    else if (f->type == PROTOBUF_C_TYPE_BOOL)
        *(protobuf_c_boolean *)at = (protobuf_c_boolean)pick(2);
    else if (f->type == PROTOBUF_C_TYPE_INT64 || f->type == PROTOBUF_C_TYPE_UINT64)
        *(int64_t *)at = numbers[pick(8)] * 1000003;
    else
        *(int32_t *)at = (int32_t)numbers[pick(8)];
}

static void fill_field(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, unsigned depth)
{
    uint8_t *base = (uint8_t *)m;
    if (f->type == PROTOBUF_C_TYPE_MESSAGE && depth > 6) return;
    if (f->type == PROTOBUF_C_TYPE_BYTES && f->label == PROTOBUF_C_LABEL_REPEATED) return;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t n = pick(4);
        uint8_t *items = dcf_arena_alloc(&arena, n * sizeof(void *));
        for (size_t i = 0; i < n; i++) fill(f, items + i * sizeof(void *), depth);
        *(void **)(void *)(base + f->offset) = items;
        *(size_t *)(void *)(base + f->quantifier_offset) = n;
    } else {
        if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
            *(uint32_t *)(void *)(base + f->quantifier_offset) = f->id;
        fill(f, base + f->offset, depth);
    }
}

static ProtobufCMessage *random_message(const ProtobufCMessageDescriptor *d, unsigned depth)
{
    ProtobufCMessage *m = dcf_arena_alloc(&arena, d->sizeof_message);
    d->message_init(m);
    for (unsigned i = 0; i < d->n_fields; i++)
        if (pick(3) == 0) fill_field(m, &d->fields[i], depth);
    if (pick(8) == 0) { /* of a later schema */
        m->n_unknown_fields = 2;
        m->unknown_fields = dcf_arena_alloc(&arena, 2 * sizeof *m->unknown_fields);
        for (unsigned i = 0; i < 2; i++)
            m->unknown_fields[i] =
                (ProtobufCMessageUnknownField){.tag = 5000 + i,
                                               .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT,
                                               .len = 1,
                                               .data = (uint8_t *)"\5"};
    }
    return m;
}

static void packs_as_protobuf_c_does(void)
{
    dcf_buf ours = {0}, theirs = {0};
    seed = (unsigned)time(NULL);
    printf(" seed %u ", seed);
    for (int i = 0; i < 3000; i++) {
        dcf_arena_init(&arena, 64 << 20);
        ProtobufCMessage *m = random_message(&dcf__v1__envelope__descriptor, 0);
        dcf_buf_clear(&ours);
        dcf_buf_clear(&theirs);
        if (i % 2) dcf_buf_adds(&ours, "what was there"); /* stays */
        size_t before = ours.size;
        CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_message_pack(m, &ours)));
        size_t size = protobuf_c_message_get_packed_size(m);
        protobuf_c_message_pack(m, dcf_buf_room(&theirs, size));
        CU_ASSERT_TRUE_FATAL(dcf_span_eq(dcf_span_of(ours.data + before, ours.size - before),
                                         dcf_buf_span(&theirs)));
        CU_ASSERT_TRUE(memcmp(ours.data, "what was there", before) == 0);
        dcf_arena_fini(&arena);
    }
    dcf_buf_fini(&ours);
    dcf_buf_fini(&theirs);
}

static void takes_room_up_to_the_limit_and_no_more(void)
{
    Dcf__V1__Envelope e = DCF__V1__ENVELOPE__INIT;
    char text[5001] = "";
    memset(text, 'x', sizeof text - 1);
    for (size_t length = 1; length < sizeof text; length += 4999) { /* short, and long */
        e.message_id = text + sizeof text - 1 - length;
        size_t size = protobuf_c_message_get_packed_size(&e.base);
        dcf_buf exact = {.limit = size}, less = {.limit = size - 1};
        CU_ASSERT_TRUE(dcf_ok(dcf_message_pack(&e.base, &exact)));
        CU_ASSERT_EQUAL(exact.size, size);
        CU_ASSERT_TRUE(dcf_is(dcf_message_pack(&e.base, &less), DCF_E_LIMIT));
        dcf_buf_fini(&exact);
        dcf_buf_fini(&less);
    }
}

static void packs_in_an_arena_what_is_larger_than_its_room(void)
{
    Dcf__V1__Envelope e = DCF__V1__ENVELOPE__INIT;
    char text[20001] = "";
    dcf_span packed;
    dcf_arena small;
    memset(text, 'x', sizeof text - 1);
    for (size_t size = 1; size <= 20000; size = size * 2 + 50) {
        dcf_buf b = {0};
        e.message_id = text + sizeof text - 1 - size;
        dcf_arena_init(&small, 65536);
        CU_ASSERT_PTR_NOT_NULL(dcf_arena_bytes(&small, 100));
        CU_ASSERT_TRUE(dcf_ok(dcf_message_pack_in(&e.base, &small, &packed)));
        CU_ASSERT_TRUE(dcf_ok(dcf_message_pack(&e.base, &b)));
        CU_ASSERT_TRUE(dcf_span_eq(packed, dcf_buf_span(&b)));
        dcf_buf_fini(&b);
        dcf_arena_fini(&small);
    }
    e.message_id = text;
    dcf_arena_init(&small, 20000);
    CU_ASSERT_TRUE(dcf_is(dcf_message_pack_in(&e.base, &small, &packed), DCF_E_NOMEM));
    dcf_arena_fini(&small);
}

#define TESTS(X)                                                                                   \
    X(packs_as_protobuf_c_does)                                                                    \
    X(packs_in_an_arena_what_is_larger_than_its_room)                                              \
    X(takes_room_up_to_the_limit_and_no_more)
UNIT_MAIN("pack", TESTS)
