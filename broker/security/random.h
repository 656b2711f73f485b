/*
 * random.h - unpredictable bytes, and version 4 UUIDs made of them. Any thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_SECURITY_RANDOM_H
#define DCF_SECURITY_RANDOM_H

#include <stddef.h>

enum { DCF_UUID_SIZE = 37 };

/* Fills out. Aborts when the system has no randomness: nothing safe can follow. */
void dcf_random_bytes(void *out, size_t size);
/* "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6" and NUL; returns out. */
char *dcf_uuid4(char out[DCF_UUID_SIZE]);

#endif
