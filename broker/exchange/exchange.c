/* exchange.c - making and freeing an exchange: its rules, read once and then only read. */
#include "exchange/run.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEEN = 1000, WAITING = 64, WAITING_BYTES = 512 * 1024 };

dcf_status dcf_exchange_new(const dcf_exchange_config *config, dcf_exchange **ret,
                            dcf_yaml_error *err)
{
    if (dcf_party_by_name(config->parties, DCF_BROKER_PARTY)) {
        if (err)
            snprintf(err->text, sizeof err->text, "no party may be called %s", DCF_BROKER_PARTY);
        return DCF_ERR(CONFIG);
    }
    dcf_exchange *x = calloc(1, sizeof *x);
    if (!x) return DCF_ERR(NOMEM);
    x->config = *config;
    if (!x->config.seen) x->config.seen = SEEN;
    if (!x->config.waiting) x->config.waiting = WAITING;
    if (!x->config.waiting_bytes) x->config.waiting_bytes = WAITING_BYTES;
    if (!x->config.instance) x->config.instance = "";
    dcf_status s = dcf_lifecycle_load(config->lifecycle, &x->lifecycle, err);
    if (dcf_ok(s) && config->checklists)
        s = dcf_checklists_load(config->checklists, &x->checklists, err);
    if (dcf_failed(s))
        dcf_exchange_free(x);
    else
        *ret = x;
    return s;
}

void dcf_exchange_free(dcf_exchange *x)
{
    if (!x) return;
    dcf_lifecycle_free(x->lifecycle);
    dcf_checklists_free(x->checklists);
    free(x);
}

const dcf_lifecycle *dcf_exchange_lifecycle(const dcf_exchange *x)
{
    return x->lifecycle;
}

const dcf_checklists *dcf_exchange_checklists(const dcf_exchange *x)
{
    return x->checklists;
}
