/*
 * bundle.h - a case with all its history was made of: its messages, the rules of each day, its
 * audit events and its state, gathered from Kafka; and the rules put there when they begin to
 * decide. Reads one partition of a topic from its beginning: seconds to minutes.
 * Thread rule: blocks; not on a thread that others wait for. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_BUNDLE_H
#define DCF_DAEMON_BUNDLE_H

#include "base/buf.h"
#include "daemon/config.h"
#include "dcf/v1/bundle.pb-c.h"

enum { DCF_BUNDLE_MAX = 192 << 20 };

typedef struct dcf_bundle_ask { /* all borrowed */
    const dcf_kafka_conf *kafka;
    const dcf_names *names;
    const char *instance, *case_key;
    const char *operator_;     /* who takes it out */
    bool (*go_on)(void *self); /* asked now and then; false ends it with AGAIN */
    void *self;
} dcf_bundle_ask;

/*
 * Appends the packed CaseBundle, after the audit has noted who took it. NOT_FOUND: no such case.
 * AGAIN: told to end, or the case changed meanwhile, three times. LIMIT: over DCF_BUNDLE_MAX.
 */
DCF_RESULT dcf_bundle_collect(const dcf_bundle_ask *ask, dcf_buf *out);

/* Puts a rule set under its version; OK once Kafka has it. */
DCF_RESULT dcf_rules_publish(const dcf_kafka_conf *kafka, const char *topic,
                             const Dcf__V1__RuleSet *set);

#endif
