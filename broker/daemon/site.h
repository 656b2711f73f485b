/*
 * site.h - everything one configuration decides, loaded and checked as a whole:
 * a reload makes a second one and swaps, so that a bad configuration changes nothing.
 * Thread rule: immutable after loading. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_SITE_H
#define DCF_DAEMON_SITE_H

#include "daemon/config.h"
#include "daemon/dialects.h"
#include "exchange/exchange.h"
#include "ledger/catalogue.h"
#include "ledger/criteria.h"

typedef struct dcf_site {
    dcf_config *config;
    dcf_dialects *dialects;
    dcf_forces *forces;
    dcf_exchange *exchange;
    dcf_catalogue *catalogue;
    dcf_criteria *criteria;
    dcf_buf token_key;
    dcf_buf version; /* of everything it decides by, for people: what a reload answers */
} dcf_site;

typedef struct dcf_site_ears { /* who hears of more than the first mistake; both may be NULL */
    void (*fault)(const char *file, const dcf_fault *fault); /* every one of a mapping */
    dcf_config_mistake *mistake;                             /* all others but the first */
} dcf_site_ears;

/* CONFIG with err naming file and line of the first mistake; ears may be NULL. The caller frees. */
DCF_RESULT dcf_site_load(const char *config_path, const dcf_site_ears *ears, dcf_site **ret,
                         dcf_yaml_error *err);
void dcf_site_free(dcf_site *s); /* accepts NULL */

#endif
