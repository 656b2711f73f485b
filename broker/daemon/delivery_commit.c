/* delivery_commit.c - see delivery_commit.h. */
#include "daemon/delivery_commit.h"

#include "base/arena.h"
#include "base/log.h"
#include "daemon/config.h"
#include "daemon/wire.h"
#include "model/envelope.h"

#include <stdlib.h>

static dcf_status send_receipt(const dcf_delivery_desk *d, const dcf_job *j)
{
    dcf_arena arena;
    dcf_arena_init(&arena, d->message_memory);
    Dcf__V1__Envelope *e = NULL;
    dcf_status s = dcf_envelope_unpack(dcf_buf_span(&j->receipt), &arena, &e);
    if (dcf_ok(s)) s = dcf_wire_send(d->txn, d->submitted, e, dcf_buf_span(&j->receipt), &arena);
    dcf_arena_fini(&arena);
    return s;
}

static dcf_status send_news(const dcf_delivery_desk *d, const dcf_job *j)
{
    if (j->receipt.size) DCF_TRY(send_receipt(d, j));
    dcf_wire_record r = {
        .topic = d->held, .partition = -1, .key = j->key, .id = j->id, .source = "/dcf/delivery"};
    r.type = "uk.dcf.v1.Held";
    r.value = dcf_buf_span(&j->held);
    if (j->held.size) DCF_TRY(dcf_wire_send_record(d->txn, &r));
    if (!j->audit.size) return DCF_OK;
    r.topic = d->audit;
    r.type = "uk.dcf.v1.AuditEvent";
    r.value = dcf_buf_span(&j->audit);
    return dcf_wire_send_record(d->txn, &r);
}

static dcf_status abort_with(const dcf_delivery_desk *d, dcf_status why)
{
    DCF_TRY(dcf_txn_abort(d->txn));
    return why;
}

/* True when the cluster will never take it. A topic that is missing may come back. */
static bool is_refused(dcf_status s)
{
    return dcf_is(s, DCF_E_LIMIT) || dcf_is(s, DCF_E_CORRUPT);
}

/* --- one by one ------------------------------------------------------------------------ */

/* One transaction: what j has to tell. Without offsets: told twice is known by its id as once. */
static dcf_status tell(const dcf_delivery_desk *d, const dcf_job *j)
{
    DCF_TRY(dcf_txn_begin(d->txn));
    dcf_status s = send_news(d, j);
    return dcf_ok(s) ? dcf_txn_commit(d->txn, NULL, 0) : abort_with(d, s);
}

/* Finds which job the cluster refuses; of that one less is told. AGAIN: the offsets are still to be
 * committed. */
static dcf_status tell_one_by_one(const dcf_delivery_desk *d, const dcf_job_list *final)
{
    for (dcf_job *j = final->first; j; j = j->next) {
        dcf_status s = tell(d, j);
        while (is_refused(s) && dcf_job_tell_less(j, d->message_memory)) s = tell(d, j);
        if (dcf_failed(s) && !is_refused(s)) return s;
        dcf_buf_fini(&j->receipt);
        dcf_buf_fini(&j->held);
        dcf_buf_fini(&j->audit);
    }
    return DCF_ERR(AGAIN);
}

/* --- all at once ------------------------------------------------------------------------- */

typedef struct standing { /* how far a partition is done */
    int32_t place;
    int64_t offset;
    char metadata[DCF_COMMIT_METADATA_MAX + 1];
} standing;

static dcf_status commit_offsets(const dcf_delivery_desk *d, const standing *list, size_t n)
{
    dcf_offset offsets[DCF_PLACES_MAX];
    for (size_t i = 0; i < n; i++)
        offsets[i] = (dcf_offset){.topic = d->topics[list[i].place / DCF_PARTITIONS_MAX],
                                  .partition = list[i].place % DCF_PARTITIONS_MAX,
                                  .next_offset = list[i].offset,
                                  .metadata = list[i].metadata};
    return dcf_txn_commit(d->txn, offsets, n);
}

static dcf_status commit_partitions(const dcf_delivery_desk *d, const dcf_job_list *final)
{
    bool wanted[DCF_PLACES_MAX] = {0};
    size_t count = 0, n = 0;
    for (const dcf_job *j = final->first; j; j = j->next) {
        bool *place = &wanted[dcf_place_of(j->lane, j->partition)];
        count += !*place;
        *place = true;
    }
    standing *list = calloc(count ? count : 1, sizeof *list);
    dcf_status s = list ? DCF_OK : DCF_ERR(NOMEM);
    for (int32_t p = 0; p < DCF_PLACES_MAX && dcf_ok(s); p++) {
        if (!wanted[p]) continue;
        list[n].place = p;
        s = dcf_window_commit(d->window, p, &list[n].offset, list[n].metadata);
        n++;
    }
    s = dcf_ok(s) ? commit_offsets(d, list, n) : abort_with(d, s);
    free(list);
    return s;
}

dcf_status dcf_delivery_commit(const dcf_delivery_desk *d, dcf_job_list *final)
{
    dcf_status s = DCF_OK;
    DCF_TRY(dcf_txn_begin(d->txn));
    for (const dcf_job *j = final->first; j && dcf_ok(s); j = j->next) s = send_news(d, j);
    s = dcf_ok(s) ? commit_partitions(d, final) : abort_with(d, s);
    if (is_refused(s)) s = tell_one_by_one(d, final);
    if (dcf_ok(s)) dcf_job_list_drop(final, -1);
    if (dcf_ok(s) || dcf_status_class(s) == DCF_CLASS_FATAL) return s;
    dcf_log(DCF_LOG_WARN, "COMMIT_ABORTED", "topic", d->topics[DCF_LANE_ORDINARY], "status",
            dcf_status_name(s), NULL);
    return DCF_ERR(AGAIN);
}
