/*
 * roles.h - the running parts of one site: spools, gateway, exchange, deliveries.
 * Started together, stopped in the order that loses nothing: doors first, then
 * what is in hand. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_ROLES_H
#define DCF_DAEMON_ROLES_H

#include "daemon/held_desk.h"
#include "daemon/measures.h"
#include "daemon/site.h"
#include "daemon/watch.h"
#include "ledger/ledger.h"
#include "ops/ops.h"
#include "store/store.h"
#include "transport/http/http_in.h"

typedef struct dcf_roles dcf_roles;

typedef struct dcf_roles_config { /* all borrowed, all outlive the roles */
    const dcf_site *site;
    const dcf_kafka_conf *kafka;
    dcf_store *store;
    dcf_ledger *ledger;
    const _Atomic bool *ledger_ready; /* as in held_desk.h */
    dcf_measures *measures;
} dcf_roles_config;

/* CONFIG, UNAVAILABLE with err filled: nothing runs. */
DCF_RESULT dcf_roles_start(const dcf_roles_config *config, dcf_roles **ret, dcf_yaml_error *err);
/* Drains and frees. Accepts NULL. */
void dcf_roles_stop(dcf_roles *r);

/* The door for documents over HTTP; lives as long as the roles. */
dcf_http_in *dcf_roles_door(dcf_roles *r);
/* Where held messages are acted upon; lives as long as the roles. */
dcf_held_desk *dcf_roles_desk(dcf_roles *r);
/* False when a thread is stuck (dcf_watch_moves): the watchdog is then not fed. */
bool dcf_roles_alive(const dcf_roles *r, dcf_watch *watch);
/* For ops: what runs, what waits. */
void dcf_roles_tell(dcf_roles *r, dcf_watch *watch, dcf_role_cb *cb, void *ctx);
void dcf_roles_links(const dcf_roles *r, dcf_link_cb *cb, void *ctx);
void dcf_roles_queues(dcf_roles *r, dcf_queue_cb *cb, void *ctx);
dcf_status dcf_roles_waiting(dcf_roles *r, const char *party, size_t limit, dcf_waiting_cb *cb,
                             void *ctx);

#endif
