/*
 * reader.h - the sink that walks events through a mapping and fills the envelope.
 * Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_READER_H
#define DCF_TRANSLATE_READER_H

#include "dcf/v1/envelope.pb-c.h"
#include "translate/mapping.h"
#include "translate/trail.h"
#include "translate/watch.h"

typedef enum dcf_mode {
    DCF_MAPPED,
    DCF_SKIPPED, /* dropped, or reported already */
    DCF_CARRIED  /* unknown: each value becomes an extension */
} dcf_mode;

/* An open element or member. */
typedef struct dcf_frame {
    const dcf_node *node;       /* NULL at the bottom, and when not mapped */
    const dcf_variant *variant; /* NULL: nothing may be inside */
    const dcf_variant *plain; /* the same where children that are but a value go without a frame */
    ProtobufCMessage *base;   /* where relative paths start */
    size_t counts;            /* its children's counters on the counter stack */
    size_t trail;             /* length of the path around it */
    dcf_mode mode;
    dcf_shape shape;
    bool valued;         /* a plain value came */
    const char *drop;    /* skipped by declaration: the reason */
    uint32_t index;      /* which occurrence, from 0 */
    const char *carried; /* the last name carried inside; NULL: none yet … */
    uint32_t alike;      /* … and how often it stood just before */
    uint32_t line, column;
} dcf_frame;

/* Events of a group whose alternative is not known yet. */
typedef struct dcf_record {
    bool active;
    dcf_tree *message, *at; /* a message with references: the whole of it, and where it stands */
    size_t frame, trail;    /* of the group, and the path to it */
    dcf_event *events;
    size_t count, capacity;
    uint32_t *matched, *seen; /* by variant: the conditions that hold, that were met; a bit each */
} dcf_record;

/* A value that is used at the end: a weak one if nothing else sets its field, a code whose day was
 * not known. */
typedef struct dcf_kept {
    const dcf_rule *rule;
    ProtobufCMessage *base;
    const char *path;
    dcf_event event;
} dcf_kept;

/* Who watches: what was seen, and for each the canonical place it is for (path NULL: none). */
typedef struct dcf_watch_place {
    const ProtobufCMessage *base;
    const dcf_path *path;
    size_t item; /* of a list of plain values */
} dcf_watch_place;

typedef struct dcf_watch {
    dcf_sightings *seen;
    dcf_watch_place *places;
} dcf_watch;

typedef struct dcf_reader {
    const dcf_dialect *d;
    dcf_arena *arena;
    dcf_faults *faults;
    dcf_parse parse;
    Dcf__V1__Envelope *envelope;
    const dcf_variant *message; /* found so far */
    size_t rank;                /* of the innermost root entered */
    dcf_trail trail;
    const dcf_event *leaf; /* being applied, and not yet part of the path */
    uint32_t leaf_index;   /* from 1; 0: not numbered */
    dcf_frame *frames;
    size_t frame_count, frame_capacity;
    uint32_t *counts;
    size_t count_count, count_capacity;
    dcf_record record;
    dcf_kept *kept;
    size_t kept_count, kept_capacity;
    bool early;       /* a code came before the day */
    dcf_watch *watch; /* NULL: nobody */
} dcf_reader;

static inline dcf_frame *dcf_reader_top(dcf_reader *r)
{
    return &r->frames[r->frame_count - 1];
}

/* After the trail has changed: limits of the parser are told with it. */
static inline void dcf_reader_show_path(dcf_reader *r)
{
    r->parse.path = r->trail.text ? r->trail.text : "";
}

bool dcf_reader_no_memory(dcf_reader *r); /* false */
void dcf_reader_fault(dcf_reader *r, dcf_fault_code code, const char *field, const dcf_event *e,
                      const char *detail);
/* Native text to its canonical place. False only out of memory: a bad value is a fault, and reading
 * goes on. */
bool dcf_reader_apply(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                      const dcf_event *e);
/* The same for a rule that is `direct`, where nothing is to be told or decided; false when
 * something is, and nothing was done. */
bool dcf_reader_apply_direct(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                             const dcf_event *e);
/* At the end of the document. */
bool dcf_reader_apply_kept(dcf_reader *r);
/* What a rule whose value is absent asks for: its default, or a fault. missing: the native path
 * below the present one. */
bool dcf_reader_absent(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                       const dcf_event *at);
bool dcf_reader_extension(dcf_reader *r, const dcf_event *e);
/* The message a path's last step is a field of, made on the way; NULL with *ret_ok true after a
 * fault, false out of memory. */
ProtobufCMessage *dcf_reader_reach(dcf_reader *r, ProtobufCMessage *base, const dcf_path *p,
                                   const dcf_event *e, bool *ret_ok);

/* The same for a path of singular fields that are in no oneof; NULL out of memory. */
static inline ProtobufCMessage *dcf_reader_descend(dcf_reader *r, ProtobufCMessage *base,
                                                   const dcf_path *p)
{
    ProtobufCMessage *m = p->absolute ? &r->envelope->base : base;
    for (size_t i = 0; m && i + 1 < p->count; i++) {
        ProtobufCMessage **at = dcf_field_at(m, p->steps[i]);
        if (!*at) *at = dcf_message_new(r->arena, p->steps[i]->descriptor);
        m = *at;
    }
    return m;
}

/* record.c: goes on, or starts, to keep events until the alternative is known. */
bool dcf_record_start(dcf_reader *r);
bool dcf_record_event(dcf_reader *r, const dcf_event *e);
bool dcf_record_leaf(dcf_reader *r, const dcf_event *open, const dcf_event *value);
/* record.c: keeps the whole message, whose references are followed at its end. */
bool dcf_record_message(dcf_reader *r);
/* reader.c: the alternative is v (NULL: none fits). Enters it. */
bool dcf_reader_choose(dcf_reader *r, const dcf_variant *v, const dcf_event *e);
bool dcf_reader_on(void *self, const dcf_event *e);
/* reader_leaf.c: OPEN, VALUE and CLOSE at once. */
bool dcf_reader_leaf(void *self, const dcf_event *open, const dcf_event *value);
/* A whole document: what dcf_to_canonical does. */
DCF_RESULT dcf_reader_run(dcf_reader *r, dcf_span native, const dcf_limits *limits);
bool dcf_reader_push(dcf_reader *r, const dcf_node *node, const dcf_event *e, dcf_mode mode,
                     uint32_t index);
void dcf_reader_pop(dcf_reader *r);

/* watch.c: tells a value and what becomes of it; nothing when nobody watches. False: out of memory.
 */
bool dcf_watch_rule(dcf_reader *r, dcf_fate fate, const ProtobufCMessage *base,
                    const dcf_rule *rule, const dcf_event *e);
bool dcf_watch_value(dcf_reader *r, dcf_fate fate, const char *reason, const dcf_event *e);
bool dcf_watch_where(dcf_reader *r, const ProtobufCMessage *base, const dcf_variant *v,
                     const dcf_where *where, const dcf_event *e);

#endif
