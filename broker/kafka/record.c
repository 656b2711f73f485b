/* record.c - messages between the room's plain structs and librdkafka's. SPDX-License-Identifier:
 * MIT */
#include "kafka/record.h"

#include "kafka/rk.h"

void dcf_rk_record(rd_kafka_message_t *m, dcf_record *ret)
{
    *ret = (dcf_record){.topic = rd_kafka_topic_name(m->rkt),
                        .partition = m->partition,
                        .offset = m->offset,
                        .timestamp_ms = rd_kafka_message_timestamp(m, NULL),
                        .key = dcf_span_of(m->key, m->key_len),
                        .value = dcf_span_of(m->payload, m->len),
                        .owner = m};
}

void dcf_record_free(dcf_record *r)
{
    if (r->owner) rd_kafka_message_destroy(r->owner);
    *r = (dcf_record){0};
}

dcf_span dcf_record_header(const dcf_record *r, const char *name)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;
    if (!r->owner || rd_kafka_message_headers(r->owner, &headers) ||
        rd_kafka_header_get_last(headers, name, &value, &size))
        return (dcf_span){0};
    return dcf_span_of(value, size);
}

bool dcf_record_header_at(const dcf_record *r, size_t i, dcf_header *ret)
{
    rd_kafka_headers_t *headers = NULL;
    const char *name = NULL;
    const void *value = NULL;
    size_t size = 0;
    if (!r->owner || rd_kafka_message_headers(r->owner, &headers) ||
        rd_kafka_header_get_all(headers, i, &name, &value, &size))
        return false;
    *ret = (dcf_header){name, dcf_span_of(value, size)};
    return true;
}

static rd_kafka_headers_t *headers_of(const dcf_out *out)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(out->header_count);
    for (size_t i = 0; i < out->header_count; i++)
        rd_kafka_header_add(headers, out->headers[i].name, -1, out->headers[i].value.data,
                            (ssize_t)out->headers[i].value.size);
    return headers;
}

dcf_status dcf_rk_produce(rd_kafka_t *rk, const dcf_out *out, void *opaque)
{
    rd_kafka_headers_t *headers = headers_of(out);
    rd_kafka_resp_err_t err = rd_kafka_producev(
        rk, RD_KAFKA_V_TOPIC(out->topic), RD_KAFKA_V_PARTITION(out->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(out->key.data, out->key.size),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)out->value.data, out->value.size),
        RD_KAFKA_V_TIMESTAMP(out->timestamp_ms), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    if (err) rd_kafka_headers_destroy(headers); /* taken only on success */
    return dcf_rk_status(err);
}
