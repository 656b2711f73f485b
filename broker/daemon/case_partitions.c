/* case_partitions.c - see case_partitions.h. */
#include "daemon/case_partitions.h"

#include "base/clock.h"
#include "base/log.h"

enum { RESTORE_AGAIN_MS = 500 /* after a try that failed */ };

static bool is_known(int32_t partition)
{
    return partition >= 0 && partition < DCF_PARTITIONS_MAX;
}

static void set_warm(dcf_case_partitions *c, int32_t partition, bool warm)
{
    c->warm_count += (size_t)warm - (size_t)c->warm[partition];
    c->warm[partition] = warm;
}

static void forget_cold(dcf_case_partitions *c)
{
    dcf_case_restore_end(DCF_TAKE(c->restoring));
    c->cold_count = 0;
}

void dcf_case_partitions_give(dcf_case_partitions *c, dcf_txn *txn, const int32_t *partitions,
                              size_t n)
{
    forget_cold(c);
    c->cold_since_ms = dcf_clock_mono_ms();
    c->retry_ms = 0;
    for (size_t i = 0; i < n && is_known(partitions[i]); i++) {
        dcf_status s = dcf_txn_pause(txn, c->input, partitions[i]);
        (void)s; /* what comes all the same is not applied: the loop starts anew */
        c->cold[c->cold_count++] = partitions[i];
    }
}

void dcf_case_partitions_take(dcf_case_partitions *c, const int32_t *partitions, size_t n)
{
    forget_cold(c);
    for (size_t i = 0; i < n; i++)
        if (is_known(partitions[i])) set_warm(c, partitions[i], false);
}

void dcf_case_partitions_forget(dcf_case_partitions *c)
{
    forget_cold(c);
    for (int32_t p = 0; p < DCF_PARTITIONS_MAX; p++) set_warm(c, p, false);
}

static dcf_status begin_restore(dcf_case_partitions *c)
{
    for (size_t i = 0; i < c->cold_count; i++)
        DCF_TRY(dcf_case_store_open(c->how.store, c->cold[i], &c->stores[c->cold[i]]));
    return dcf_case_restore_begin(&c->how, c->stores, c->cold, c->cold_count, &c->restoring);
}

static void become_warm(dcf_case_partitions *c, dcf_txn *txn)
{
    for (size_t i = 0; i < c->cold_count; i++) {
        dcf_status s = dcf_txn_resume(txn, c->input, c->cold[i]);
        (void)s; /* a partition just lost: nothing to do */
        set_warm(c, c->cold[i], true);
    }
    dcf_log(DCF_LOG_INFO, "EXCHANGE_WARM", "partitions", DCF_U64(c->cold_count), "ms",
            DCF_U64(dcf_clock_mono_ms() - c->cold_since_ms), NULL);
    forget_cold(c);
}

bool dcf_case_partitions_warm_up(dcf_case_partitions *c, dcf_txn *txn)
{
    if (!c->cold_count || dcf_clock_mono_ms() < c->retry_ms) return false;
    dcf_status s = c->restoring ? DCF_OK : begin_restore(c);
    if (dcf_ok(s)) s = dcf_case_restore_step(c->restoring, c->stores);
    if (dcf_ok(s)) {
        become_warm(c, txn);
        return true;
    }
    if (!dcf_is(s, DCF_E_AGAIN)) {
        dcf_log(DCF_LOG_WARN, "STATE_NOT_RESTORED", "partitions", DCF_U64(c->cold_count), "status",
                dcf_status_name(s), NULL);
        dcf_case_restore_end(DCF_TAKE(c->restoring));
        c->retry_ms = dcf_clock_mono_ms() + RESTORE_AGAIN_MS;
    }
    return false;
}
