/*
 * run.h - one call of apply or tick while it runs, and the concepts it is made of, a file each.
 * Internal to the room. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_RUN_H
#define DCF_EXCHANGE_RUN_H

#include "dcf/fault.h"
#include "exchange/exchange.h"
#include "exchange/policy.h"
#include "exchange/rule_set.h"

enum { DCF_EXCHANGE_FAULTS_MAX = 64 };

struct dcf_exchange {
    dcf_exchange_config config;
    dcf_lifecycle *lifecycle;
    dcf_checklists *checklists; /* NULL: none */
    dcf_holidays *holidays;     /* NULL: none */
    dcf_clocks *clocks;         /* NULL: none */
    dcf_policy_set *policies;
    dcf_tools *tools;
    dcf_arena arena; /* of the rule set */
    Dcf__V1__RuleSet *rules;
};

typedef struct dcf_run {
    const dcf_exchange *x;
    dcf_arena *arena;
    int64_t now_ms;
    Dcf__V1__CaseState *state; /* working copy; lists are replaced, never written in place */
    char *input;               /* id of the message given to apply; "" in a tick */
    bool existed;              /* the case had a state before */
    bool changed;              /* the working copy is to be stored */
    bool urgent;               /* a clock asked for the urgent lane before the message */
    dcf_output *outputs;
    size_t count, capacity;
    dcf_clock_changes clocks; /* by the message that is being taken */
} dcf_run;

/* The message in hand. */
typedef struct dcf_subject {
    const Dcf__V1__Envelope *envelope;
    const dcf_rule *rule;    /* NULL: it has no body this version knows */
    const dcf_party *sender; /* NULL: the broker, or nobody known */
    const dcf_link *by;      /* the sender's link it came by; NULL: none known */
    dcf_sender side;
    bool test;           /* it says so, or its sender is no live party */
    bool outside;        /* not of this case: its receipt takes no number of the case's sequence */
    const char *force;   /* "" when nothing tells */
    const char *area;    /* "" when undecided */
    const dcf_party *to; /* receiver; NULL: none */
    Dcf__V1__CheckResult **checks; /* of a submission */
    size_t n_checks;
    dcf_faults faults;
} dcf_subject;

void dcf_subject_fault(dcf_subject *s, dcf_fault_code code, const char *field, const char *detail);
/* The first fault that stops the message; 0 when none does. */
dcf_fault_code dcf_subject_error(const dcf_subject *s);

/* admit.c: whose message it is. Sets sender, side, test, force; adds 2001, 4001, 4002, 4008, 4009.
 */
void dcf_admit(const dcf_run *run, dcf_subject *s);

/* route.c: who gets it. Sets area and to; adds 4007, 4008, 4012. */
void dcf_route(const dcf_run *run, dcf_subject *s);
/* Whose case it is, as text: the key of a shadow message has a mark before it. */
const char *dcf_case_urn(const Dcf__V1__Envelope *e);
/* Whether this CPS party serves the Area. */
bool dcf_party_serves(const dcf_party *party, const char *area);
/* The CPS Area of a force's message, by the unit of its URN; "" when undecided. */
const char *dcf_area_of(const dcf_run *run, const dcf_subject *s);
/* The link by which a party is reached: this one when it leads out, else its first that does; NULL:
 * none. */
const dcf_link *dcf_link_to(const dcf_party *party, const char *preferred);

/* policy.c: what a message must hold to go on. Adds a fault a breach. */
void dcf_policies(const dcf_run *run, dcf_subject *s);

/* checklist_apply.c: runs the profile in force and the drafts; adds 4100, 4101, 4102. */
DCF_RESULT dcf_checklist_judge(const dcf_run *run, dcf_subject *s);
/* Tells in the audit of a triage outcome how it compares with the broker's own result. */
DCF_RESULT dcf_checklist_assure(const dcf_run *run, const dcf_subject *s, Dcf__V1__AuditEvent *a);

/* clock_apply.c: what a message that the case takes does to its clocks, and what they tell of it.
 */
DCF_RESULT dcf_clocks_turn(dcf_run *run, const dcf_subject *s);
DCF_RESULT dcf_clocks_tell(dcf_run *run);
DCF_RESULT dcf_clocks_tick(dcf_run *run);

/* dedupe.c: the idempotent receiver's marks, newest last. */
typedef enum dcf_seen { DCF_SEEN_NOT, DCF_SEEN_SAME, DCF_SEEN_OTHER } dcf_seen;
dcf_seen dcf_seen_check(const dcf_run *run, const Dcf__V1__Envelope *envelope);
DCF_RESULT dcf_seen_mark(dcf_run *run, const Dcf__V1__Envelope *envelope);
DCF_RESULT dcf_seen_forget(dcf_run *run, const char *message_id);

/* effect.c: what a taken message changes in the state besides where the case stands. */
DCF_RESULT dcf_effect(dcf_run *run, const dcf_subject *s);

/* charge_plan.c: what a taken message says of action items, charges and material. */
DCF_RESULT dcf_take_plan(dcf_run *run, const dcf_subject *s);
DCF_RESULT dcf_take_plan_answer(dcf_run *run, const dcf_subject *s);
DCF_RESULT dcf_take_decision(dcf_run *run, const dcf_subject *s);
DCF_RESULT dcf_take_materials(dcf_run *run, const dcf_subject *s);
/* What an item asks for, so that the same is known when it is asked again. NOMEM. */
DCF_RESULT dcf_item_digest(const dcf_run *run, const Dcf__V1__ActionItem *item, uint8_t ret[32]);

