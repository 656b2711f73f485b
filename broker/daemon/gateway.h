/*
 * gateway.h - stage 1: native document to envelope to dcf.submitted, and only
 * then the word to its sender (design invariant 1).
 *
 * A document with errors goes to Kafka too, whole, as a Refusal: nothing that
 * came is lost, and its sender is told every fault.
 * Thread rule: dcf_gateway_arrive from any thread; verdicts come from Kafka's
 * delivery thread or, when nothing can be kept, at once. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_GATEWAY_H
#define DCF_DAEMON_GATEWAY_H

#include "daemon/dialects.h"
#include "daemon/measures.h"
#include "dcf/transport.h"
#include "kafka/producer.h"

typedef struct dcf_gateway dcf_gateway;

typedef struct dcf_gateway_config { /* all borrowed, all outlive the gateway */
    const dcf_dialects *dialects;
    dcf_producer *producer;
    const char *topic; /* of what is submitted */
    dcf_measures *measures;
    size_t message_memory; /* bytes of arena for one message */
} dcf_gateway_config;

DCF_RESULT dcf_gateway_new(const dcf_gateway_config *config, dcf_gateway **ret);
void dcf_gateway_free(dcf_gateway *g); /* nothing may be unsettled; accepts NULL */
/* A dcf_arrive_fn: settles exactly once. */
void dcf_gateway_arrive(void *gateway, dcf_arrival *arrival);
/*
 * Reads a document that was refused before, by the mapping of now. Appends the packed envelope, as
 * it would have been submitted; its settle is not called. FAULTY: it still has errors; the first
 * of them and how many in why.
 */
DCF_RESULT dcf_gateway_translate(dcf_gateway *g, const dcf_arrival *arrival, dcf_buf *ret_packed,
                                 char *why, size_t why_size);
/* The media type a link takes; NULL when its dialect is not loaded. */
const char *dcf_gateway_media_type(void *gateway, const dcf_link *link);

#endif
