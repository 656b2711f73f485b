/*
 * notify.h - tells systemd how the daemon is (sd_notify protocol: one datagram to
 * $NOTIFY_SOCKET). Without the variable every call does nothing.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_NOTIFY_H
#define DCF_DAEMON_NOTIFY_H

#include <stdint.h>

/* state as in sd_notify(3): "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…", "RELOADING=1". Any
 * thread. */
void dcf_notify(const char *state);
/* How often to send WATCHDOG=1, in ms: a quarter of $WATCHDOG_USEC; 0 when systemd does not watch
 * this process. */
uint64_t dcf_notify_watchdog_ms(void);

#endif
