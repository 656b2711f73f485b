/* bundle.c - /v1/cases/{urn}/bundle: all that a case was made of, for operators who may see bodies.
 */
#include "ops/internal.h"

static void bundled(void *ctx, const dcf_bundle_reply *reply)
{
    static const dcf_http_header headers[] = {
        {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}, {NULL, NULL}};
    if (reply->http == 200)
        dcf_http_reply(ctx, 200, headers, "application/protobuf", reply->bundle);
    else
        ops_error(ctx, reply->http, reply->error, reply->hint);
}

void ops_case_bundle(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    char who[OPS_OPERATOR_SIZE];
    dcf_urn urn;
    const char *key = ops_case_key(r, &urn);
    if (!ops_sees_bodies(o, r, who)) return;
    if (o->config.provider.bundle)
        o->config.provider.bundle(o->config.provider.self, key, who, bundled, r);
    else
        ops_error(r, 503, "this cannot be gathered", "ask a daemon that runs");
}
