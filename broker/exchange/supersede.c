/* supersede.c - a correction of what is not delivered yet names the version it replaces: delivery
 * then skips that one, unless its receiver has it or may have it. */
#include "base/buf.h"
#include "exchange/run.h"
#include "model/envelope.h"

#include <string.h>

enum { OUTGOING_MAX = 100 }; /* of a case; the oldest go, and are then delivered in any case */

/* A value and a separator; true when it is present. */
static bool add_value(dcf_buf *b, const ProtobufCFieldDescriptor *f, const void *value)
{
    size_t before = b->size;
    if (f->type == PROTOBUF_C_TYPE_STRING)
        dcf_buf_adds(b, *(char *const *)value);
    else if (*(const int *)value) /* an enum: no other kind tells versions apart */
        dcf_buf_printf(b, "%d", *(const int *)value);
    bool present = b->size > before;
    dcf_buf_addc(b, '\x1f');
    return present;
}

/* All values at the end of a path, in order; true when one is present. */
static bool add_path(dcf_buf *b, const ProtobufCFieldDescriptor *const *path,
                     const ProtobufCMessage *m)
{
    const uint8_t *at = (const uint8_t *)m + path[0]->offset;
    bool list = path[0]->label == PROTOBUF_C_LABEL_REPEATED, present = false;
    size_t n =
        list ? *(const size_t *)(const void *)((const uint8_t *)m + path[0]->quantifier_offset) : 1;
    size_t step = path[0]->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
    if (list) at = *(const uint8_t *const *)(const void *)at;
    for (size_t i = 0; i < n; i++) {
        const void *value = at + i * step;
        const ProtobufCMessage *child = path[1] ? *(ProtobufCMessage *const *)value : NULL;
        if (!path[1])
            present |= add_value(b, path[0], value);
        else if (child)
            present |= add_path(b, path + 1, child);
    }
    return present;
}

/* What a version shares with the others; false when the message does not say of what it is one. */
static bool add_keys(dcf_buf *b, const dcf_rule *rule, const ProtobufCMessage *body)
{
    bool present[DCF_VERSION_PATHS_MAX] = {0};
    for (size_t i = 0; i < rule->version_count; i++) {
        dcf_buf_addc(b, '\x1e');
        present[rule->version_of[i].group] |= add_path(b, rule->version_of[i].path, body);
    }
    for (size_t i = 0; i < rule->version_count; i++)
        if (!present[rule->version_of[i].group]) return false;
    return rule->version_count > 0;
}

/* OK with an empty digest when the message is no version of anything. */
static dcf_status version_of(dcf_run *run, const dcf_subject *s, ProtobufCBinaryData *ret)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf b = {.limit = run->arena->limit};
    uint8_t *hash = dcf_arena_alloc(run->arena, 32);
    dcf_buf_printf(&b, "%s\x1e%s", s->rule->type->name, s->sender ? s->sender->name : "");
    bool is_version = add_keys(&b, s->rule, dcf_envelope_body(s->envelope));
    if (!hash || b.failed) return DCF_ERR(NOMEM);
    run->x->config.sha256(run->x->config.sha256_ctx, dcf_buf_span(&b), hash);
    *ret = (ProtobufCBinaryData){.len = is_version ? 32 : 0, .data = hash};
    return DCF_OK;
}

/* Names the newest undelivered version of e to the same party, and notes e as on its way. */
dcf_status dcf_supersede(dcf_run *run, const dcf_subject *s, Dcf__V1__Envelope *e)
{
    e->supersedes = (char *)"";
    Dcf__V1__Outgoing *now = dcf_arena_alloc(run->arena, sizeof *now);
    if (!now) return DCF_ERR(NOMEM);
    dcf__v1__outgoing__init(now);
    now->message_id = e->message_id;
    now->party = (char *)s->to->name;
    DCF_TRY(version_of(run, s, &now->version_of));
    if (!now->version_of.len) return DCF_OK;
    for (size_t i = run->state->n_outgoing; i-- > 0 && !*e->supersedes;) {
        const Dcf__V1__Outgoing *old = run->state->outgoing[i];
        if (strcmp(old->party, now->party) == 0 &&
            memcmp(old->version_of.data, now->version_of.data, 32) == 0)
            e->supersedes = old->message_id;
    }
    return DCF_LIST_ADD(run, outgoing, now, OUTGOING_MAX);
}

/* Delivered, refused or skipped: it is not on its way any more. */
dcf_status dcf_supersede_receipt(dcf_run *run, const Dcf__V1__Receipt *r)
{
    for (size_t i = run->state->n_outgoing; i-- > 0;) {
        const Dcf__V1__Outgoing *o = run->state->outgoing[i];
        if (strcmp(o->message_id, r->about_message_id) != 0 || strcmp(o->party, r->party) != 0)
            continue;
        run->changed = true;
        DCF_TRY(DCF_LIST_REMOVE(run, outgoing, i));
    }
    return DCF_OK;
}
