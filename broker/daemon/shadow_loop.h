/* shadow_loop.h - the thread that compares what links in shadow made. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_SHADOW_LOOP_H
#define DCF_DAEMON_SHADOW_LOOP_H

#include "daemon/site.h"
#include "kafka/producer.h"

typedef struct dcf_shadow_loop dcf_shadow_loop;

/* Both are borrowed and outlive the loop. NOMEM. */
DCF_RESULT dcf_shadow_loop_start(const dcf_site *site, dcf_producer *producer,
                                 dcf_shadow_loop **ret);
void dcf_shadow_loop_stop(dcf_shadow_loop *x); /* waits for its thread and frees; accepts NULL */

#endif
