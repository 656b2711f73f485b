/* sender.c - see sender.h. */
#include "sender.h"

#include "base/clock.h"
#include "http/client.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct sender sender;

typedef struct slot {
    sender *of;
    letter l;
    dcf_buf body;
    size_t gateway; /* where it goes next */
    int64_t not_before_ms;
    bool full, in_flight, was_accepted;
} slot;

struct sender {
    const sender_config *config;
    sender_counts *counts;
    dcf_http_client *client;
    slot slots[SENDER_SLOTS_MAX];
    size_t next_gateway;
};

static void answered(void *opaque, const dcf_http_answer *answer)
{
    slot *s = opaque;
    int status = dcf_http_answer_status(answer);
    s->in_flight = false;
    if (status == 202) {
        s->of->config->source.accepted(s->of->config->source.self, &s->l);
        atomic_fetch_add(&s->of->counts->accepted, 1);
        s->full = false;
        s->was_accepted = true;
        return;
    }
    bool refused = status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
    atomic_fetch_add(refused ? &s->of->counts->refused : &s->of->counts->again, 1);
    s->gateway = (s->gateway + 1) % s->of->config->gateway_count;
    s->not_before_ms = dcf_clock_mono_ms() + (refused ? 1000 : 100);
}

static void post(slot *s)
{
    const sender_config *c = s->of->config;
    char url[256], bearer[128];
    snprintf(bearer, sizeof bearer, "Bearer %s", c->token);
    snprintf(url, sizeof url, "%s/v1/links/%s/messages", c->gateways[s->gateway], c->link);
    const dcf_http_header headers[] = {
        {"Content-Type", c->content_type}, {"Authorization", bearer}, {NULL, NULL}};
    dcf_http_call call = {.method = "POST",
                          .url = url,
                          .headers = headers,
                          .body = dcf_buf_span(&s->body),
                          .timeout_ms = c->timeout_ms};
    s->in_flight = dcf_ok(dcf_http_client_start(s->of->client, &call, answered, s));
    if (s->in_flight) atomic_fetch_add(&s->of->counts->sent, 1);
}

static void refill(slot *s)
{
    const sender_source *source = &s->of->config->source;
    letter before = s->l;
    if (!source->next(source->self, s->was_accepted ? &before : NULL, &s->l)) {
        s->was_accepted = false;
        return;
    }
    s->full = true;
    s->was_accepted = false;
    s->gateway = s->of->next_gateway++ % s->of->config->gateway_count;
    dcf_buf_clear(&s->body);
    source->write(&s->l, &s->body);
}

void sender_run(const sender_config *config, sender_counts *counts)
{
    sender *s = calloc(1, sizeof *s);
    dcf_http_client_config http = {.connect_ms = 2000,
                                   .timeout_ms = config->timeout_ms,
                                   .max_connections = (unsigned)config->slots};
    if (!s || dcf_failed(dcf_http_client_open(&http, &s->client))) abort();
    s->config = config;
    s->counts = counts;
    int64_t began = dcf_clock_mono_ms();
    uint64_t started = 0;
    for (size_t i = 0; i < config->slots; i++) s->slots[i].of = s;
    while (!atomic_load(config->stop)) {
        int64_t now = dcf_clock_mono_ms();
        uint64_t may =
            config->rate ? (uint64_t)(now - began) * config->rate / 1000 + 1 : UINT64_MAX;
        for (size_t i = 0; i < config->slots; i++) {
            slot *x = &s->slots[i];
            if (!x->full && started < may) {
                refill(x);
                if (x->full) started++;
            }
            if (x->full && !x->in_flight && x->not_before_ms <= now) post(x);
        }
        (void)dcf_http_client_poll(s->client, 5);
    }
    dcf_http_client_close(s->client);
    for (size_t i = 0; i < config->slots; i++) dcf_buf_fini(&s->slots[i].body);
    free(s);
}
