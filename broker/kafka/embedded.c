/* embedded.c - librdkafka's mock cluster and the client instance that hosts it.
 * SPDX-License-Identifier: MIT */
#include "kafka/embedded.h"

#include "base/log.h"
#include "kafka/rk.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

struct dcf_embedded {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *cluster;
    int brokers;
};

dcf_status dcf_embedded_start(int brokers, dcf_embedded **ret)
{
    dcf_embedded *e = calloc(1, sizeof *e);
    if (!e) return DCF_ERR(NOMEM);
    rd_kafka_conf_t *rc = rd_kafka_conf_new(); /* the host itself connects to nothing */
    dcf_status s = dcf_rk_set(rc, "socket.nagle.disable", "true", NULL);
    rd_kafka_conf_set_log_cb(rc, dcf_rk_on_log);
    if (dcf_ok(s)) s = dcf_rk_new(RD_KAFKA_PRODUCER, rc, NULL, &e->host, NULL);
    rd_kafka_conf_destroy(rc);
    if (dcf_ok(s)) {
        e->brokers = brokers;
        e->cluster = rd_kafka_mock_cluster_new(e->host, brokers);
        if (!e->cluster) s = DCF_ERR(IO);
    }
    if (dcf_failed(s)) {
        dcf_embedded_stop(e);
        return s;
    }
    dcf_log(DCF_LOG_WARN, "KAFKA_EMBEDDED", "bootstrap", dcf_embedded_bootstrap(e), "text",
            "keeps nothing; its transactions have no effect", NULL);
    *ret = e;
    return DCF_OK;
}

const char *dcf_embedded_bootstrap(const dcf_embedded *e)
{
    return rd_kafka_mock_cluster_bootstraps(e->cluster);
}

dcf_status dcf_embedded_topic(dcf_embedded *e, const char *name, int partitions)
{
    rd_kafka_resp_err_t err =
        rd_kafka_mock_topic_create(e->cluster, name, partitions, e->brokers < 3 ? e->brokers : 3);
    return err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS ? DCF_OK : dcf_rk_status(err);
}

void dcf_embedded_fail(dcf_embedded *e, int16_t api_key, int error, size_t count)
{
    if (!count) rd_kafka_mock_clear_request_errors(e->cluster, api_key);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t err = (rd_kafka_resp_err_t)error;
        rd_kafka_mock_push_request_errors_array(e->cluster, api_key, 1, &err);
    }
}

void dcf_embedded_hide_topics(dcf_embedded *e)
{
    rd_kafka_mock_set_apiversion(e->cluster, 3 /* Metadata */, -1, -1);
}

void dcf_embedded_away(dcf_embedded *e, bool away)
{
    for (int32_t id = 1; id <= e->brokers; id++)
        (void)(away ? rd_kafka_mock_broker_set_down(e->cluster, id)
                    : rd_kafka_mock_broker_set_up(e->cluster, id));
}

void dcf_embedded_stop(dcf_embedded *e)
{
    if (!e) return;
    if (e->cluster) rd_kafka_mock_cluster_destroy(e->cluster);
    dcf_rk_destroy(e->host, NULL);
    free(e);
}
