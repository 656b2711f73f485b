/*
 * daemon.h - dcfd as a whole: starts the stages, watches them, ends them in order.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_DAEMON_H
#define DCF_DAEMON_DAEMON_H

#include "dcf/status.h"

typedef struct dcf_daemon_options {
    const char *config_path;
    bool embedded; /* in-process Kafka: for a look, no guarantee holds */
} dcf_daemon_options;

/*
 * Runs until SIGTERM or SIGINT, then drains. SIGHUP loads the configuration again:
 * a bad one is refused and logged while the old one goes on. CONFIG: the
 * configuration is refused (already printed); other: failed.
 */
DCF_RESULT dcf_daemon_run(const dcf_daemon_options *options);

#endif
