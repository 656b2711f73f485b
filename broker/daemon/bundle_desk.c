/* bundle_desk.c - see bundle_desk.h. */
#include "daemon/bundle_desk.h"

#include "base/log.h"
#include "daemon/bundle.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { AT_ONCE = 2 };

typedef struct asked {
    dcf_bundle_desk *desk;
    dcf_bundle_done *done;
    void *ctx;
    char key[128], operator_[128];
} asked;

static void refuse(dcf_bundle_done *done, void *ctx, int http, const char *error, const char *hint)
{
    done(ctx, &(dcf_bundle_reply){.http = http, .error = error, .hint = hint});
}

static bool go_on(void *self)
{
    return !atomic_load(&((dcf_bundle_desk *)self)->stop);
}

static void answer(const asked *a, dcf_status s, dcf_span bundle)
{
    dcf_log(DCF_LOG_INFO, "CASE_EXPORTED", "case", a->key, "operator", a->operator_, "status",
            dcf_status_name(s), "bytes", DCF_U64(bundle.size), NULL);
    if (dcf_ok(s))
        a->done(a->ctx, &(dcf_bundle_reply){.http = 200, .bundle = bundle});
    else if (dcf_is(s, DCF_E_NOT_FOUND))
        refuse(a->done, a->ctx, 404, "no such case",
               "check the URN; a case appears with its first message");
    else if (dcf_is(s, DCF_E_AGAIN))
        refuse(a->done, a->ctx, 409, "the case changed while it was gathered", "ask again");
    else if (dcf_is(s, DCF_E_LIMIT))
        refuse(a->done, a->ctx, 422, "the case is too large for one bundle",
               "read its records from dcf.submitted and dcf.audit");
    else
        refuse(a->done, a->ctx, 503, "Kafka could not be read", "look at dcfctl status");
}

static void *run(void *self)
{
    asked *a = self;
    dcf_bundle_desk *d = a->desk;
    DCF_CLEANUP(dcf_buf_fini) dcf_buf bundle = {0};
    const dcf_bundle_ask ask = {.kafka = d->kafka,
                                .names = &d->config->names,
                                .instance = d->config->instance,
                                .case_key = a->key,
                                .operator_ = a->operator_,
                                .go_on = go_on,
                                .self = d};
    dcf_status s = dcf_bundle_collect(&ask, &bundle);
    answer(a, s, dcf_buf_span(&bundle));
    free(a);
    atomic_fetch_sub(&d->running, 1);
    return NULL;
}

void dcf_bundle_desk_ask(dcf_bundle_desk *d, const char *key, const char *operator_,
                         dcf_bundle_done *done, void *ctx)
{
    pthread_t thread;
    asked *a = calloc(1, sizeof *a);
    if (!a || atomic_fetch_add(&d->running, 1) >= AT_ONCE) {
        if (a) atomic_fetch_sub(&d->running, 1);
        free(a);
        refuse(done, ctx, 503, "bundles are being gathered already", "ask again in a minute");
        return;
    }
    a->desk = d;
    a->done = done;
    a->ctx = ctx;
    snprintf(a->key, sizeof a->key, "%s", key);
    snprintf(a->operator_, sizeof a->operator_, "%s", operator_);
    if (pthread_create(&thread, NULL, run, a) == 0) {
        pthread_detach(thread);
        return;
    }
    free(a);
    atomic_fetch_sub(&d->running, 1);
    refuse(done, ctx, 503, "no thread for this", "ask again in a minute");
}

void dcf_bundle_desk_close(dcf_bundle_desk *d)
{
    atomic_store(&d->stop, true);
    while (atomic_load(&d->running) > 0) nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}
