/* digest.c - see digest.h: the algorithm is fetched once, contexts are reused. */
#include "security/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

struct dcf_digest {
    EVP_MD_CTX *ctx;
};

static EVP_MD *sha256;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256) abort();
}

void dcf_sha256(dcf_span bytes, uint8_t out[DCF_SHA256_SIZE])
{
    pthread_once(&once, fetch);
    if (EVP_Digest(bytes.data, bytes.size, out, NULL, sha256, NULL) != 1) abort();
}

char *dcf_hex(const uint8_t *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = 0;
    return out;
}

char *dcf_sha256_hex(dcf_span bytes, char out[DCF_SHA256_HEX_SIZE])
{
    uint8_t raw[DCF_SHA256_SIZE];
    dcf_sha256(bytes, raw);
    return dcf_hex(raw, sizeof raw, out);
}

static void start(dcf_digest *d)
{
    if (EVP_DigestInit_ex2(d->ctx, sha256, NULL) != 1) abort();
}

dcf_digest *dcf_digest_new(void)
{
    pthread_once(&once, fetch);
    dcf_digest *d = malloc(sizeof *d);
    if (!d) return NULL;
    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx) {
        free(d);
        return NULL;
    }
    start(d);
    return d;
}

void dcf_digest_free(dcf_digest *d)
{
    if (!d) return;
    EVP_MD_CTX_free(d->ctx);
    free(d);
}

void dcf_digest_add(dcf_digest *d, dcf_span bytes)
{
    if (bytes.size && EVP_DigestUpdate(d->ctx, bytes.data, bytes.size) != 1) abort();
}

void dcf_digest_end(dcf_digest *d, uint8_t out[DCF_SHA256_SIZE])
{
    if (EVP_DigestFinal_ex(d->ctx, out, NULL) != 1) abort();
    start(d);
}
