/* random.c - see random.h. */
#include "security/random.h"

#include "security/digest.h"

#include <openssl/rand.h>
#include <stdint.h>
#include <stdlib.h>

void dcf_random_bytes(void *out, size_t size)
{
    if (RAND_bytes_ex(NULL, out, size, 0) != 1) abort();
}

char *dcf_uuid4(char out[DCF_UUID_SIZE])
{
    static const size_t ends[] = {4, 6, 8, 10, 16}; /* bytes before each dash, RFC 9562 */
    uint8_t b[16];
    dcf_random_bytes(b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    char *at = out;
    for (size_t i = 0, from = 0; i < sizeof ends / sizeof ends[0]; from = ends[i++]) {
        if (i) *at++ = '-';
        dcf_hex(b + from, ends[i] - from, at);
        at += 2 * (ends[i] - from);
    }
    return out;
}
