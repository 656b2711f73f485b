/* exchange.c - making and freeing an exchange: its rules, read once and then only read. */
#include "exchange/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN = 1000, WAITING = 64, WAITING_BYTES = 512 * 1024, RULES_MEMORY = 64 << 20 };

static dcf_status load_files(dcf_exchange *x, dcf_yaml_error *err)
{
    DCF_TRY(dcf_lifecycle_load(x->config.lifecycle, &x->lifecycle, err));
    if (x->config.checklists)
        DCF_TRY(dcf_checklists_load(x->config.checklists, &x->checklists, err));
    if (x->config.holidays) DCF_TRY(dcf_holidays_load(x->config.holidays, &x->holidays, err));
    if (x->config.clocks)
        DCF_TRY(dcf_clocks_load(x->config.clocks, x->lifecycle, x->holidays, &x->clocks, err));
    DCF_TRY(dcf_policies_load(x->config.policies, &x->policies, err));
    return dcf_tools_load(x->config.redaction_tools, &x->tools, err);
}

/* Read before and after: what decides is what the version says. */
static dcf_status load_rules(dcf_exchange *x, dcf_yaml_error *err)
{
    Dcf__V1__RuleSet *before = NULL;
    dcf_status early = dcf_rule_set_read(&x->config, &x->arena, &before);
    DCF_TRY(load_files(x, err)); /* which says what is wrong with a file */
    DCF_TRY(early);
    DCF_TRY(dcf_rule_set_read(&x->config, &x->arena, &x->rules));
    if (strcmp(before->version, x->rules->version) == 0) return DCF_OK;
    if (err) snprintf(err->text, sizeof err->text, "a rule file changed while it was read");
    return DCF_ERR(CONFIG);
}

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
    dcf_arena_init(&x->arena, RULES_MEMORY);
    dcf_status s = load_rules(x, err);
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
    dcf_clocks_free(x->clocks);
    dcf_holidays_free(x->holidays);
    dcf_policies_free(x->policies);
    dcf_tools_free(x->tools);
    dcf_arena_fini(&x->arena);
    free(x);
}

const dcf_lifecycle *dcf_exchange_lifecycle(const dcf_exchange *x)
{
    return x->lifecycle;
}

const dcf_holidays *dcf_exchange_holidays(const dcf_exchange *x)
{
    return x->holidays;
}

const char *dcf_exchange_rules_version(const dcf_exchange *x)
{
    return x->rules->version;
}

const Dcf__V1__RuleSet *dcf_exchange_rules(const dcf_exchange *x)
{
    return x->rules;
}
