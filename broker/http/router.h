/*
 * router.h - which function answers which method and path. A pattern is a path
 * whose {segments} become parameters: "/v1/urns/{urn}/cases".
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_HTTP_ROUTER_H
#define DCF_HTTP_ROUTER_H

#include "http/server.h"

typedef struct dcf_http_route {
    const char *method, *pattern; /* borrowed */
    dcf_http_handler *handle;
} dcf_http_route;

/* Does path (as sent) fit pattern? An empty segment fits no {name}. */
bool dcf_http_match(const char *pattern, const char *path);

/* Calls the first route that fits, its parameters set; else answers 404, or 405 with Allow. Takes
 * r. */
void dcf_http_dispatch(const dcf_http_route *routes, size_t count, void *self, dcf_http_request *r);

#endif
