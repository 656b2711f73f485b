/*
 * lifecycle.h - the rules of config/lifecycle.yaml: what a case may do next.
 *
 * Loading proves the file: every message of the Envelope has a rule and the other
 * way round, every name is known, every state can be reached from the initial one,
 * none is a trap unless marked final, and a message that opens a case always does.
 * Ownership: the lifecycle owns everything it hands out.
 * Thread rule: immutable after loading; any thread may read. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_LIFECYCLE_H
#define DCF_EXCHANGE_LIFECYCLE_H

#include "dcf/v1/envelope.pb-c.h"
#include "exchange/condition.h"

enum {
    DCF_STATES_MAX = 32, /* a set of states is a word */
    DCF_MOVES_MAX = 16,
    DCF_TYPES_MAX = 32
};

typedef enum dcf_sender {
    DCF_SENDER_FORCE = 1,
    DCF_SENDER_CPS = 2,
    DCF_SENDER_BROKER = 4
} dcf_sender;
typedef enum dcf_rule_route {
    DCF_ROUTE_NONE,
    DCF_ROUTE_CPS,
    DCF_ROUTE_FORCE,
    DCF_ROUTE_OTHER, /* the other side than the sender's */
    DCF_ROUTE_NAMED  /* the envelope's destination, when the broker wrote it; else the other side */
} dcf_rule_route;

typedef struct dcf_move {
    uint32_t from;             /* set of states */
    const dcf_condition *when; /* NULL: always */
    unsigned to;
} dcf_move;

typedef enum dcf_ack_by {
    DCF_ACK_NONE,
    DCF_ACK_DELIVERY, /* the receiver's system took it */
    DCF_ACK_RECEIVER  /* the receiver says so: by a receipt of its own, or by a message that answers
                       */
} dcf_ack_by;

typedef struct dcf_acknowledge {
    dcf_ack_by by;
    int64_t within_ms;
    const dcf_condition *when;    /* which messages of the type; NULL: all */
    const dcf_condition *answers; /* a message of the type for which this holds is an answer */
    const ProtobufCFieldDescriptor *reference[DCF_PATH_MAX]; /* what an answer names again */
} dcf_acknowledge;

enum { DCF_VERSION_PATHS_MAX = 8 };

typedef struct dcf_version_key {
    const ProtobufCFieldDescriptor *path[DCF_PATH_MAX];
    size_t group; /* a message without any value of a group is no version of another */
} dcf_version_key;

typedef struct dcf_rule {
    const ProtobufCFieldDescriptor *type; /* of the Envelope's body */
    unsigned senders;                     /* set of dcf_sender */
    uint32_t in;                          /* set of states */
    bool opens, waits;
    dcf_rule_route route;
    uint32_t receipts; /* set of 1 << Dcf__V1__ReceiptKind */
    dcf_move moves[DCF_MOVES_MAX];
    size_t move_count;
    dcf_acknowledge acknowledge;
    dcf_version_key version_of[DCF_VERSION_PATHS_MAX]; /* what two versions of one thing share */
    size_t version_count;                              /* 0: no two messages are versions */
    uint32_t line;
} dcf_rule;

typedef struct dcf_lifecycle {
    dcf_yaml_doc *doc;
    dcf_arena arena; /* of the conditions */
    const char *version;
    int64_t wait_ms; /* how long a message waits for its case */
    const char *states[DCF_STATES_MAX];
    size_t state_count;
    unsigned initial;
    uint32_t finals;
    dcf_rule rules[DCF_TYPES_MAX];
    size_t rule_count;
} dcf_lifecycle;

/* CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM. The caller frees. */
DCF_RESULT dcf_lifecycle_load(const char *path, dcf_lifecycle **ret, dcf_yaml_error *err);
/* The same from memory; name stands for the file in errors. */
DCF_RESULT dcf_lifecycle_parse(dcf_span text, const char *name, dcf_lifecycle **ret,
                               dcf_yaml_error *err);
void dcf_lifecycle_free(dcf_lifecycle *l); /* accepts NULL */

/* The number of a state; the initial one for "" (no case yet), state_count when unknown. */
unsigned dcf_lifecycle_state(const dcf_lifecycle *l, const char *name);
/* The rule of a message type ("case_submission"); NULL when there is none. */
const dcf_rule *dcf_lifecycle_rule(const dcf_lifecycle *l, const char *type);
/* The rule of this envelope's body; NULL when it has none. */
const dcf_rule *dcf_lifecycle_rule_of(const dcf_lifecycle *l, const Dcf__V1__Envelope *envelope);
/* Where the case goes: the first move that fits, else where it is. */
unsigned dcf_lifecycle_next(const dcf_rule *rule, unsigned state, const dcf_facts *facts);

#endif
