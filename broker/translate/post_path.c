/* post_path.c - where an HTTP receiver takes a message: the mapping's `path`, its {field}s filled.
 */
#include "translate/writer.h"

#include <ctype.h>

/* One {field} of a path: of the body or, with a leading slash, of the envelope; percent-escaped. */
static dcf_status add_path_field(const ProtobufCMessage *base, const Dcf__V1__Envelope *e,
                                 dcf_span name, dcf_buf *out)
{
    char field[64];
    if (name.size && name.data[0] == '/') {
        base = &e->base;
        name = dcf_span_of(name.data + 1, name.size - 1);
    }
    if (name.size >= sizeof field) return DCF_ERR(FAULTY);
    memcpy(field, name.data, name.size);
    field[name.size] = 0;
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(base->descriptor, field);
    if (!f || f->type != PROTOBUF_C_TYPE_STRING || f->label == PROTOBUF_C_LABEL_REPEATED)
        return DCF_ERR(FAULTY);
    const char *text = *(const char *const *)((const char *)base + f->offset);
    for (; *text; text++)
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            dcf_buf_addc(out, *text);
        else
            dcf_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    return DCF_OK;
}

dcf_status dcf_dialect_path(const dcf_dialect *d, const Dcf__V1__Envelope *envelope, dcf_buf *out)
{
    dcf_writer w = {.d = d, .envelope = envelope};
    const dcf_variant *m = dcf_write_choose(&w);
    if (!m) return DCF_ERR(FAULTY);
    if (!m->post_to) return DCF_ERR(NOT_FOUND);
    const ProtobufCMessage *body =
        dcf_field_get_message(&envelope->base, dcf_path_field(&m->target), 0);
    for (const char *p = m->post_to; *p;) {
        size_t n = strcspn(p, "{");
        dcf_buf_add(out, dcf_span_of(p, n));
        p += n;
        if (!*p) break;
        size_t name = strcspn(++p, "}");
        DCF_TRY(add_path_field(body, envelope, dcf_span_of(p, name), out));
        p += name + (p[name] == '}');
    }
    return dcf_buf_status(out);
}