/* split_merge.c: cases that part and cases that go into one. */
DCF_RESULT dcf_take_split_merge(dcf_run *run, const dcf_subject *s);
/* The broker's notice to a case that another took in. */
DCF_RESULT dcf_take_merged_into(dcf_run *run, dcf_subject *s);
/* Where the message's case stands: the split part it names, else the case. */
const char *dcf_stands(const dcf_run *run, const Dcf__V1__Envelope *envelope);
DCF_RESULT dcf_stand(dcf_run *run, const Dcf__V1__Envelope *envelope, const char *state);
/* The split part that the message names; NULL: none. */
const Dcf__V1__CasePart *dcf_part_named(const dcf_run *run, const Dcf__V1__Envelope *envelope);

/* acknowledge.c: what must be acknowledged by when. */
DCF_RESULT dcf_expect(dcf_run *run, const dcf_subject *s, Dcf__V1__Envelope *e);
/* An answer came, or a receipt: the broker's about a delivery, or a party's own. */
DCF_RESULT dcf_expect_answered(dcf_run *run, const dcf_subject *s);
DCF_RESULT dcf_expect_receipt(dcf_run *run, const dcf_subject *s);
DCF_RESULT dcf_expect_tick(dcf_run *run);
int64_t dcf_expect_next_ms(const Dcf__V1__CaseState *state);

/* supersede.c: newer versions of what is not delivered yet. */
DCF_RESULT dcf_supersede(dcf_run *run, const dcf_subject *s, Dcf__V1__Envelope *e);
DCF_RESULT dcf_supersede_receipt(dcf_run *run, const Dcf__V1__Receipt *r);

/* outcome.c: what comes out. */
/* Sets the digest of a body made here. */
DCF_RESULT dcf_hash_body(dcf_run *run, Dcf__V1__Envelope *e);
DCF_RESULT dcf_out_audit(dcf_run *run, const dcf_subject *s, Dcf__V1__AuditKind kind,
                         const char *state_before);
DCF_RESULT dcf_out_deliver(dcf_run *run,
                           const dcf_subject *s); /* s->envelope to s->to, and its ROUTED */
DCF_RESULT dcf_out_receipt(dcf_run *run, const dcf_subject *s, Dcf__V1__ReceiptKind kind);
/* A receipt of the broker's own about s->envelope, to s->to. Its id is that message's, and what. */
DCF_RESULT dcf_out_notice(dcf_run *run, const dcf_subject *s, const char *what,
                          Dcf__V1__Receipt *receipt, const char *link);
/* The dcf.held record and its audit event; with a receipt when the rule wants one. */
DCF_RESULT dcf_out_held(dcf_run *run, const dcf_subject *s);
/* Whether the sender of what is held for this reason was told that it is rejected, not held. */
bool dcf_held_told_rejected(const char *reason);
DCF_RESULT dcf_held_new(dcf_run *run, const dcf_subject *s, int64_t expires_at_ms,
                        Dcf__V1__Held **ret);
DCF_RESULT dcf_out_add(dcf_run *run, dcf_output output);
/* An audit event with what the envelope says; the caller fills the rest before the run ends. */
DCF_RESULT dcf_audit_new(dcf_run *run, const Dcf__V1__Envelope *envelope, Dcf__V1__AuditKind kind,
                         Dcf__V1__AuditEvent **ret);

/* When it came to the gateway, and how far its link was then. */
void dcf_audit_arrival(const dcf_run *run, const Dcf__V1__Envelope *e, Dcf__V1__AuditEvent *a);
/* facts.c: what of the message the audit tells for the figures. */
DCF_RESULT dcf_audit_facts(dcf_run *run, const dcf_subject *s, Dcf__V1__AuditEvent *a);
/* Whether values of this fact are tokens made with the site's key. */
bool dcf_fact_is_keyed(const char *name);

/* waiting.c: messages that came before their case. */
DCF_RESULT dcf_wait_for_case(dcf_run *run, dcf_subject *s);
DCF_RESULT dcf_wait_expire(dcf_run *run);
int64_t dcf_wait_next_ms(const Dcf__V1__CaseState *state);

/* receipt.c: what the delivery stage tells. */
DCF_RESULT dcf_take_delivery_receipt(dcf_run *run, dcf_subject *s);

/* action.c: an operator's word on a held message. */
DCF_RESULT dcf_take_action(dcf_run *run, const Dcf__V1__Envelope *word);

/* apply.c */
/* Whose it is, whether it came before, and what the case makes of it. */
DCF_RESULT dcf_judge(dcf_run *run, dcf_subject *s);
/* What waited for the case goes on, in the order it came. */
DCF_RESULT dcf_release(dcf_run *run);
void dcf_subject_init(dcf_run *run, const Dcf__V1__Envelope *envelope, dcf_subject *ret);

/* A copy of a list of pointers with one more at the end, at most max long: the oldest go. NULL: no
 * memory. */
void *dcf_list_add(dcf_arena *arena, const void *list, size_t *count, const void *item, size_t max);
void *dcf_list_remove(dcf_arena *arena, const void *list, size_t *count, size_t index);
/* The same on a repeated field of the working copy, as a status. */
#define DCF_LIST_ADD(run, field, item, max)                                                        \
    (((run)->state->field =                                                                        \
          dcf_list_add((run)->arena, (run)->state->field, &(run)->state->n_##field, item, max))    \
         ? DCF_OK                                                                                  \
         : DCF_ERR(NOMEM))
#define DCF_LIST_REMOVE(run, field, index)                                                         \
    (((run)->state->field =                                                                        \
          dcf_list_remove((run)->arena, (run)->state->field, &(run)->state->n_##field, index))     \
         ? DCF_OK                                                                                  \
         : DCF_ERR(NOMEM))

#endif
