/* digest.c - see digest.h: the algorithm is fetched once. */
#include "security/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

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
