/*
 * config.h - dcfd.yaml as the daemon uses it: read once, checked whole, immutable.
 *
 * Every mistake names file, line and column; an unknown key is a mistake.
 * Relative paths start at the working directory. Ownership: the config owns all
 * its strings. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_CONFIG_H
#define DCF_DAEMON_CONFIG_H

#include "kafka/client.h"
#include "model/party.h"
#include "security/tls.h"

enum { DCF_PARTITIONS_MAX = 500 }; /* of a topic: the local store has two name spaces for each */

enum { DCF_HELD_RATE_MOST = 6000 }; /* held messages a minute */

typedef struct dcf_listener {
    const char *listen; /* "127.0.0.1:8070" */
    dcf_tls_files tls;  /* cert NULL: plain HTTP */
    const char *token_file;
    const char *operators_file; /* ops: lines NAME TOKEN [RIGHT…], who may; NULL: none */
} dcf_listener;

/* Names on Kafka, all under one prefix, so that a test and a live exchange may share a cluster. */
typedef struct dcf_names {
    char submitted[80], state[80], held[80], audit[80], job[80], rules[80]; /* topics */
    char exchange[80]; /* consumer group and transactional id */
} dcf_names;

typedef struct dcf_config {
    const char *path;
    dcf_yaml_doc *doc;
    const char *instance;  /* this daemon among several; part of its transactional ids */
    const char *data;      /* folder for what can be rebuilt: state store, ledger */
    const char *dialects;  /* folder of dialects: DIALECT/mapping.yaml */
    const char *lifecycle; /* files of rules */
    const char *forces;
    const char *metrics;        /* the metric catalogue */
    const char *token_key_file; /* makes the tokens of supervisors; NULL: none */
    const char *checklists;     /* NULL: none */
    const char *clocks;         /* NULL: none */
    const char *holidays;       /* NULL: none */
    const char *policies;
    const char *redaction_tools;
    const char *contacts;          /* NULL: none */
    const char **kafka_properties; /* owned: key, value, …, NULL */
    dcf_kafka_conf kafka;
    const char *prefix; /* of topics, groups and transactional ids */
    dcf_names names;
    const char *onboarding;      /* criteria of the stages */
    char compare[4300];          /* folder of what links in shadow made, LINK by LINK */
    uint64_t partitions;         /* of the topics this daemon makes */
    uint64_t max_message_bytes;  /* of those topics */
    uint64_t commit_ms;          /* longest that outcomes of deliveries are gathered */
    uint64_t commit_messages;    /* most messages in an exchange transaction */
    uint64_t settle_ms;          /* how long a spool file must be still */
    uint64_t drain_ms;           /* most SIGTERM waits for what is in hand */
    uint64_t retry_cap_ms;       /* longest backoff of a delivery */
    uint64_t held_approve_above; /* a second person approves what is done with more held messages */
    uint64_t held_per_minute;    /* most held messages a job acts upon, unless it says fewer */
    dcf_listener ops, gateway;
    dcf_parties parties;
} dcf_config;

typedef void dcf_config_mistake(const char *text); /* "FILE:LINE:COLUMN: what" */
/* CONFIG with the first mistake in err; the others are told one by one (mistake may be NULL). The
 * caller frees. */
DCF_RESULT dcf_config_load(const char *path, dcf_config_mistake *mistake, dcf_config **ret,
                           dcf_yaml_error *err);
void dcf_config_free(dcf_config *c); /* accepts NULL */
/* Bytes of arena for one message, which is far more than its bytes: what came in must also go out.
 */
size_t dcf_config_message_memory(const dcf_config *c);
/* The first key in which b differs from the running a and that only a restart changes; NULL: none.
 */
const char *dcf_config_needs_restart(const dcf_config *a, const dcf_config *b);
/* The topic of what goes to a party: "dcf.deliver.cps", "dcf.deliver.cps.urgent". Returns out. */
char *dcf_config_deliver_topic(const dcf_config *c, const char *party, bool urgent, char out[160]);

#endif
