/*
 * sender.h - posts letters to the gateways until each is accepted: several at a time, each again
 * with the same bytes when the answer is unknown, at the next gateway. What is sent, and in which
 * order, the source says.
 * Thread rule: a sender belongs to one thread, which sender_run takes over.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_CHAOS_SENDER_H
#define DCF_CHAOS_SENDER_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stdint.h>

enum { SENDER_GATEWAYS_MAX = 16, SENDER_SLOTS_MAX = 1024 };

typedef struct letter {
    size_t of_case, number;
} letter;

/* All run on the sender's thread. */
typedef struct sender_source {
    void *self;
    /* The letter to send after the one that was accepted (NULL: a slot is free); false: none now.
     */
    bool (*next)(void *self, const letter *accepted, letter *ret);
    void (*write)(const letter *l, dcf_buf *out);
    void (*accepted)(void *self, const letter *l);
} sender_source;

typedef struct sender_config {
    const char *const *gateways; /* "http://127.0.0.1:8071"; borrowed */
    size_t gateway_count;
    const char *link;  /* of the gateway: "essex-pole" */
    const char *token; /* bearer token of the gateways */
    const char *content_type;
    size_t slots;
    unsigned rate; /* letters a second; 0: as fast as it goes */
    unsigned timeout_ms;
    sender_source source;
    const atomic_bool *stop;
} sender_config;

typedef struct sender_counts { /* read from any thread */
    atomic_size_t sent, accepted, again, refused;
} sender_counts;

/* Sends until *stop. A refusal (any answer of 400 to 499 but 408, 425 and 429) is counted, and the
 * letter tried again after a second. */
void sender_run(const sender_config *config, sender_counts *counts);

#endif
