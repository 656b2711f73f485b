/*
 * writer.h - the walk of an envelope through a mapping, shared by the parts that
 * write. Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_WRITER_H
#define DCF_TRANSLATE_WRITER_H

#include "dcf/v1/envelope.pb-c.h"
#include "translate/mapping.h"
#include "translate/trail.h"
#include "translate/writers.h"

typedef struct dcf_writer {
    const dcf_dialect *d;
    const Dcf__V1__Envelope *envelope;
    dcf_arena *arena;
    dcf_faults *faults;
    dcf_sink sink;
    dcf_trail trail;
    const dcf_variant *chosen; /* the message */
    size_t rank;               /* of the wrapper that is open */
    const char *day;           /* the message was sent; "" when not known */
    dcf_status status;         /* why the walk stopped */
} dcf_writer;

/* The first message of the mapping that is for the envelope's body; NULL when none is. */
const dcf_variant *dcf_write_choose(dcf_writer *w);

/* Whether rows below base are written: their condition holds and no earlier alternative is taken.
 */
bool dcf_write_turn(dcf_writer *w, const dcf_condition *c, const ProtobufCMessage *base);

/* write_value.c */
bool dcf_write_stop(dcf_writer *w, dcf_status s); /* false */
/* The message that holds a path's last field; NULL when something on the way is absent. */
const ProtobufCMessage *dcf_write_holder(const dcf_writer *w, const ProtobufCMessage *base,
                                         const dcf_path *p);
/* How many values a path has below base. */
size_t dcf_write_count(const dcf_writer *w, const ProtobufCMessage *base, const dcf_path *p);
bool dcf_wheres_hold(dcf_writer *w, const ProtobufCMessage *base, const dcf_wheres *wheres);
/* Whether the rule (NULL: no) has a canonical value to write. */
bool dcf_write_has(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule);
/* The native text of a rule (NULL: none); NULL when there is none to write, or told why, or with
 * w->status. i: which value of a list. */
const char *dcf_write_text(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule,
                           size_t i, dcf_value_kind *ret_kind);

#endif
