/*
 * front.h - what operations and senders ask of the daemon, while roles come and go: whoever
 * runs when the question comes answers it, and when none does, the front says so.
 * Thread rule: questions come on any thread; init, fini, swap and reloaded are the main thread's,
 * and only it reads roles without the lock. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_FRONT_H
#define DCF_DAEMON_FRONT_H

#include "daemon/bundle_desk.h"
#include "daemon/roles.h"
#include "daemon/watch.h"

#include <pthread.h>

enum { DCF_RELOAD_ASKERS = 16 };

typedef struct dcf_front {
    pthread_rwlock_t lock;    /* held to read while roles are used, to write while replaced */
    dcf_roles *roles;         /* NULL before, after and between; borrowed */
    dcf_watch *_Atomic watch; /* NULL before Kafka was there; borrowed */
    dcf_bundle_desk bundles;
    pthread_mutex_t reload_lock; /* guards what follows */
    struct {
        dcf_reload_done *done;
        void *ctx;
    } askers[DCF_RELOAD_ASKERS]; /* who waits for the next reload's answer */
    size_t asker_count;
} dcf_front;

void dcf_front_init(dcf_front *f);
void dcf_front_fini(dcf_front *f);
/* From now on these are asked, NULL: none. Returns those before, now out of everybody's reach. */
dcf_roles *dcf_front_swap(dcf_front *f, dcf_roles *roles);
/* For the operations API. A reload is asked of the main thread by SIGHUP. */
dcf_ops_provider dcf_front_provider(dcf_front *f);
/* For the gateway's listener; self is the front. */
void dcf_front_request(void *self, dcf_http_request *req);
/* For the watch: the queues as delivery sees them; self is the front. */
void dcf_front_queues(void *self, dcf_queue_cb *cb, void *ctx);
/* Answers all who asked for a reload. */
void dcf_front_reloaded(dcf_front *f, const dcf_reload_reply *reply);

#endif
