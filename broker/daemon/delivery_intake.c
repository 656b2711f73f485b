/* delivery_intake.c - see delivery_intake.h. */
#include "daemon/delivery_intake.h"

#include "base/clock.h"
#include "base/log.h"

enum {
    FETCH_MOST = 500,    /* records read at once */
    FETCH_ROOM = 1 << 20 /* bytes of room asked for before reading: a size is known only after */
};

void dcf_intake_init(dcf_delivery_intake *in)
{
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++) dcf_job_list_init(&in->in_hand[lane]);
}

/* --- partitions ---------------------------------------------------------------- */

/* False: no partition that we could keep. */
static bool find_place(const dcf_delivery_intake *in, const char *topic, int32_t partition,
                       int32_t *ret)
{
    bool urgent = strcmp(topic, in->topics[DCF_LANE_URGENT]) == 0;
    *ret = dcf_place_of(urgent ? DCF_LANE_URGENT : DCF_LANE_ORDINARY, partition);
    return partition >= 0 && partition < DCF_PARTITIONS_MAX;
}

static void drop_jobs(dcf_delivery_intake *in, int32_t place)
{
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++) dcf_job_list_drop(&in->in_hand[lane], place);
    dcf_job_list_drop(in->final, place);
}

static void forget(dcf_delivery_intake *in, int32_t place)
{
    in->assigned[place] = in->stalled[place] = false;
    dcf_window_forget(in->window, place);
    drop_jobs(in, place);
}

void dcf_intake_on_revoke(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    int32_t place;
    for (size_t i = 0; i < n; i++)
        if (find_place(self, topic, partitions[i], &place)) forget(self, place);
}

/* Without the committed offset and its marks everything would be delivered again: rather start
 * anew. */
static dcf_status assign(dcf_delivery_intake *in, const char *topic, int32_t partition,
                         bool *ends_known)
{
    dcf_buf metadata DCF_CLEANUP(dcf_buf_fini) = {0};
    int64_t committed = -1;
    int32_t place;
    if (!find_place(in, topic, partition, &place)) return DCF_ERR(LIMIT);
    forget(in, place);
    DCF_TRY(dcf_txn_committed(in->txn, topic, partition, &committed, &metadata));
    if (*ends_known)
        *ends_known = dcf_ok(dcf_txn_end(in->txn, topic, partition, &in->untouched_from[place]));
    if (!*ends_known) in->untouched_from[place] = INT64_MAX; /* then nothing is skipped */
    const char *marks = dcf_buf_cstr(&metadata);
    dcf_status s = marks
                       ? dcf_window_assign(in->window, place, committed < 0 ? 0 : committed, marks)
                       : DCF_ERR(NOMEM);
    if (dcf_is(s, DCF_E_CORRUPT)) {
        dcf_log(DCF_LOG_WARN, "COMMIT_METADATA_IGNORED", "topic", topic, "partition",
                DCF_U64(partition), NULL);
        s = DCF_OK;
    }
    in->assigned[place] = dcf_ok(s);
    return s;
}

void dcf_intake_on_assign(void *self, const char *topic, const int32_t *partitions, size_t n)
{
    dcf_delivery_intake *in = self;
    bool ends_known = true; /* asking waits: one answer that does not come is enough */
    for (size_t i = 0; i < n; i++) {
        dcf_status s = assign(in, topic, partitions[i], &ends_known);
        atomic_store(in->beat_ms, dcf_clock_mono_ms());
        if (dcf_ok(s)) continue;
        dcf_log(DCF_LOG_ERROR, "PARTITION_NOT_TAKEN", "topic", topic, "partition",
                DCF_U64(partitions[i]), "status", dcf_status_name(s), NULL);
        in->unsure = true;
    }
}

void dcf_intake_forget_all(dcf_delivery_intake *in)
{
    memset(in->assigned, 0, sizeof in->assigned);
    memset(in->stalled, 0, sizeof in->stalled);
    in->unsure = false;
    dcf_window_forget_all(in->window);
    drop_jobs(in, -1);
}

/* --- fetching -------------------------------------------------------------------- */

static void set_flow(dcf_delivery_intake *in, dcf_lane lane, bool flow)
{
    in->flows[lane] = flow;
    for (int32_t p = 0; p < DCF_PARTITIONS_MAX; p++) {
        int32_t place = dcf_place_of(lane, p);
        if (!in->assigned[place]) continue;
        dcf_status s = flow && !in->stalled[place] ? dcf_txn_resume(in->txn, in->topics[lane], p)
                                                   : dcf_txn_pause(in->txn, in->topics[lane], p);
        (void)s; /* a partition just lost: nothing to do */
    }
}

