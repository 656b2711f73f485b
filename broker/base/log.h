/*
 * log.h - structured log lines to standard error: `<N>ts=… level=… event=… key=value …`
 * (N is the syslog priority, which systemd reads). Events and keys are literals;
 * values are quoted and escaped; a line too long for one atomic write to a pipe
 * (4 KiB) is cut and ends in `cut=1`. Bodies never come here: no call takes a message.
 * Only daemon, ops, kafka, http and the programs log; the pure rooms return statuses.
 * Any thread; one write a line. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BASE_LOG_H
#define DCF_BASE_LOG_H

#include <stdint.h>

typedef enum dcf_level {
    DCF_LOG_ERROR = 3,
    DCF_LOG_WARN = 4,
    DCF_LOG_INFO = 6,
    DCF_LOG_DEBUG = 7
} dcf_level;

void dcf_log_set_level(dcf_level most);

/* Pairs of (key, value) strings, ended by NULL: dcf_log(DCF_LOG_INFO, "LINK_UP", "link", name,
 * NULL). A NULL value prints as "". */
void dcf_log(dcf_level level, const char *event, ...) __attribute__((sentinel));
/* A number as a log value: a compound literal, valid in the enclosing block. */
const char *dcf_log_u64(char buf[24], uint64_t v);
#define DCF_U64(v) dcf_log_u64((char[24]){0}, (uint64_t)(v))

#endif
