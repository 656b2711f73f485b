/*
 * daemon.c - see daemon.h.
 *
 * The main thread only waits for signals and looks after the others. What does not
 * change with a reload (listeners, Kafka, ledger, store) lives here, and lives on the
 * first configuration, which stays to the end; what a configuration decides lives in
 * a site and its roles, which a reload replaces.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/bundle.h"
#include "daemon/front.h"
#include "daemon/notify.h"
#include "kafka/embedded.h"
#include "kafka/topics.h"
#include "ledger/follow.h"
#include "ledger/measure.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STORE_BYTES_LOG2 = 34, LOOK_MS = 500, TOPICS_MAX = 512, RELOAD_WHY = 320 };

typedef struct daemon_state {
    dcf_daemon_options options;
    sigset_t signals;
    dcf_site *first; /* what lives here borrows from it */
    dcf_site *site;  /* what runs; often the same */
    dcf_kafka_conf kafka;
    dcf_embedded *embedded;
    dcf_measures *measures;
    dcf_store *store;
    dcf_ledger *ledger;
    dcf_ledger_follower follower;
    pthread_t follower_thread;
    bool following;
    dcf_ops *ops;
    dcf_tls *ops_tls, *gateway_tls;
    dcf_http_server *gateway;
    dcf_front front;
} daemon_state;

/* They are out of everybody's reach before they end, which takes its time. */
static void stop_roles(daemon_state *d)
{
    dcf_roles_stop(dcf_front_swap(&d->front, NULL));
}

/* --- starting -------------------------------------------------------------------------------- */

static void complain(const char *what, const char *text)
{
    dcf_log(DCF_LOG_ERROR, what, "reason", text, NULL);
}

static dcf_status make_folder(const char *path)
{
    char part[4096];
    snprintf(part, sizeof part, "%s", path);
    for (char *c = part + 1; *c; c++)
        if (*c == '/') {
            *c = 0;
            if (mkdir(part, 0750) != 0 && errno != EEXIST) return DCF_ERR(IO);
            *c = '/';
        }
    return mkdir(part, 0750) != 0 && errno != EEXIST ? DCF_ERR(IO) : DCF_OK;
}

static dcf_status open_data(daemon_state *d)
{
    char path[4200];
    const char *data = d->site->config->data;
    DCF_TRY(make_folder(data));
    snprintf(path, sizeof path, "%s/state", data);
    DCF_TRY(dcf_store_open(path, (size_t)1 << STORE_BYTES_LOG2, &d->store));
    snprintf(path, sizeof path, "%s/ledger.db", data);
    if (d->embedded) (void)remove(path); /* its Kafka begins empty, so does its ledger */
    return dcf_ledger_open(path, &d->ledger);
}

static dcf_status open_tls(const dcf_listener *l, dcf_tls **ret)
{
    dcf_tls_error err = {{0}};
    if (!l->tls.cert) return DCF_OK;
    dcf_status s = dcf_tls_open(DCF_TLS_SERVER, &l->tls, ret, &err);
    if (dcf_failed(s)) complain("TLS", err.text);
    return s;
}

/* Why a server does not listen, by what dcf_http_server_open may say. */
static void tell_listen(const char *event, const char *address, dcf_status s)
{
    const char *why = dcf_is(s, DCF_E_CONFIG)
                          ? "no address of this machine, or its token file cannot be read"
                      : dcf_is(s, DCF_E_UNAVAILABLE) ? "taken by another process, or not allowed"
                                                     : dcf_status_text(s);
    dcf_log(DCF_LOG_ERROR, event, "address", address, "status", dcf_status_name(s), "reason", why,
            NULL);
}

static dcf_status open_ops(daemon_state *d)
{
    const dcf_config *c = d->site->config;
    DCF_TRY(open_tls(&c->ops, &d->ops_tls));
    dcf_ops_config ops = {.listen = c->ops.listen,
                          .tls = d->ops_tls,
                          .token_file = c->ops.token_file,
                          .operators_file = c->ops.operators_file,
                          .instance = c->instance,
                          .embedded = d->embedded != NULL,
                          .ledger = d->ledger,
                          .metrics = d->measures,
                          .provider = dcf_front_provider(&d->front)};
    dcf_status s = dcf_ops_open(&ops, &d->ops);
    if (dcf_failed(s)) tell_listen("OPS_LISTEN", c->ops.listen, s);
    return s;
}