static dcf_status seek(dcf_delivery_intake *in, int32_t place, int64_t offset)
{
    return dcf_txn_seek(in->txn, in->topics[place / DCF_PARTITIONS_MAX], place % DCF_PARTITIONS_MAX,
                        offset);
}

/* It would be one more that is absent: its partition goes on from there when there are less. */
static dcf_status stall(dcf_delivery_intake *in, dcf_job *j)
{
    int32_t place = dcf_place_of(j->lane, j->partition);
    dcf_status s = seek(in, place, j->offset);
    if (dcf_ok(s)) s = dcf_txn_pause(in->txn, j->topic, j->partition);
    in->stalled[place] = true;
    if (dcf_failed(s)) in->unsure = true; /* it would be passed over */
    dcf_job_list_drop(&in->in_hand[j->lane], place);
    dcf_job_free(j);
    return DCF_OK;
}

/* What was read goes into the window, in order; what has no room yet stays in hand. A failure must
 * not be skipped: the offsets above would be committed past it. */
static dcf_status put_away(dcf_delivery_intake *in, dcf_lane lane)
{
    for (dcf_job *j; (j = dcf_job_list_take(&in->in_hand[lane])) != NULL;) {
        dcf_status s = dcf_window_add(in->window, j); /* which takes it, and frees one it knows */
        if (dcf_ok(s)) continue;
        if (dcf_is(s, DCF_E_LIMIT)) return stall(in, j);
        dcf_job_list_put_back(&in->in_hand[lane], j);
        return dcf_is(s, DCF_E_AGAIN) ? DCF_OK : s;
    }
    return DCF_OK;
}

static dcf_status take(dcf_delivery_intake *in, const dcf_record *r)
{
    int32_t place;
    dcf_job *j = find_place(in, r->topic, r->partition, &place) ? dcf_job_new(r) : NULL;
    if (!j) return DCF_ERR(NOMEM);
    j->owner = in->owner;
    j->lane = (dcf_lane)(place / DCF_PARTITIONS_MAX);
    j->untouched = r->offset >= in->untouched_from[place];
    dcf_job_list_add(&in->in_hand[j->lane], j);
    return put_away(in, j->lane);
}

static bool has_room(dcf_delivery_intake *in, dcf_lane lane)
{
    return !in->in_hand[lane].first && dcf_window_has_room(in->window, lane, FETCH_ROOM);
}

/* What the window knows by its offset alone, and needs next, is read again. Not before what is in
 * hand: what comes then is what lies behind. */
static void read_again(dcf_delivery_intake *in, dcf_lane lane)
{
    int32_t place;
    int64_t offset;
    if (dcf_window_absent_room(in->window, lane) > in->absent_most / 2)
        memset(&in->stalled[dcf_place_of(lane, 0)], 0, DCF_PARTITIONS_MAX * sizeof *in->stalled);
    while (!in->in_hand[lane].first && dcf_window_wants(in->window, lane, &place, &offset)) {
        in->stalled[place] = false;
        in->flows[lane] = true;
        if (dcf_ok(seek(in, place, offset))) continue;
        dcf_window_want_again(in->window);
        return;
    }
}

/* Stopping a lane throws away what the client has fetched ahead: once stopped it flows again when
 * that is worth while, not for one message. */
static bool may_flow(dcf_delivery_intake *in, dcf_lane lane)
{
    return has_room(in, lane) && (in->flows[lane] || dcf_window_is_low(in->window, lane));
}

dcf_status dcf_intake_fetch(dcf_delivery_intake *in, int timeout_ms)
{
    bool room[DCF_LANES];
    for (dcf_lane lane = 0; lane < DCF_LANES; lane++) {
        DCF_TRY(put_away(in, lane));
        read_again(in, lane);
        set_flow(in, lane, room[lane] = may_flow(in, lane));
    }
    for (int i = 0; i < FETCH_MOST; i++) {
        dcf_record r = {0};
        dcf_status s = dcf_txn_poll(in->txn, i ? 0 : timeout_ms, &r);
        if (in->unsure) s = DCF_ERR(FENCED);
        if (dcf_ok(s)) s = take(in, &r);
        dcf_record_free(&r);
        if (dcf_is(s, DCF_E_AGAIN)) break;
        DCF_TRY(s);
        for (dcf_lane lane = 0; lane < DCF_LANES; lane++)
            if (room[lane] && !has_room(in, lane)) set_flow(in, lane, room[lane] = false);
    }
    return DCF_OK;
}
