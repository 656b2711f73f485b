/* random.c - see random.h. */
#include "security/random.h"

#include <openssl/rand.h>
#include <stdlib.h>

void dcf_random_bytes(void *out, size_t size)
{
    if (RAND_bytes_ex(NULL, out, size, 0) != 1) abort();
}
