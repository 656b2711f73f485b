/* check.c - see check.h. */
#include "daemon/check.h"

#include "base/clock.h"

#include "daemon/site.h"
#include "http/client.h"
#include "kafka/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int bad;

__attribute__((format(printf, 2, 3))) static void say(bool ok, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    printf("%s  ", ok ? "ok " : "BAD");
    vprintf(fmt, ap);
    printf("\n");
    va_end(ap);
    bad += !ok;
}

static void report(const char *file, const dcf_fault *f)
{
    say(f->severity != DCF_SEVERITY_ERROR, "%s:%u:%u: %s", file, f->line, f->column, f->detail);
}

static void mistake(const char *text)
{
    say(false, "%s", text);
}

static void check_tls(const dcf_config *c, const char *what, const dcf_listener *l)
{
    dcf_tls *tls = NULL;
    dcf_tls_error err = {{0}};
    if (!l->tls.cert) return;
    dcf_status s = dcf_tls_open(DCF_TLS_SERVER, &l->tls, &tls, &err);
    say(dcf_ok(s), "%s: %s: TLS %s", c->path, what,
        dcf_ok(s) ? "certificate and key fit" : err.text);
    dcf_tls_free(tls);
}

static void check_file(const dcf_config *c, const dcf_link *l, const char *what, const char *path)
{
    if (path)
        say(access(path, R_OK) == 0, "%s:%u: link %s: %s %s", c->path, l->line, l->name, what,
            path);
}

static void check_folder(const dcf_config *c, const dcf_link *l, const char *folder)
{
    struct stat st;
    bool there = stat(folder, &st) == 0;
    bool usable = there ? S_ISDIR(st.st_mode) && access(folder, W_OK | X_OK) == 0 : true;
    say(usable, "%s:%u: link %s: folder %s%s", c->path, l->line, l->name, folder,
        !there   ? " (will be made)"
        : usable ? ""
                 : " cannot be written");
}

static void check_receiver(const dcf_config *c, const dcf_link *l)
{
    dcf_http_client_config hc = {
        .ca = l->out.ca_file, .cert = l->out.cert_file, .key = l->out.key_file};
    dcf_http_client *client = NULL;
    if (dcf_failed(dcf_http_client_open(&hc, &client))) {
        say(false, "%s:%u: link %s: certificate and key", c->path, l->line, l->name);
        return;
    }
    dcf_http_call call = {.method = "GET", .url = l->out.url, .timeout_ms = 5000};
    dcf_http_result result = {0};
    dcf_status s = dcf_http_fetch(client, &call, &result);
    say(dcf_ok(s), "%s:%u: link %s: %s %s", c->path, l->line, l->name, l->out.url,
        dcf_ok(s) ? "answers" : dcf_http_trouble_name(result.trouble));
    dcf_buf_fini(&result.body);
    dcf_http_client_close(client);
}

static void check_way(const dcf_config *c, const dcf_link *l, const dcf_way *w, bool out,
                      bool reach)
{
    check_file(c, l, "token_file", w->token_file);
    check_file(c, l, "ca_file", w->ca_file);
    check_file(c, l, "cert_file", w->cert_file);
    check_file(c, l, "key_file", w->key_file);
    if (w->transport == DCF_TRANSPORT_SPOOL) check_folder(c, l, w->folder);
    if (w->transport == DCF_TRANSPORT_HTTP && out && reach) check_receiver(c, l);
}

static void check_links(const dcf_config *c, bool reach)
{
    for (size_t p = 0; p < c->parties.count; p++)
        for (size_t l = 0; l < c->parties.items[p].link_count; l++) {
            const dcf_link *link = &c->parties.items[p].links[l];
            if (link->has_in) check_way(c, link, &link->in, false, reach);
            if (link->has_out) check_way(c, link, &link->out, true, reach);
        }
}

static void check_kafka(const dcf_config *c)
{
    dcf_kafka_error err = {{0}};
    int brokers = 0;
    dcf_status s = dcf_kafka_probe(&c->kafka, 5000, &brokers, &err);
    if (dcf_ok(s))
        say(true, "Kafka %s: %d brokers", c->kafka.bootstrap, brokers);
    else
        say(false, "Kafka %s: %s", c->kafka.bootstrap, err.text[0] ? err.text : dcf_status_text(s));
}

/* Working days can be counted a while ahead, or the calendar's next year is to be added. */
static void check_calendar(const dcf_site *site)
{
    enum { AHEAD = 60 };
    const dcf_holidays *h = dcf_exchange_holidays(site->exchange);
    char last[DCF_DAY_TEXT_SIZE];
    if (!h || !site->config->clocks) return;
    bool enough = dcf_holidays_last(h) >= dcf_day_at(dcf_clock_ms()) + AHEAD;
    say(enough, "%s: bank holidays known until %s%s", site->config->holidays,
        dcf_day_format(dcf_holidays_last(h), last), enough ? "" : "; add the next year's");
}

bool dcf_check(const char *config_path, bool reach)
{
    dcf_yaml_error err = {{0}};
    dcf_site *site = NULL;
    bad = 0;
    const dcf_site_ears ears = {report, mistake};
    dcf_status s = dcf_site_load(config_path, &ears, &site, &err);
    if (dcf_failed(s)) {
        if (err.text[0] || !bad) say(false, "%s", err.text[0] ? err.text : dcf_status_text(s));
        return false;
    }
    const dcf_config *c = site->config;
    say(true, "%s: %zu parties; rules %s", config_path, c->parties.count,
        dcf_exchange_rules_version(site->exchange));
    check_calendar(site);
    check_tls(c, "ops", &c->ops);
    check_tls(c, "gateway", &c->gateway);
    check_links(c, reach);
    if (reach) check_kafka(c);
    dcf_site_free(site);
    return bad == 0;
}
