/* envelope.c - see envelope.h. */
#include "model/envelope.h"

#include "base/clock.h"
#include "model/ids.h"

#include <stdio.h>

/* --- the body, by reflection ------------------------------------------------------------------ */

static const ProtobufCMessageDescriptor *descriptor(void)
{
    return &dcf__v1__envelope__descriptor;
}

static const ProtobufCFieldDescriptor *body_field(const Dcf__V1__Envelope *e)
{
    return protobuf_c_message_descriptor_get_field(descriptor(), (unsigned)e->body_case);
}

const char *dcf_envelope_type(const Dcf__V1__Envelope *e)
{
    const ProtobufCFieldDescriptor *field = body_field(e);
    return field ? field->name : "";
}

const char *dcf_envelope_type_at(size_t i)
{
    for (unsigned k = 0; k < descriptor()->n_fields; k++) {
        const ProtobufCFieldDescriptor *field = &descriptor()->fields[k];
        bool is_body = field->quantifier_offset == offsetof(Dcf__V1__Envelope, body_case) &&
                       (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
        if (is_body && i-- == 0) return field->name;
    }
    return NULL;
}

const ProtobufCMessage *dcf_envelope_body(const Dcf__V1__Envelope *e)
{
    /* the bodies are one union of pointers */
    return body_field(e) ? (const ProtobufCMessage *)e->case_submission : NULL;
}

const char *dcf_envelope_urn(const Dcf__V1__Envelope *e)
{
    const ProtobufCMessage *body = dcf_envelope_body(e);
    const ProtobufCFieldDescriptor *field =
        body ? protobuf_c_message_descriptor_get_field_by_name(body->descriptor, "urn") : NULL;
    if (!field || field->type != PROTOBUF_C_TYPE_STRING) return "";
    return *(const char *const *)(const void *)((const char *)body + field->offset);
}

/* --- the case --------------------------------------------------------------------------------- */

/* Upper case without spaces, in place; "" when it is too long or not printable ASCII. */
static void make_key(char *text)
{
    enum { KEY_MAX = 40 };
    char *out = text;
    for (const char *p = text; *p; p++) {
        char c = *p;
        if (c < ' ' || c > '~' || out - text == KEY_MAX) {
            *text = 0;
            return;
        }
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (c != ' ') *out++ = c;
    }
    *out = 0;
}

char *dcf_envelope_case_key(const Dcf__V1__Envelope *e, dcf_arena *arena)
{
    dcf_span sent = dcf_span_trim(dcf_span_str(dcf_envelope_urn(e)));
    dcf_urn urn;
    if (dcf_urn_parse(sent, &urn) != DCF_ID_BAD_FORM) return dcf_arena_strdup(arena, urn.root);
    char *key = dcf_arena_str(arena, sent);
    if (key) make_key(key);
    return key;
}

const char *dcf_envelope_delivery_id(const Dcf__V1__Envelope *e, dcf_arena *arena)
{
    if (!e->n_lineage) return e->message_id;
    return dcf_arena_printf(arena, "%s/again/%zu", e->message_id, e->n_lineage);
}

/* --- bytes ------------------------------------------------------------------------------------ */

dcf_status dcf_envelope_pack(const Dcf__V1__Envelope *e, dcf_buf *out)
{
    return dcf_message_pack(&e->base, out);
}

Dcf__V1__Envelope dcf_envelope_body_alone(const Dcf__V1__Envelope *e)
{
    Dcf__V1__Envelope alone = DCF__V1__ENVELOPE__INIT;
    alone.body_case = e->body_case;
    alone.case_submission = e->case_submission;
    return alone;
}

dcf_status dcf_envelope_pack_body(const Dcf__V1__Envelope *e, dcf_buf *out)
{
    const Dcf__V1__Envelope alone = dcf_envelope_body_alone(e);
    return dcf_message_pack(&alone.base, out);
}

dcf_status dcf_envelope_unpack(dcf_span packed, dcf_arena *arena, Dcf__V1__Envelope **ret)
{
    ProtobufCMessage *m;
    DCF_TRY(dcf_message_unpack(descriptor(), packed, arena, &m));
    *ret = (Dcf__V1__Envelope *)m;
    return DCF_OK;
}

/* --- headers ---------------------------------------------------------------------------------- */

dcf_status dcf_envelope_headers(const Dcf__V1__Envelope *e, dcf_arena *arena,
                                dcf_envelope_header ret[DCF_ENVELOPE_HEADERS_MAX],
                                size_t *ret_count)
{
    const ProtobufCMessage *body = dcf_envelope_body(e);
    char time[DCF_TIME_TEXT_SIZE];
    const char *name = (body ? body->descriptor : descriptor())->name;
    const char *source = "/";
    if (e->source)
        source =
            dcf_arena_join(arena, (const char *[]){"/", e->source->party, "/", e->source->link}, 4);
    const char *type = dcf_arena_join(arena, (const char *[]){"uk.", name}, 2);
    const char *received = dcf_arena_strdup(arena, dcf_time_format(e->received_at_ms, time));
    if (!source || !type || !received) return DCF_ERR(NOMEM);
    const dcf_envelope_header all[DCF_ENVELOPE_HEADERS_MAX] = {
        {"ce_specversion", "1.0"},       {"ce_id", e->message_id},
        {"ce_source", source},           {"ce_type", type},
        {"ce_time", received},           {"content-type", "application/protobuf"},
        {"traceparent", e->traceparent},
    };
    memcpy(ret, all, sizeof all);
    *ret_count = DCF_ENVELOPE_HEADERS_MAX - !*e->traceparent;
    return DCF_OK;
}

char *dcf_short_id(const uint8_t hash[16], char out[DCF_SHORT_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[16];
    char *to = out;
    memcpy(bytes, hash, sizeof bytes);
    bytes[6] = (uint8_t)(0x80 | (hash[6] & 15));                     /* the version */
    bytes[8] = (uint8_t)((8 | (hash[8] & 3)) << 4 | (hash[8] >> 4)); /* the variant */
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    *to = 0;
    return out;
}
