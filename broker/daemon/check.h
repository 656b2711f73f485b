/*
 * check.h - dcfd --check: is the configuration right, and is everything it names there?
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_CHECK_H
#define DCF_DAEMON_CHECK_H

#include <stdbool.h>

/* Prints one line a check to stdout ("ok   …", "BAD  FILE:LINE:COL: …"); true when nothing is bad.
 * reach: also try Kafka and the receivers. */
bool dcf_check(const char *config_path, bool reach);

#endif
