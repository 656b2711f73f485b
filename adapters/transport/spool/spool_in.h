/*
 * spool_in.h - files of a folder as arrivals.
 *
 *   in/       the force's system writes here (a name starting with . or ending in .tmp or .part is
 * not looked at) work/     claimed, by rename; found again after a crash done/     Kafka has the
 * message refused/  it has errors; NAME.error.json beside it says which
 *
 * Half-written files are left alone: a file is claimed when nobody has it open
 * for writing (a read lease can be taken) and it has been still for settle_ms.
 * A writer that comes while the lease is held raises SIGIO here: the process must
 * ignore it. Files are offered oldest first (time of last change, then name).
 * Folders that go away are waited for, and opened again when in/ is back.
 * Nothing is deleted, nothing overwritten: a name already taken gets ~2, ~3 …
 * Thread rule: scan on one thread; settling from any. SPDX-License-Identifier: MIT
 */
#ifndef DCF_SPOOL_IN_H
#define DCF_SPOOL_IN_H

#include "dcf/status.h"
#include "dcf/transport.h"
#include "model/party.h"

typedef struct dcf_spool_in dcf_spool_in;

typedef struct dcf_spool_in_config {
    const dcf_link *link; /* lives longer than the spool; in.folder, limits.bytes, window */
    uint64_t settle_ms;   /* how long a file must have been still */
    dcf_arrive_fn *arrive;
    void *gateway;
} dcf_spool_in_config;

/* Makes the folders when absent and takes up what a crash left in work/. IO with errno kept. */
DCF_RESULT dcf_spool_in_open(const dcf_spool_in_config *config, dcf_spool_in **ret);
/* One look: claims and offers what is ready, while the link's window has room. Returns how many
 * were offered. */
size_t dcf_spool_in_scan(dcf_spool_in *spool, int64_t now_ms);
/* Files in in/ and work/ now: what waits at the door. */
size_t dcf_spool_in_depth(const dcf_spool_in *spool);
/* Waits for what is unsettled, at most timeout_ms, and frees. Accepts NULL. */
void dcf_spool_in_close(dcf_spool_in *spool, uint64_t timeout_ms);

#endif
