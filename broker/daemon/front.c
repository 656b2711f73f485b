/* front.c - see front.h. */
#include "daemon/front.h"

#include <signal.h>
#include <unistd.h>

void dcf_front_init(dcf_front *f)
{
    *f = (dcf_front){.roles = NULL};
    pthread_rwlock_init(&f->lock, NULL);
    pthread_mutex_init(&f->reload_lock, NULL);
}

void dcf_front_fini(dcf_front *f)
{
    pthread_rwlock_destroy(&f->lock);
    pthread_mutex_destroy(&f->reload_lock);
}

dcf_roles *dcf_front_swap(dcf_front *f, dcf_roles *roles)
{
    pthread_rwlock_wrlock(&f->lock);
    dcf_roles *before = f->roles;
    f->roles = roles;
    pthread_rwlock_unlock(&f->lock);
    return before;
}

/* --- what ops asks ------------------------------------------------------------------------- */

static void tell_roles(void *self, dcf_role_cb *cb, void *ctx)
{
    dcf_front *f = self;
    pthread_rwlock_rdlock(&f->lock);
    cb(ctx,
       &(dcf_role_info){
           .name = "daemon",
           .state = f->roles ? "running" : "connecting",
           .ok = f->roles != NULL,
           .reason = f->roles ? "" : "waits for Kafka, or loads its configuration: see the log"});
    if (f->roles) dcf_roles_tell(f->roles, f->watch, cb, ctx);
    pthread_rwlock_unlock(&f->lock);
    if (f->watch) dcf_watch_tell(f->watch, cb, ctx);
}

void dcf_front_queues(void *self, dcf_queue_cb *cb, void *ctx)
{
    dcf_front *f = self;
    pthread_rwlock_rdlock(&f->lock);
    if (f->roles) dcf_roles_queues(f->roles, cb, ctx);
    pthread_rwlock_unlock(&f->lock);
}

typedef struct deepened {
    dcf_watch *watch;
    dcf_queue_cb *cb;
    void *ctx;
} deepened;

static void deepen(void *ctx, const dcf_queue_info *seen)
{
    const deepened *to = ctx;
    dcf_queue_info info = *seen;
    info.depth = dcf_watch_depth(to->watch, seen->party, seen->depth);
    to->cb(to->ctx, &info);
}

/* With what lies on Kafka beyond the windows. */
static void tell_queues(void *self, dcf_queue_cb *cb, void *ctx)
{
    dcf_front *f = self;
    deepened to = {f->watch, cb, ctx};
    if (f->watch)
        dcf_front_queues(f, deepen, &to);
    else
        dcf_front_queues(f, cb, ctx);
}

static dcf_status tell_waiting(void *self, const char *party, size_t limit, dcf_waiting_cb *cb,
                               void *ctx)
{
    dcf_front *f = self;
    pthread_rwlock_rdlock(&f->lock);
    dcf_status s =
        f->roles ? dcf_roles_waiting(f->roles, party, limit, cb, ctx) : DCF_ERR(NOT_FOUND);
    pthread_rwlock_unlock(&f->lock);
    return s;
}

static void ask_held(void *self, const dcf_held_request *request, dcf_held_done *done, void *ctx)
{
    dcf_front *f = self;
    pthread_rwlock_rdlock(&f->lock);
    if (f->roles)
        dcf_held_desk_ask(dcf_roles_desk(f->roles), request, done, ctx);
    else
        done(ctx, &(dcf_held_reply){.http = 503,
                                    .error = "the daemon is not ready",
                                    .hint = "ask again in a moment"});
    pthread_rwlock_unlock(&f->lock);
}

/* The main thread reloads, as for SIGHUP, and answers. */
static void ask_reload(void *self, dcf_reload_done *done, void *ctx)
{
    dcf_front *f = self;
    pthread_mutex_lock(&f->reload_lock);
    bool taken = f->asker_count < DCF_RELOAD_ASKERS;
    if (taken) {
        f->askers[f->asker_count].done = done;
        f->askers[f->asker_count++].ctx = ctx;
    }
    pthread_mutex_unlock(&f->reload_lock);
    if (taken)
        kill(getpid(), SIGHUP);
    else
        done(ctx, &(dcf_reload_reply){.reason = "too many wait for a reload", .rules = ""});
}

static void ask_bundle(void *self, const char *case_key, const char *operator_,
                       dcf_bundle_done *done, void *ctx)
{
    dcf_front *f = self;
    dcf_bundle_desk_ask(&f->bundles, case_key, operator_, done, ctx);
}

static void tell_links(void *self, dcf_link_cb *cb, void *ctx)
{
    dcf_front *f = self;
    pthread_rwlock_rdlock(&f->lock);
    if (f->roles) dcf_roles_links(f->roles, cb, ctx);
    pthread_rwlock_unlock(&f->lock);
}

dcf_ops_provider dcf_front_provider(dcf_front *f)
{
    return (dcf_ops_provider){f,        tell_roles, tell_queues, tell_waiting,
                              ask_held, ask_reload, tell_links,  ask_bundle};
}

void dcf_front_reloaded(dcf_front *f, const dcf_reload_reply *reply)
{
    pthread_mutex_lock(&f->reload_lock);
    for (size_t i = 0; i < f->asker_count; i++) f->askers[i].done(f->askers[i].ctx, reply);
    f->asker_count = 0;
    pthread_mutex_unlock(&f->reload_lock);
}

/* --- what the gateway is sent ---------------------------------------------------------------- */

void dcf_front_request(void *self, dcf_http_request *req)
{
    dcf_front *f = self;
    static const dcf_http_header retry[] = {{"Retry-After", "2"}, {NULL, NULL}};
    pthread_rwlock_rdlock(&f->lock);
    if (f->roles)
        dcf_http_in_handle(dcf_roles_door(f->roles), req);
    else
        dcf_http_reply(req, 503, retry, "application/json",
                       dcf_span_str("{\"error\":\"not ready\"}\n"));
    pthread_rwlock_unlock(&f->lock);
}
