/* test_message.c - what protobuf-c lets pass and dcf must not: bad texts, depth, and more memory
 * than allowed. */
#include "model/message.h"

#include "dcf/v1/envelope.pb-c.h"
#include "unit.h"

static dcf_arena arena;
static ProtobufCMessage *got;

static dcf_status unpack(const void *bytes, size_t size)
{
    dcf_arena_fini(&arena);
    dcf_arena_init(&arena, 1 << 20);
    got = NULL;
    dcf_status s =
        dcf_message_unpack(&dcf__v1__envelope__descriptor, dcf_span_of(bytes, size), &arena, &got);
    CU_ASSERT_EQUAL(dcf_ok(s), got != NULL);
    return s;
}

/* An envelope whose message_id (tag 2) holds these bytes. */
static dcf_status unpack_text(const char *text, size_t size)
{
    char bytes[64] = {0x12, (char)size};
    memcpy(bytes + 2, text, size);
    return unpack(bytes, size + 2);
}

static void texts_must_be_utf8(void)
{
    static const char *const good[] = {"",
                                       "plain",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",         "\xbf",         "\xc0\x80",         "\xc1\xbf",         "\xc2",
        "\xc2 ",        "\xe0\x9f\xbf", "\xe2\x82",         "\xe2\x28\xa1",     "\xe2\x82\x28",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xf0\x90\x80", "\xff",         "good then \xfe"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CU_ASSERT_FATAL(dcf_ok(unpack_text(good[i], strlen(good[i]))));
        CU_ASSERT_STRING_EQUAL(((Dcf__V1__Envelope *)got)->message_id, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT(dcf_is(unpack_text(bad[i], strlen(bad[i])), DCF_E_CORRUPT));
}

static void a_text_with_nul_is_refused_not_cut(void)
{
    CU_ASSERT(dcf_is(unpack_text("ab\0cd", 5), DCF_E_CORRUPT));
    CU_ASSERT(dcf_is(unpack_text("\0", 1), DCF_E_CORRUPT));
}

static void bytes_fields_hold_anything(void)
{
    static const char hash[] = {(char)0x82, 0x01, 2, (char)0xff, 0}; /* tag 16, body_sha256 */
    CU_ASSERT(dcf_ok(unpack(hash, sizeof hash)));
    CU_ASSERT_EQUAL(((Dcf__V1__Envelope *)got)->body_sha256.len, 2);
}

static void nested_texts_are_checked_too(void)
{
    static const char good[] = {0x32, 3, 0x0a, 1, 'x'}, bad[] = {0x32, 3, 0x0a, 1, (char)0xff};
    CU_ASSERT(dcf_ok(unpack(good, sizeof good))); /* source.party */
    CU_ASSERT(dcf_is(unpack(bad, sizeof bad), DCF_E_CORRUPT));
}

static void every_cut_of_a_message_is_refused_or_shorter(void)
{
    Dcf__V1__Envelope e = DCF__V1__ENVELOPE__INIT;
    Dcf__V1__Endpoint source = DCF__V1__ENDPOINT__INIT;
    source.party = (char *)"force-45";
    e.message_id = (char *)"a message id";
    e.sequence = 1ULL << 40;
    e.source = &source;
    dcf_buf packed = {0};
    CU_ASSERT(dcf_ok(dcf_message_pack(&e.base, &packed)));
    for (size_t n = 0; n < packed.size; n++) {
        dcf_status s = unpack(packed.data, n);
        CU_ASSERT(dcf_ok(s) || dcf_is(s, DCF_E_CORRUPT));
        dcf_buf again = {0};
        if (got) CU_ASSERT(dcf_ok(dcf_message_pack(got, &again)) && again.size == n);
        dcf_buf_fini(&again);
    }
    CU_ASSERT(dcf_ok(unpack(packed.data, packed.size)));
    dcf_buf_fini(&packed);
}

static void bad_tags_wire_types_and_numbers_are_refused(void)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {{"\x81\x00"
                "12345678",
                10},                                                     /* tag 0, written long */
               {"\x00\x00", 2},                                          /* tag 0 */
               {"\x13", 1},                                              /* group */
               {"\x0c", 1},                                              /* end of group */
               {"\x0f", 1},                                              /* wire type 7 */
               {"\x08", 1},                                              /* no number */
               {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* eleven bytes */
               {"\xff\xff\xff\xff\x7f\x01", 6},                          /* tag over 32 bits */
               {"\x12\x05"
                "ab",
                4}, /* longer than what is left */
               {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
               {"\x09\x01\x02", 3},
               {"\x0d\x01\x02", 3},
               {"\x10\x01", 2}}; /* a number where a text must be */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT(dcf_is(unpack(bad[i].bytes, bad[i].size), DCF_E_CORRUPT));
}

static void numbers_of_ten_bytes_are_read(void)
{
    static const char bytes[] = "\x70\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"; /* tag 14 */
    CU_ASSERT_FATAL(dcf_ok(unpack(bytes, sizeof bytes - 1)));
    CU_ASSERT_EQUAL(((Dcf__V1__Envelope *)got)->received_at_ms, -1);
}

static void fields_of_a_later_version_are_kept(void)
{
    static const char later[] = {(char)0xc2, 0x3e, 3, 'n', 'e', 'w'}; /* tag 1000 */
    CU_ASSERT_FATAL(dcf_ok(unpack(later, sizeof later)));
    dcf_buf again = {0};
    CU_ASSERT(dcf_ok(dcf_message_pack(got, &again)));
    CU_ASSERT_EQUAL_FATAL(again.size, sizeof later);
    CU_ASSERT_EQUAL(memcmp(again.data, later, sizeof later), 0);
    dcf_buf_fini(&again);
}

static void more_than_the_arena_holds_is_no_memory(void)
{
    char bytes[400];
    for (size_t i = 0; i < sizeof bytes; i += 2) bytes[i] = (char)0x32, bytes[i + 1] = 0;
    static char many[20000];
    for (size_t i = 0; i < sizeof many; i += 3) /* empty extensions: 3 bytes become a struct each */
        memcpy(many + i, "\x9a\x01\x00", sizeof many - i < 3 ? sizeof many - i : 3);
    dcf_arena small;
    dcf_arena_init(&small, 65536);
    ProtobufCMessage *m = NULL;
    CU_ASSERT(dcf_is(
        dcf_message_unpack(&dcf__v1__envelope__descriptor, dcf_span_of(many, 19998), &small, &m),
        DCF_E_NOMEM));
    CU_ASSERT_PTR_NULL(m);
    dcf_arena_fini(&small);
    CU_ASSERT(dcf_ok(unpack(many, 19998)));
    CU_ASSERT(dcf_ok(unpack(bytes, sizeof bytes))); /* one field again and again merges */
}

/* A type that contains itself, which the canonical model has none of. */
static const ProtobufCMessageDescriptor nest;
static const ProtobufCFieldDescriptor nest_fields[] = {{.name = "inner",
                                                        .id = 1,
                                                        .label = PROTOBUF_C_LABEL_OPTIONAL,
                                                        .type = PROTOBUF_C_TYPE_MESSAGE,
                                                        .offset = sizeof(ProtobufCMessage),
                                                        .descriptor = &nest}};
static const ProtobufCIntRange nest_ranges[] = {{1, 0}, {0, 1}};
static const ProtobufCMessageDescriptor nest = {.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                                .name = "nest",
                                                .sizeof_message =
                                                    sizeof(ProtobufCMessage) + sizeof(void *),
                                                .n_fields = 1,
                                                .fields = nest_fields,
                                                .n_field_ranges = 1,
                                                .field_ranges = nest_ranges};

static dcf_status unpack_nested(unsigned depth)
{
    uint8_t bytes[256];
    size_t size = 0;
    for (unsigned i = depth - 1; i > 0; i--) {
        bytes[size++] = 0x0a;
        bytes[size++] = (uint8_t)((i - 1) * 2);
    }
    dcf_arena_fini(&arena);
    dcf_arena_init(&arena, 1 << 20);
    return dcf_message_unpack(&nest, dcf_span_of(bytes, size), &arena, &got);
}

static void depth_32_is_allowed_and_no_more(void)
{
    CU_ASSERT(dcf_ok(unpack_nested(32)));
    CU_ASSERT(dcf_is(unpack_nested(33), DCF_E_LIMIT));
    CU_ASSERT(dcf_is(unpack_nested(60), DCF_E_LIMIT));
}

static void packing_stops_at_the_ceiling(void)
{
    Dcf__V1__Envelope e = DCF__V1__ENVELOPE__INIT;
    e.message_id = (char *)"0123456789";
    dcf_buf out = {.limit = 11};
    CU_ASSERT(dcf_is(dcf_message_pack(&e.base, &out), DCF_E_LIMIT));
    CU_ASSERT_EQUAL(out.size, 0);
    dcf_buf_fini(&out);
    out.limit = 12;
    CU_ASSERT(dcf_ok(dcf_message_pack(&e.base, &out)));
    CU_ASSERT_EQUAL(out.size, 12);
    dcf_buf_fini(&out);
    dcf_arena_fini(&arena);
}

#define TESTS(X)                                                                                   \
    X(texts_must_be_utf8)                                                                          \
    X(a_text_with_nul_is_refused_not_cut)                                                          \
    X(bytes_fields_hold_anything)                                                                  \
    X(nested_texts_are_checked_too)                                                                \
    X(every_cut_of_a_message_is_refused_or_shorter)                                                \
    X(bad_tags_wire_types_and_numbers_are_refused)                                                 \
    X(numbers_of_ten_bytes_are_read)                                                               \
    X(fields_of_a_later_version_are_kept)                                                          \
    X(more_than_the_arena_holds_is_no_memory)                                                      \
    X(depth_32_is_allowed_and_no_more)                                                             \
    X(packing_stops_at_the_ceiling)
UNIT_MAIN("message", TESTS)
