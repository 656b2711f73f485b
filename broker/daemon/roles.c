/* roles.c - see roles.h. */
#include "daemon/roles.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "daemon/delivery_loop.h"
#include "daemon/exchange_loop.h"
#include "daemon/gateway.h"
#include "daemon/shadow_loop.h"
#include "daemon/spool_loop.h"

#include <stdio.h>
#include <stdlib.h>

struct dcf_roles {
    dcf_roles_config config;
    dcf_producer *producer;
    dcf_gateway *gateway;
    dcf_http_in *door;
    dcf_spool_loop *spools;
    dcf_shadow_loop *shadows;
    dcf_exchange_loop *exchange;
    dcf_delivery_loop **deliveries;
    size_t delivery_count;
    dcf_held_desk *desk;
    int64_t started_ms;
};

/* --- what became of a message, for its sender ------------------------------------------ */

static void write_status(void *self, const dcf_ledger_message *m)
{
    dcf_buf *out = self;
    char time[DCF_TIME_TEXT_SIZE];
    dcf_buf_addc(out, '{');
    dcf_json_pair(out, true, "messageId", m->message_id);
    dcf_json_pair(out, false, "status", dcf_message_status_text(m->status));
    dcf_json_pair(out, false, "type", m->type);
    dcf_json_pair(out, false, "case", m->case_key);
    dcf_json_pair(out, false, "destination", m->destination_party);
    dcf_json_pair(out, false, "since", dcf_time_format(m->last_ms, time));
    dcf_json_pair(out, false, "reason", m->last->reason);
    dcf_buf_adds(out, ",\"faults\":[");
    for (size_t i = 0; i < m->last->n_faults; i++) {
        const Dcf__V1__Fault *f = m->last->faults[i];
        dcf_buf_adds(out, i ? ",{" : "{");
        dcf_json_pair(out, true, "code", f->code);
        dcf_json_pair(out, false, "path", f->path);
        dcf_json_pair(out, false, "detail", f->detail);
        dcf_json_pair(out, false, "remedy", f->remedy);
        dcf_buf_addc(out, '}');
    }
    dcf_buf_adds(out, "]}\n");
}

static dcf_status message_status(dcf_roles *r, const char *message_id, dcf_buf *out)
{
    return dcf_ledger_message_get(r->config.ledger, message_id, write_status, out);
}

/* --- the door hands on to the gateway; both callbacks get the roles --------------------- */

static void arrive(void *self, dcf_arrival *arrival)
{
    dcf_gateway_arrive(((dcf_roles *)self)->gateway, arrival);
}

static const char *media_type(void *self, const dcf_link *link)
{
    return dcf_gateway_media_type(((dcf_roles *)self)->gateway, link);
}

static dcf_status door_status(void *self, const char *message_id, dcf_buf *out)
{
    return message_status(self, message_id, out);
}

/* --- starting ---------------------------------------------------------------------------- */

static dcf_status start_gateway(dcf_roles *r, dcf_yaml_error *err)
{
    const char *const outputs[] = {r->config.site->config->names.submitted};
    dcf_kafka_error kafka = {{0}};
    dcf_status s = dcf_producer_open(r->config.kafka, outputs, 1, &r->producer, &kafka);
    if (dcf_failed(s)) {
        snprintf(err->text, sizeof err->text, "Kafka producer: %.200s", kafka.text);
        return s;
    }
    dcf_gateway_config g = {.dialects = r->config.site->dialects,
                            .producer = r->producer,
                            .topic = outputs[0],
                            .measures = r->config.measures,
                            .message_memory = dcf_config_message_memory(r->config.site->config)};
    DCF_TRY(dcf_gateway_new(&g, &r->gateway));
    dcf_http_in_config h = {.parties = &r->config.site->config->parties,
                            .arrive = arrive,
                            .media_type = media_type,
                            .status = door_status,
                            .gateway = r};
    return dcf_http_in_new(&h, &r->door, err);
}

static dcf_status start_deliveries(dcf_roles *r, dcf_yaml_error *err)
{
    const dcf_parties *parties = &r->config.site->config->parties;
    r->deliveries = calloc(parties->count, sizeof(dcf_delivery_loop *));
    if (!r->deliveries) return DCF_ERR(NOMEM);
    for (size_t p = 0; p < parties->count; p++) {
        if (!dcf_party_out(&parties->items[p])) continue;
        dcf_delivery_config d = {.config = r->config.site->config,
                                 .kafka = r->config.kafka,
                                 .dialects = r->config.site->dialects,
                                 .party = &parties->items[p],
                                 .measures = r->config.measures};
        DCF_TRY(dcf_delivery_loop_start(&d, &r->deliveries[r->delivery_count], err));
        r->delivery_count++;
    }
    return DCF_OK;
}

static dcf_delivery_loop *delivery_to(const dcf_roles *r, const char *party)
{
    for (size_t i = 0; i < r->delivery_count; i++)
        if (strcmp(dcf_delivery_loop_party(r->deliveries[i]), party) == 0) return r->deliveries[i];
    return NULL;
}

static dcf_status hold_waiting(void *self, const char *party, const char *message_id,
                               const char *job)
{
    dcf_delivery_loop *d = delivery_to(self, party);
    return d ? dcf_delivery_loop_hold(d, message_id, job) : DCF_ERR(NOT_FOUND);
}

static dcf_status start_desk(dcf_roles *r)
{
    dcf_held_desk_config h = {.config = r->config.site->config,
                              .kafka = r->config.kafka,
                              .gateway = r->gateway,
                              .ledger = r->config.ledger,
                              .ledger_ready = r->config.ledger_ready,
                              .hold = hold_waiting,
                              .self = r};
    return dcf_held_desk_start(&h, &r->desk);
}