static dcf_status open_gateway(daemon_state *d)
{
    const dcf_config *c = d->site->config;
    DCF_TRY(open_tls(&c->gateway, &d->gateway_tls));
    dcf_http_config http = {.listen = c->gateway.listen,
                            .tls = d->gateway_tls,
                            .limits = {.max_body = (size_t)c->max_message_bytes / 2},
                            .handler = dcf_front_request,
                            .self = &d->front};
    dcf_status s = dcf_http_server_open(&http, &d->gateway);
    if (dcf_failed(s)) tell_listen("GATEWAY_LISTEN", c->gateway.listen, s);
    return s;
}

static dcf_status start_embedded(daemon_state *d)
{
    if (!d->options.embedded) return DCF_OK;
    DCF_TRY(dcf_embedded_start(1, &d->embedded));
    d->kafka.bootstrap = dcf_embedded_bootstrap(d->embedded);
    d->kafka.properties = NULL;
    dcf_log(DCF_LOG_WARN, "EMBEDDED", "reason",
            "in-process Kafka: nothing is kept, transactions have no effect, no guarantee holds",
            "bootstrap", d->kafka.bootstrap, NULL);
    return DCF_OK;
}

static dcf_status ensure_topics(daemon_state *d, const dcf_config *c, dcf_kafka_error *err)
{
    static char deliver[TOPICS_MAX][160];
    int n = (int)c->partitions;
    int64_t most = (int64_t)c->max_message_bytes;
    dcf_topic_spec specs[TOPICS_MAX] = {
        {c->names.submitted, n, false, most, -1}, {c->names.state, n, true, most, -1},
        {c->names.held, n, false, most, -1},      {c->names.audit, n, false, most, -1},
        {c->names.job, 1, true, most, -1},        {c->names.rules, 1, true, most, -1}};
    size_t count = 6;
    for (size_t i = 0; i < 2 * c->parties.count && count < TOPICS_MAX; i++, count++) {
        dcf_config_deliver_topic(c, c->parties.items[i / 2].name, i % 2, deliver[count]);
        specs[count] = (dcf_topic_spec){deliver[count], n, false, most, -1};
    }
    return dcf_topics_ensure(&d->kafka, d->embedded, specs, count, 10000, err);
}

static bool told_to_end(int sig)
{
    return sig == SIGTERM || sig == SIGINT;
}

/* False when a signal to end came meanwhile. Kafka may come up after us: wait for it, and say so.
 */
static bool wait_for_kafka(daemon_state *d)
{
    dcf_kafka_error err = {{0}};
    while (dcf_failed(ensure_topics(d, d->site->config, &err))) {
        complain("KAFKA_NOT_READY", err.text);
        dcf_notify("STATUS=waiting for Kafka");
        dcf_notify("WATCHDOG=1");
        struct timespec second = {.tv_sec = 1};
        if (told_to_end(sigtimedwait(&d->signals, NULL, &second))) return false;
    }
    return true;
}

static dcf_status start_roles(daemon_state *d, const dcf_site *site)
{
    dcf_yaml_error err = {{0}};
    dcf_roles *roles = NULL;
    dcf_status published =
        dcf_rules_publish(&d->kafka, site->config->names.rules, dcf_exchange_rules(site->exchange));
    if (dcf_failed(published)) { /* what they decide could not be decided again */
        complain("RULES_NOT_KEPT", dcf_status_text(published));
        return published;
    }
    dcf_roles_config r = {.site = site,
                          .kafka = &d->kafka,
                          .store = d->store,
                          .ledger = d->ledger,
                          .ledger_ready = &d->follower.caught_up,
                          .measures = d->measures};
    dcf_status s = dcf_roles_start(&r, &roles, &err);
    if (dcf_failed(s)) {
        complain("ROLES_NOT_STARTED", err.text[0] ? err.text : dcf_status_text(s));
        return s;
    }
    dcf_front_swap(&d->front, roles);
    return DCF_OK;
}

static void stop_following(daemon_state *d)
{
    if (!d->following) return;
    atomic_store(&d->follower.stop, true);
    pthread_join(d->follower_thread, NULL);
    d->following = false;
}

