/* test_digest.c - SHA-256 against the published vectors. */
#include "security/digest.h"
#include "unit.h"

static void digest_of_abc_is_the_published_one(void)
{
    char hex[DCF_SHA256_HEX_SIZE];
    CU_ASSERT_STRING_EQUAL(dcf_sha256_hex(dcf_span_str("abc"), hex),
                           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CU_ASSERT_STRING_EQUAL(dcf_sha256_hex(dcf_span_str(""), hex),
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#define TESTS(X) X(digest_of_abc_is_the_published_one)
UNIT_MAIN("digest", TESTS)
