/*
 * digest.h - SHA-256: of bytes in one call, or of a stream piece by piece.
 * A dcf_digest belongs to one thread at a time; the one-shot calls are for any.
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

typedef struct dcf_digest dcf_digest;

/* Returns a digest of nothing yet, owned by the caller; NULL when out of memory. */
dcf_digest *dcf_digest_new(void);
void dcf_digest_free(dcf_digest *d); /* accepts NULL */
void dcf_digest_add(dcf_digest *d, dcf_span bytes);
/* The digest of what was added; d is then of nothing again. */
void dcf_digest_end(dcf_digest *d, uint8_t out[DCF_SHA256_SIZE]);

/* size bytes as 2 * size lower-case hex digits and NUL into out; returns out. */
char *dcf_hex(const uint8_t *bytes, size_t size, char *out);

#endif