static dcf_status start_following(daemon_state *d)
{
    atomic_store(&d->follower.stop, false);
    d->follower.ledger = d->ledger;
    d->follower.kafka = &d->kafka;
    d->follower.audit = d->first->config->names.audit;
    d->follower.held = d->first->config->names.held;
    if (pthread_create(&d->follower_thread, NULL, dcf_ledger_follow, &d->follower) != 0)
        return DCF_ERR(NOMEM);
    d->following = true;
    return DCF_OK;
}

/* From now on the ledger measures and ops answers by this site's figures and stages. */
static dcf_status take_up(daemon_state *d, const dcf_site *site)
{
    stop_following(d); /* one writes to the ledger at a time */
    DCF_TRY(dcf_ledger_measure(d->ledger, site->catalogue));
    dcf_ops_take_up(d->ops, site->catalogue, site->criteria);
    dcf_measure_rules(d->measures, dcf_exchange_rules_version(site->exchange));
    return DCF_OK;
}

static const char *running(const daemon_state *d)
{
    return dcf_buf_cstr(&d->site->version);
}

/* *ret_ended: told to end while it waited for Kafka. */
static dcf_status start(daemon_state *d, bool *ret_ended)
{
    d->kafka = d->site->config->kafka;
    DCF_TRY(start_embedded(d));
    DCF_TRY(open_data(d));
    DCF_TRY(dcf_measures_open(&d->measures));
    d->front.bundles.kafka = &d->kafka;
    d->front.bundles.config = d->first->config;
    DCF_TRY(open_ops(d));
    DCF_TRY(take_up(d, d->site));
    DCF_TRY(open_gateway(d));
    *ret_ended = !wait_for_kafka(d);
    if (*ret_ended) return DCF_OK;
    DCF_TRY(start_following(d));
    const dcf_watch_config w = {.config = d->first->config,
                                .kafka = &d->kafka,
                                .self = &d->front,
                                .queues = dcf_front_queues};
    dcf_watch *watch = NULL;
    DCF_TRY(dcf_watch_start(&w, &watch));
    atomic_store(&d->front.watch, watch);
    return start_roles(d, d->site);
}

/* --- reloading -------------------------------------------------------------------------------- */

static void retire(daemon_state *d, dcf_site *site)
{
    if (site != d->first) dcf_site_free(site);
}

static bool goes_by(daemon_state *d, const dcf_site *site)
{
    return dcf_ok(take_up(d, site)) && dcf_ok(start_following(d)) && dcf_ok(start_roles(d, site));
}

/* False: the site is loaded whole, yet does not start (a folder, a token), and the old one goes on.
 */
static bool swap_site(daemon_state *d, dcf_site *next)
{
    dcf_kafka_error err = {{0}};
    if (dcf_failed(ensure_topics(d, next->config, &err))) {
        complain("KAFKA_NOT_READY", err.text);
        retire(d, next);
        return false;
    }
    stop_roles(d);
    if (goes_by(d, next)) {
        retire(d, d->site);
        d->site = next;
        return true;
    }
    const bool back = goes_by(d, d->site);
    retire(d, next);
    if (!back) kill(getpid(), SIGTERM); /* nothing runs: let it be seen */
    return false;
}

/* Certificates are read again whatever becomes of the rest; one that cannot be read changes
 * nothing.
 */
static void renew_certificates(const daemon_state *d)
{
    const struct {
        const char *name;
        dcf_tls *tls;
        const dcf_listener *listener;
    } all[] = {{"ops", d->ops_tls, &d->first->config->ops},
               {"gateway", d->gateway_tls, &d->first->config->gateway}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        dcf_tls_error err = {{0}};
        if (all[i].tls && dcf_failed(dcf_tls_renew(all[i].tls, &all[i].listener->tls, &err)))
            dcf_log(DCF_LOG_ERROR, "CERTIFICATE_NOT_RENEWED", "listener", all[i].name, "reason",
                    err.text, NULL);
    }
}

/* "" when the new configuration runs; else why the old one does. */
static const char *reload_site(daemon_state *d, char why[RELOAD_WHY])
{
    dcf_yaml_error err = {{0}};
    dcf_site *next = NULL;
    dcf_status s = dcf_site_load(d->options.config_path, NULL, &next, &err);
    const char *fixed = dcf_ok(s) ? dcf_config_needs_restart(d->first->config, next->config) : NULL;
    if (dcf_failed(s)) {
        snprintf(why, RELOAD_WHY, "%s", err.text[0] ? err.text : dcf_status_text(s));
    } else if (fixed) {
        snprintf(why, RELOAD_WHY, "%s changes only with a restart", fixed);
        dcf_site_free(next);
    } else if (!swap_site(d, next)) {
        snprintf(why, RELOAD_WHY, "it does not start: see the log");
    }
    return why;
}

