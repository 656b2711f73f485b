/*
 * exchange.h - what happens to a submitted message: the case takes it, or it waits, or it is held.
 *
 * Pure: state and message and time in; state and outputs out. No clock, no I/O, no
 * randomness: the same inputs give the same bytes, so a case can be replayed. All
 * that decides is data: config/lifecycle.yaml, the parties, the forces.
 *
 * What the daemon commits in one transaction: ret->state (the mark of the message
 * and its effect are both in it), ret->outputs, and the offset of the message.
 *
 * A message that is taken is marked in state.seen (the newest `seen` of a case; an
 * older resend is taken for new). A held or rejected one is not: sent again or
 * replayed it is judged anew. Messages that are not the sender's to send (4001,
 * 4002, 4008, 4009) leave the case untouched, and their receipts are outside of its
 * sequence (sequence 0); all other deliveries of a case to one party are numbered
 * 1, 2, 3 … without gap.
 *
 * A receipt from the delivery stage is a submitted envelope with source.party =
 * DCF_BROKER_PARTY, destination = the source of the message it is about, and
 * receipt.{kind, about_message_id, about_type, party, attempts, faults}; case_key
 * and test are the message's. It is told to that party when the lifecycle says the
 * message's sender wants it, and never when it is about a receipt.
 *
 * Its sequence is the number of that delivery: receipts of a case and party come in the order of
 * their numbers, so one that skips numbers says that deliveries are missing, and one that repeats a
 * number that two messages went under it. Both are told in the audit; neither is put right here.
 *
 * The exchange itself makes receipts about time limits (DEADLINE_NEAR, DEADLINE_MISSED): about the
 * message that started the clock, to the parties that its rule names (clock.h).
 *
 * An operator's word on a held message is a submitted envelope with held_action, from
 * DCF_BROKER_PARTY, under the key of the message's case and with an id made of where the held
 * record lies: so it takes effect once, in order with everything else of the case. What goes
 * again is judged as if it came now, and held again when it must; what its receiver refused goes
 * to that receiver again, under the next number. Each keeps what was done with it in its lineage.
 *
 * Ownership: the outcome lives in the arena and borrows from the given state,
 * envelope and exchange. Times: milliseconds since 1970.
 * Thread rule: an exchange is immutable; any number of threads may apply. SPDX-License-Identifier:
 * MIT
 */
#ifndef DCF_EXCHANGE_EXCHANGE_H
#define DCF_EXCHANGE_EXCHANGE_H

#include "base/arena.h"
#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/case_state.pb-c.h"
#include "exchange/checklist.h"
#include "exchange/clock.h"
#include "exchange/lifecycle.h"
#include "model/forces.h"
#include "model/party.h"

#define DCF_BROKER_PARTY "dcf"

/* Who holds a message: Held.stage. */
#define DCF_STAGE_GATEWAY  "gateway"
#define DCF_STAGE_EXCHANGE "exchange"
#define DCF_STAGE_DELIVERY "delivery"

typedef struct dcf_exchange dcf_exchange;

typedef struct dcf_exchange_config {
    const dcf_parties *parties;  /* borrowed; no party may be called DCF_BROKER_PARTY */
    const dcf_forces *forces;    /* borrowed */
    const char *lifecycle;       /* path of lifecycle.yaml */
    const char *checklists;      /* folder of checklist profiles; NULL: no checklist */
    const char *clocks;          /* path of clocks.yaml; NULL: no clocks */
    const char *holidays;        /* path of bank-holidays.yaml; NULL: weekends alone */
    const char *policies;        /* path of policies.yaml */
    const char *redaction_tools; /* path of redaction-tools.yaml */
    const char *forces_file;     /* where forces came from, for the rules' version; NULL: unknown */
    void (*sha256)(void *ctx, dcf_span bytes, uint8_t ret[32]); /* of the bodies made here */
    void *sha256_ctx;
    dcf_span token_key;   /* borrowed: makes workers' tokens in the audit; empty: who knows the
                             numbers could find whose token it is */
    const char *instance; /* which daemon, for the audit; borrowed; NULL: "" */
    size_t seen;          /* ids kept a case; 0: 1000 */
    size_t waiting;       /* messages that may wait for one case; 0: 64 */
    size_t waiting_bytes; /* and their bytes together; 0: 512 KiB (the state is one Kafka record) */
} dcf_exchange_config;

typedef enum dcf_output_kind {
    DCF_OUTPUT_DELIVER,
    DCF_OUTPUT_HELD,
    DCF_OUTPUT_AUDIT,
    DCF_OUTPUT_SUBMIT, /* the broker's own notice to another case: deliver, to dcf.submitted */
    DCF_OUTPUT_KINDS
} dcf_output_kind;

typedef struct dcf_output {
    dcf_output_kind kind;
    const Dcf__V1__Envelope
        *deliver; /* to destination.party; destination.link and sequence are set */
    const Dcf__V1__Held *held;
    const Dcf__V1__AuditEvent *audit;
    dcf_span packed; /* DELIVER: the envelope's bytes, which its audit event has the digest of */
} dcf_output;

typedef struct dcf_outcome {
    const Dcf__V1__CaseState *state; /* to be stored under case_key; NULL: unchanged */
    const dcf_output *outputs;
    size_t count;
    int64_t next_tick_ms; /* dcf_exchange_next_tick of the state */
} dcf_outcome;

/* CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM. The caller frees. */
DCF_RESULT dcf_exchange_new(const dcf_exchange_config *config, dcf_exchange **ret,
                            dcf_yaml_error *err);
void dcf_exchange_free(dcf_exchange *x); /* accepts NULL */
const dcf_lifecycle *dcf_exchange_lifecycle(const dcf_exchange *x);
const dcf_holidays *dcf_exchange_holidays(const dcf_exchange *x); /* NULL: none */
/* Names all rule files and a digest of them (rule_set.h): every output carries it. */
const char *dcf_exchange_rules_version(const dcf_exchange *x);
const struct Dcf__V1__RuleSet *dcf_exchange_rules(const dcf_exchange *x);

/* One submitted message. state: of envelope->case_key; NULL when the case has none. NOMEM: over the
 * arena's limit. */
DCF_RESULT dcf_exchange_apply(const dcf_exchange *x, const Dcf__V1__CaseState *state,
                              const Dcf__V1__Envelope *envelope, int64_t now_ms, dcf_arena *arena,
                              dcf_outcome *ret);
/* When the state has next something to do by itself; INT64_MAX: never. */
int64_t dcf_exchange_next_tick(const Dcf__V1__CaseState *state);
/* Lets waiting messages expire, and clocks warn and alarm. */
DCF_RESULT dcf_exchange_tick(const dcf_exchange *x, const Dcf__V1__CaseState *state, int64_t now_ms,
                             dcf_arena *arena, dcf_outcome *ret);

#endif
