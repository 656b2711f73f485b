/*
 * inspect.h - the rules of a compiled mapping, for tools: lint, coverage, explain,
 * diff. Immutable like the dialect; any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_INSPECT_H
#define DCF_TRANSLATE_INSPECT_H

#include "dcf/translate.h"

/* One row as compiled. Texts are borrowed from the dialect, native_path only during the call. */
typedef struct dcf_inspect_rule {
    const char *message;     /* native name; "" for a wrapper's rows */
    const char *native_path; /* from the root element: "NewCaseMessage/Case/PTIURN"; a drop may end
                                in a pattern; without a slash it holds at every element */
    const char *canonical;   /* "defendants.asn", "/correlation_id"; "" for constants and drops */
    const char *second;      /* join: the right part; else "" */
    const char *also;        /* reading sets it too; else "" */
    const char *otherwise;   /* written when the first is absent; else "" */
    const char *codec;       /* "" for constants, drops and groups */
    const char *argument;    /* of the codec; NULL when it is none or no text */
    const struct dcf_codes *codes; /* its code table; NULL when none: see codec.h */
    const char *loss;     /* what the codec does not give back byte for byte; NULL when nothing */
    const char *fallback; /* the default; NULL when none */
    const char *constant; /* NULL when none; "" where each message says it (wrap) */
    const char *drop;     /* the reason; NULL when not dropped */
    size_t max;           /* characters; 0: any */
    bool truncate, group, repeated, required_read, required_write, read, write;
    unsigned line; /* in the mapping file */
} dcf_inspect_rule;

/* Calls fn for every rule, wrappers first, in declared order, until it returns false. Two rows of
 * one path are two rules. */
void dcf_inspect_rules(const dcf_dialect *d, bool (*fn)(void *self, const dcf_inspect_rule *rule),
                       void *self);

/* One message of the mapping. Texts are borrowed from the dialect. */
typedef struct dcf_inspect_message {
    const char *name; /* native */
    const char *body; /* its member of Envelope.body */
    const struct ProtobufCMessageDescriptor *type;
    bool read_only;
    const char *const *sets; /* canonical fields that choosing it, or a group of it, sets */
    size_t set_count;
} dcf_inspect_message;

/* Calls fn for every message, in declared order, until it returns false. */
void dcf_inspect_messages(const dcf_dialect *d,
                          bool (*fn)(void *self, const dcf_inspect_message *message), void *self);

/* Calls fn for every canonical field that a wrapper (message "") or a message declares it never
 * writes: "documents", "/source.user". Texts are borrowed from the dialect, field only during the
 * call. */
void dcf_inspect_canonical_drops(const dcf_dialect *d,
                                 bool (*fn)(void *self, const char *message, const char *field,
                                            const char *reason),
                                 void *self);

#endif
