/*
 * digest.h - SHA-256, and hex digits. Any thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_SECURITY_DIGEST_H
#define DCF_SECURITY_DIGEST_H

#include "dcf/span.h"
#include "dcf/status.h"

enum { DCF_SHA256_SIZE = 32, DCF_SHA256_HEX_SIZE = 65 };

/* The 32 bytes of the digest. Aborts only when the crypto library has no SHA-256. */
void dcf_sha256(dcf_span bytes, uint8_t out[DCF_SHA256_SIZE]);
/* The same as 64 lower-case hex digits and NUL; returns out. */
char *dcf_sha256_hex(dcf_span bytes, char out[DCF_SHA256_HEX_SIZE]);

/* size bytes as 2 * size lower-case hex digits and NUL into out; returns out. */
char *dcf_hex(const uint8_t *bytes, size_t size, char *out);

#endif
