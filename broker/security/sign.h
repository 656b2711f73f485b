/*
 * sign.h - Ed25519 signatures (RFC 8032) beside a document, with keys in PEM files, so that
 * `openssl pkeyutl -rawin` makes and checks the same. Thread rule: none. SPDX-License-Identifier:
 * MIT
 */
#ifndef DCF_SECURITY_SIGN_H
#define DCF_SECURITY_SIGN_H

#include "dcf/span.h"
#include "dcf/status.h"

enum { DCF_SIGNATURE_SIZE = 64 };

/* NOT_FOUND: the file cannot be read; CONFIG: it holds no Ed25519 private key without a password.
 */
DCF_RESULT dcf_sign(const char *key_file, dcf_span bytes, uint8_t ret[DCF_SIGNATURE_SIZE]);
/* By a public key (or the private one). CORRUPT: it is no signature of these bytes by this key;
 * NOT_FOUND and CONFIG as above. */
DCF_RESULT dcf_sign_verify(const char *key_file, dcf_span bytes, dcf_span signature);

#endif
