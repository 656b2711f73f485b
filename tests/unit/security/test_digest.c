/* test_digest.c - SHA-256 against the published vectors, and UUIDs by their form. */
#include "security/digest.h"
#include "security/random.h"
#include "unit.h"

#include <ctype.h>

static void digest_of_abc_is_the_published_one(void)
{
    char hex[DCF_SHA256_HEX_SIZE];
    CU_ASSERT_STRING_EQUAL(dcf_sha256_hex(dcf_span_str("abc"), hex),
                           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CU_ASSERT_STRING_EQUAL(dcf_sha256_hex(dcf_span_str(""), hex),
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void pieces_give_the_digest_of_the_whole(void)
{
    uint8_t data[100000], whole[DCF_SHA256_SIZE], pieces[DCF_SHA256_SIZE];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
    dcf_sha256(dcf_span_of(data, sizeof data), whole);
    dcf_digest *d = dcf_digest_new();
    for (int round = 0; round < 2; round++) { /* the second shows that ending starts anew */
        for (size_t at = 0, step = 1; at < sizeof data; at += step, step = step * 3 % 4097 + 1) {
            if (step > sizeof data - at) step = sizeof data - at;
            dcf_digest_add(d, dcf_span_of(data + at, step));
        }
        dcf_digest_end(d, pieces);
        CU_ASSERT(memcmp(whole, pieces, sizeof whole) == 0);
    }
    dcf_digest_free(d);
}

static void uuid_has_the_form_and_differs(void)
{
    char a[DCF_UUID_SIZE], b[DCF_UUID_SIZE];
    dcf_uuid4(a);
    dcf_uuid4(b);
    CU_ASSERT_EQUAL(strlen(a), 36);
    for (size_t i = 0; i < 36; i++)
        CU_ASSERT(i == 8 || i == 13 || i == 18 || i == 23 ? a[i] == '-'
                                                          : isxdigit((unsigned char)a[i]) != 0);
    CU_ASSERT_EQUAL(a[14], '4');
    CU_ASSERT(strchr("89ab", a[19]) != NULL);
    CU_ASSERT_STRING_NOT_EQUAL(a, b);
}

#define TESTS(X)                                                                                   \
    X(digest_of_abc_is_the_published_one)                                                          \
    X(pieces_give_the_digest_of_the_whole) X(uuid_has_the_form_and_differs)
UNIT_MAIN("digest", TESTS)
