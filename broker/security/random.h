/*
 * random.h - unpredictable bytes. Any thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_SECURITY_RANDOM_H
#define DCF_SECURITY_RANDOM_H

#include <stddef.h>

/* Fills out. Aborts when the system has no randomness: nothing safe can follow. */
void dcf_random_bytes(void *out, size_t size);

#endif
