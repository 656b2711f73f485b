/*
 * spool_loop.h - one thread that looks into the spool folders of all links, each as often as it
 * asks. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_SPOOL_LOOP_H
#define DCF_DAEMON_SPOOL_LOOP_H

#include "daemon/config.h"
#include "dcf/transport.h"

typedef struct dcf_spool_loop dcf_spool_loop;

/* Opens the folders of every link that takes files and starts the thread. CONFIG with err naming
 * the folder that cannot be used. */
DCF_RESULT dcf_spool_loop_start(const dcf_config *config, dcf_arrive_fn *arrive, void *gateway,
                                dcf_spool_loop **ret, dcf_yaml_error *err);
/* Claims nothing more; waits for the thread. Accepts NULL. */
void dcf_spool_loop_stop(dcf_spool_loop *s);
/* After stop, when all is settled. Accepts NULL. */
void dcf_spool_loop_free(dcf_spool_loop *s);
/* When the thread last went round (monotonic ms). */
int64_t dcf_spool_loop_beat(const dcf_spool_loop *s);

#endif
