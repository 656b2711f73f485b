/*
 * replay.h - a case decided again from its bundle: every message and every look at what was due, in
 * order, by the rules of its day; and whether the events, outputs and state come out the same.
 *
 * Compared byte for byte: each audit event, with the digests of the records it put out, and the
 * state at the end. Left out: which daemon it was, and tokens made with a site's secret key.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_REPLAY_H
#define DCF_EXCHANGE_REPLAY_H

#include "dcf/v1/bundle.pb-c.h"
#include "exchange/exchange.h"

enum {
    DCF_REPLAY_FORMAT = 1,
    DCF_BUNDLE_SEAL = 2 + 32 /* bytes of the last field of a bundle: the digest of all before it */
};

typedef struct dcf_replay_report {
    bool same;
    size_t messages, ticks, events, versions; /* done so far; versions: rule sets */
    size_t undecided; /* messages without an event: held unread, or after the bundle's end */
    char where[512];  /* not same: the first difference, or what the bundle lacks */
} dcf_replay_report;

/*
 * folder: an empty one to unpack rules into; the caller removes it. sha256 as in
 * dcf_exchange_config. OK whether the same or not: see ret. CORRUPT, CONFIG (err filled), IO,
 * NOMEM.
 */
DCF_RESULT dcf_replay(const Dcf__V1__CaseBundle *bundle, const char *folder,
                      void (*sha256)(void *ctx, dcf_span bytes, uint8_t ret[32]), void *sha256_ctx,
                      dcf_replay_report *ret, dcf_yaml_error *err);

#endif
