/*
 * clock.h - the time limits of a case as data: config/clocks.yaml. Each starts, is suspended and
 * stops on messages, warns ahead of its deadline and is an alarm when it was missed. The exchange
 * alerts, it does not decide law.
 *
 * Whom a clock tells (`tell`) is sent a receipt at each of its alerts; the alert and the receipt
 * are of one commit, so each is told once.
 *
 * A deadline that is a day ends at 23:59 of it in London. Of several dates the earliest counts.
 * Ownership: the clocks own everything they hand out. Thread rule: immutable after loading.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_CLOCK_H
#define DCF_EXCHANGE_CLOCK_H

#include "exchange/lifecycle.h"

enum {
    DCF_CLOCKS_MAX = 64,
    DCF_TRIGGERS_MAX = 8,     /* of each kind, a clock */
    DCF_DEADLINES_MAX = 4,    /* a trigger's ways to tell the end */
    DCF_ALERTS_MAX = 8,       /* a clock's: before, at and after its end */
    DCF_CLOCKS_PER_CASE = 200 /* the oldest that stopped go */
};

/* A way to tell the deadline: a field's date, or a period from a field or from the message's
 * coming. */
typedef struct dcf_deadline {
    const ProtobufCFieldDescriptor *path[DCF_PATH_MAX]; /* [0] NULL: from the message's coming */
    dcf_period add;                                     /* count 0: none */
    bool month_end;                                     /* counted from the end of that month */
    int minute;                                         /* of the last day, local */
} dcf_deadline;

typedef struct dcf_clock_trigger {
    const ProtobufCFieldDescriptor *on; /* body of the Envelope; NULL: the case's state */
    uint32_t states;                    /* on NULL: set of states */
    unsigned senders;                   /* set of dcf_sender; 0: any */
    const ProtobufCFieldDescriptor *each[DCF_PATH_MAX];  /* a list of the body; [0] NULL: none */
    const ProtobufCFieldDescriptor *group[DCF_PATH_MAX]; /* of the body; [0] NULL: none */
    const ProtobufCFieldDescriptor *id[DCF_PATH_MAX];    /* of the entry, else of the body */
    const dcf_condition *when;                           /* of the entry, else of the body */
    dcf_deadline until[DCF_DEADLINES_MAX];               /* of a start; the first that tells */
    size_t until_count;
} dcf_clock_trigger;

/* What a party is told of: a set. */
enum { DCF_TELL_WARNING = 1, DCF_TELL_MISSED = 2 };

typedef struct dcf_clock_rule {
    const char *name, *title, *meaning, *source;
    const char *who; /* must act: force, cps, court */
    bool verified, enabled;
    dcf_clock_trigger start[DCF_TRIGGERS_MAX], stop[DCF_TRIGGERS_MAX], suspend[DCF_TRIGGERS_MAX],
        resume[DCF_TRIGGERS_MAX];
    size_t start_count, stop_count, suspend_count, resume_count;
    dcf_deadline counts; /* of a clock that no message starts: how it would be counted */
    bool has_counts;
    dcf_period alerts[DCF_ALERTS_MAX]; /* from the deadline, ascending; the one of 0 is the miss */
    size_t alert_count;
    unsigned tell_force, tell_cps; /* sets of DCF_TELL_; reminders are told as the miss is */
    const char *less[4];           /* clocks whose running days count as served */
    size_t less_count;
    dcf_period urgent; /* so long before its end the case goes before others; count 0: never */
} dcf_clock_rule;

typedef struct dcf_clocks {
    dcf_yaml_doc *doc;
    dcf_arena arena;
    const char *version;
    const dcf_holidays *holidays; /* borrowed; NULL: weekends alone */
    dcf_clock_rule rules[DCF_CLOCKS_MAX];
    size_t count;
} dcf_clocks;

/* lifecycle: for the names of states. CONFIG with err naming file and line; NOT_FOUND, IO, NOMEM.
 */
DCF_RESULT dcf_clocks_load(const char *path, const dcf_lifecycle *lifecycle,
                           const dcf_holidays *holidays, dcf_clocks **ret, dcf_yaml_error *err);
void dcf_clocks_free(dcf_clocks *c); /* accepts NULL */
const dcf_clock_rule *dcf_clock_rule_of(const dcf_clocks *c, const char *name);

/* Where a message meets the clocks of its case. */
typedef struct dcf_clock_event {
    const Dcf__V1__Envelope *envelope; /* NULL: only time passed */
    unsigned sender;                   /* dcf_sender */
    unsigned state;                    /* of the case, after the message */
    int64_t now_ms;
} dcf_clock_event;

typedef struct dcf_clock_alert {
    const Dcf__V1__Clock *clock;
    bool missed; /* else it warns */
} dcf_clock_alert;

/* What changed, in the arena. */
typedef struct dcf_clock_changes {
    Dcf__V1__Clock **clocks; /* all of the case, in place of state->clocks; NULL: nothing changed */
    size_t count;
    Dcf__V1__Clock **changed; /* those of them that the message changed */
    size_t changed_count;
    dcf_clock_alert *alerts;
    size_t alert_count;
} dcf_clock_changes;

/* The clocks of a case after a message, or after time. state is not touched. */
DCF_RESULT dcf_clocks_apply(const dcf_clocks *c, const Dcf__V1__CaseState *state,
                            const dcf_clock_event *event, dcf_arena *arena, dcf_clock_changes *ret);

/* The running clock that ends first; NULL: none has an end. */
const Dcf__V1__Clock *dcf_clock_nearest(const Dcf__V1__CaseState *state);
/* Whether a clock of the case that asks for it is near its end, or over since less than a day. */
bool dcf_clocks_urgent(const dcf_clocks *c, const Dcf__V1__CaseState *state, int64_t now_ms);
/* When a clock of the case has next something to tell; INT64_MAX: never. */
int64_t dcf_clock_next_ms(const Dcf__V1__CaseState *state);
/* The end of a clock that counts from this day. */
int64_t dcf_deadline_from(const dcf_clocks *c, const dcf_deadline *d, dcf_when from,
                          bool *ret_sure);

#endif
