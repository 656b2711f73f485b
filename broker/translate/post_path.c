/* post_path.c - where an HTTP receiver takes a message: the mapping's `path`, its {FIELD}s filled.
 */
#include "translate/writer.h"

#include <ctype.h>

static void add_escaped(dcf_buf *out, const char *text)
{
    for (; *text; text++)
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            dcf_buf_addc(out, *text);
        else
            dcf_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
}

dcf_status dcf_dialect_path(const dcf_dialect *d, const Dcf__V1__Envelope *envelope, dcf_buf *out)
{
    dcf_writer w = {.d = d, .envelope = envelope};
    char buf[DCF_FIELD_TEXT_SIZE];
    const dcf_variant *chosen = dcf_write_choose(&w);
    if (!chosen) return DCF_ERR(FAULTY);
    const dcf_message *m = chosen->message;
    if (!m->post_count) return DCF_ERR(NOT_FOUND);
    const ProtobufCMessage *body =
        dcf_field_get_message(&envelope->base, dcf_path_field(&chosen->target), 0);
    for (size_t i = 0; i < m->post_count; i++) {
        const dcf_path *field = &m->post_to[i].field;
        dcf_buf_adds(out, m->post_to[i].text);
        if (!field->count) continue;
        if (!dcf_write_count(&w, body, field)) return DCF_ERR(FAULTY); /* a hole in the path */
        add_escaped(out, dcf_field_get_text(NULL, dcf_write_holder(&w, body, field),
                                            dcf_path_field(field), 0, buf));
    }
    return dcf_buf_status(out);
}