static dcf_status start(dcf_roles *r, dcf_yaml_error *err)
{
    const dcf_config *config = r->config.site->config;
    dcf_exchange_loop_config x = {.config = config,
                                  .kafka = r->config.kafka,
                                  .exchange = r->config.site->exchange,
                                  .store = r->config.store,
                                  .measures = r->config.measures};
    DCF_TRY(start_gateway(r, err));
    DCF_TRY(dcf_exchange_loop_start(&x, &r->exchange));
    DCF_TRY(start_deliveries(r, err));
    DCF_TRY(dcf_shadow_loop_start(r->config.site, r->producer, &r->shadows));
    DCF_TRY(start_desk(r));
    return dcf_spool_loop_start(config, arrive, r, &r->spools, err);
}

dcf_status dcf_roles_start(const dcf_roles_config *config, dcf_roles **ret, dcf_yaml_error *err)
{
    dcf_roles *r = calloc(1, sizeof *r);
    if (!r) return DCF_ERR(NOMEM);
    r->config = *config;
    r->started_ms = dcf_clock_ms();
    dcf_status s = start(r, err);
    if (dcf_failed(s))
        dcf_roles_stop(r);
    else
        *ret = r;
    return s;
}

/* Doors first: what is in hand gets Kafka's word, or the word that there is none. Then the loops
 * end after the transaction they are in. */
void dcf_roles_stop(dcf_roles *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->delivery_count; i++) dcf_delivery_loop_stop(r->deliveries[i]);
    if (r->exchange) dcf_exchange_loop_stop(r->exchange);
    dcf_held_desk_stop(r->desk);
    dcf_held_desk_join(r->desk);
    dcf_spool_loop_stop(r->spools);
    dcf_shadow_loop_stop(r->shadows);
    dcf_producer_close(r->producer,
                       (int)r->config.site->config->drain_ms); /* all is settled when it returns */
    dcf_spool_loop_free(r->spools);
    dcf_http_in_close(r->door, 1000);
    dcf_gateway_free(r->gateway);
    for (size_t i = 0; i < r->delivery_count; i++) dcf_delivery_loop_join(r->deliveries[i]);
    dcf_exchange_loop_join(r->exchange);
    free(r->deliveries);
    free(r);
}

/* --- looking in ---------------------------------------------------------------------------- */

dcf_http_in *dcf_roles_door(dcf_roles *r)
{
    return r->door;
}

dcf_held_desk *dcf_roles_desk(dcf_roles *r)
{
    return r->desk;
}

bool dcf_roles_alive(const dcf_roles *r, dcf_watch *watch)
{
    bool alive = dcf_watch_moves(watch, dcf_exchange_loop_beat(r->exchange)) &&
                 dcf_watch_moves(watch, dcf_spool_loop_beat(r->spools));
    for (size_t i = 0; i < r->delivery_count; i++)
        alive = alive && dcf_watch_moves(watch, dcf_delivery_loop_beat(r->deliveries[i]));
    return alive;
}

typedef struct listener {
    dcf_watch *watch;
    dcf_role_cb *cb;
    void *ctx;
} listener;

/* since: of the word running or connecting; a thread that is stuck is so since its last beat. */
static void tell_role(const listener *to, const char *name, int64_t beat, bool working,
                      int64_t since)
{
    bool ok = dcf_watch_moves(to->watch, beat);
    to->cb(
        to->ctx,
        &(dcf_role_info){
            .name = name,
            .state = !ok       ? "stuck"
                     : working ? "running"
                               : "connecting",
            .ok = ok,
            .since_ms = ok ? since : dcf_clock_ms() - (dcf_clock_mono_ms() - beat),
            .reason =
                ok ? "" : "its thread has not moved for three minutes: restart, and keep the log"});
}

void dcf_roles_tell(dcf_roles *r, dcf_watch *watch, dcf_role_cb *cb, void *ctx)
{
    const listener to = {watch, cb, ctx};
    tell_role(&to, "spools", dcf_spool_loop_beat(r->spools), true, r->started_ms);
    tell_role(&to, "exchange", dcf_exchange_loop_beat(r->exchange),
              dcf_exchange_loop_partitions(r->exchange) > 0, dcf_exchange_loop_since(r->exchange));
    for (size_t i = 0; i < r->delivery_count; i++) {
        char name[96];
        snprintf(name, sizeof name, "delivery %s", dcf_delivery_loop_party(r->deliveries[i]));
        tell_role(&to, name, dcf_delivery_loop_beat(r->deliveries[i]), true, r->started_ms);
    }
}

void dcf_roles_links(const dcf_roles *r, dcf_link_cb *cb, void *ctx)
{
    const dcf_parties *parties = &r->config.site->config->parties;
    for (size_t p = 0; p < parties->count; p++)
        for (size_t l = 0; l < parties->items[p].link_count; l++) {
            const dcf_link *link = &parties->items[p].links[l];
            cb(ctx, &(dcf_link_info){link->name, link->party->name, link->dialect, link->stage});
        }
}

void dcf_roles_queues(dcf_roles *r, dcf_queue_cb *cb, void *ctx)
{
    for (size_t i = 0; i < r->delivery_count; i++) {
        dcf_queue_info info;
        dcf_delivery_loop_explain(r->deliveries[i], &info, NULL, NULL, 0);
        cb(ctx, &info);
    }
}

dcf_status dcf_roles_waiting(dcf_roles *r, const char *party, size_t limit, dcf_waiting_cb *cb,
                             void *ctx)
{
    dcf_queue_info info;
    dcf_delivery_loop *d = delivery_to(r, party);
    if (!d) return DCF_ERR(NOT_FOUND);
    dcf_delivery_loop_explain(d, &info, cb, ctx, limit);
    return DCF_OK;
}
