/*
 * http_in.h - documents posted over HTTP as arrivals.
 *
 *   POST /v1/links/{link}/messages   the native document; Content-Type is the dialect's
 *     202 {"messageId","status":"/v1/messages/…","faults":[warnings]}   only after Kafka has it
 *     400 empty   401 token   404 address   413 too large   415 media type   422 every fault, coded
 *     429 window full, Retry-After   503 Kafka away, Retry-After
 *   GET /v1/messages/{id}            what became of it, for the link that sent it
 *
 * A sender that got no answer posts again with the same id: the exchange knows it.
 * Thread rule: handle on the server's thread; settling from any. SPDX-License-Identifier: MIT
 */
#ifndef DCF_HTTP_IN_H
#define DCF_HTTP_IN_H

#include "base/buf.h"
#include "dcf/transport.h"
#include "http/server.h"
#include "model/party.h"

typedef struct dcf_http_in dcf_http_in;

typedef struct dcf_http_in_config {
    const dcf_parties *parties; /* outlives */
    dcf_arrive_fn *arrive;
    /* media type of a link's dialect ("application/xml"); NULL when the link's dialect is unknown
     */
    const char *(*media_type)(void *gateway, const dcf_link *link);
    /* appends the JSON status of a message; NOT_FOUND when unknown. May be NULL: then 404. */
    dcf_status (*status)(void *gateway, const char *message_id, dcf_buf *out);
    void *gateway;
} dcf_http_in_config;

/* Reads the links' token files now. CONFIG with err naming the file that cannot be read. */
DCF_RESULT dcf_http_in_new(const dcf_http_in_config *config, dcf_http_in **ret,
                           dcf_yaml_error *err);
/* Answers (now or later) and takes the request. */
void dcf_http_in_handle(dcf_http_in *in, dcf_http_request *req);
/* Waits for what is unsettled, at most timeout_ms, and frees. Accepts NULL. */
void dcf_http_in_close(dcf_http_in *in, uint64_t timeout_ms);

#endif