static void reload(daemon_state *d)
{
    char state[64], why[RELOAD_WHY] = "";
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
             dcf_clock_mono_ms() * 1000);
    dcf_notify(state);
    renew_certificates(d);
    bool done = !*reload_site(d, why);
    dcf_log(done ? DCF_LOG_INFO : DCF_LOG_ERROR, done ? "RELOADED" : "RELOAD_REFUSED", "config",
            d->options.config_path, "running", running(d), "reason", why, NULL);
    dcf_front_reloaded(&d->front, &(dcf_reload_reply){done, why, running(d)});
    dcf_notify("READY=1");
}

/* --- running ------------------------------------------------------------------------------------
 */

static void look_after(daemon_state *d)
{
    static int64_t fed;
    int64_t now = dcf_clock_mono_ms();
    uint64_t every = dcf_notify_watchdog_ms();
    if (!every || !d->front.roles || now - fed < (int64_t)every) return;
    if (dcf_roles_alive(d->front.roles, d->front.watch)) dcf_notify("WATCHDOG=1");
    fed = now;
}

static void run(daemon_state *d)
{
    for (;;) {
        struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
        int sig = sigtimedwait(&d->signals, NULL, &look);
        if (told_to_end(sig)) return;
        if (sig == SIGHUP) reload(d);
        look_after(d);
    }
}

static void stop(daemon_state *d)
{
    dcf_notify("STOPPING=1");
    stop_roles(d);
    dcf_http_server_close(d->gateway, 2000);
    stop_following(d);
    dcf_front_reloaded(&d->front, &(dcf_reload_reply){.reason = "the daemon ends", .rules = ""});
    dcf_bundle_desk_close(&d->front.bundles);
    dcf_ops_close(d->ops);
    dcf_watch_stop(d->front.watch);
    dcf_ledger_close(d->ledger);
    dcf_store_close(d->store);
    dcf_metrics_close(d->measures);
    dcf_tls_free(d->gateway_tls);
    dcf_tls_free(d->ops_tls);
    dcf_embedded_stop(d->embedded);
}

static void print_mistake(const char *text)
{
    fprintf(stderr, "dcfd: %s\n", text);
}

static void print_fault(const char *file, const dcf_fault *f)
{
    fprintf(stderr, "%s:%u:%u: %s\n", file, f->line, f->column, f->detail);
}

dcf_status dcf_daemon_run(const dcf_daemon_options *options)
{
    daemon_state d = {.options = *options};
    dcf_yaml_error err = {{0}};
    const dcf_site_ears ears = {print_fault, print_mistake};
    dcf_front_init(&d.front);
    sigemptyset(&d.signals);
    sigaddset(&d.signals, SIGTERM);
    sigaddset(&d.signals, SIGINT);
    sigaddset(&d.signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &d.signals, NULL); /* before any thread: they all inherit it */
    dcf_status s = dcf_site_load(options->config_path, &ears, &d.site, &err);
    if (dcf_failed(s)) {
        fprintf(stderr, "dcfd: %s\n", err.text[0] ? err.text : dcf_status_text(s));
        return DCF_ERR(CONFIG);
    }
    d.first = d.site;
    bool ended = false;
    s = start(&d, &ended);
    if (dcf_ok(s) && !ended) {
        dcf_log(DCF_LOG_INFO, "READY", "instance", d.site->config->instance, "kafka",
                d.kafka.bootstrap, "gateway", d.site->config->gateway.listen, "ops",
                d.site->config->ops.listen, "rules", running(&d), NULL);
        dcf_notify("READY=1\nSTATUS=running");
        run(&d);
        dcf_log(DCF_LOG_INFO, "DRAINING", NULL);
    }
    stop(&d);
    retire(&d, d.site);
    dcf_site_free(d.first);
    dcf_front_fini(&d.front);
    dcf_log(DCF_LOG_INFO, "ENDED", "status", dcf_status_name(s), NULL);
    return s;
}
