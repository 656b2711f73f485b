/* test_sign.c - Ed25519 against the published vector, and what is no key or no signature. */
#include "security/digest.h"
#include "security/sign.h"
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

/* RFC 8032, 7.1, test 1: the key pair, in the PEM of RFC 8410, and the signature of nothing. */
static const char SECRET[] = "-----BEGIN PRIVATE KEY-----\n"
                             "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                             "-----END PRIVATE KEY-----\n";
static const char PUBLIC[] = "-----BEGIN PUBLIC KEY-----\n"
                             "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                             "-----END PUBLIC KEY-----\n";
static const char SIGNATURE[] = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

static void write_file(char path[32], const char *text)
{
    strcpy(path, "/tmp/dcf-key-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) abort();
    close(fd);
}

static void a_signature_is_the_published_one_and_holds(void)
{
    char secret[32], public[32], hex[2 * DCF_SIGNATURE_SIZE + 1];
    uint8_t signature[DCF_SIGNATURE_SIZE] = {0};
    write_file(secret, SECRET);
    write_file(public, PUBLIC);
    CU_ASSERT_TRUE(dcf_ok(dcf_sign(secret, (dcf_span){0}, signature)));
    CU_ASSERT_STRING_EQUAL(dcf_hex(signature, sizeof signature, hex), SIGNATURE);
    dcf_span s = dcf_span_of(signature, sizeof signature);
    CU_ASSERT_TRUE(dcf_ok(dcf_sign_verify(public, (dcf_span){0}, s)));
    CU_ASSERT_TRUE(dcf_ok(dcf_sign_verify(secret, (dcf_span){0}, s)));
    CU_ASSERT_TRUE(dcf_is(dcf_sign_verify(public, dcf_span_str("x"), s), DCF_E_CORRUPT));
    signature[63] ^= 1;
    CU_ASSERT_TRUE(dcf_is(dcf_sign_verify(public, (dcf_span){0}, s), DCF_E_CORRUPT));
    s.size = 63;
    CU_ASSERT_TRUE(dcf_is(dcf_sign_verify(public, (dcf_span){0}, s), DCF_E_CORRUPT));
    unlink(secret);
    unlink(public);
}

static void what_is_no_key_is_told_from_what_is_not_there(void)
{
    char public[32], none[32];
    uint8_t signature[DCF_SIGNATURE_SIZE];
    write_file(public, PUBLIC);
    write_file(none, "no key at all\n");
    CU_ASSERT_TRUE(
        dcf_is(dcf_sign("/nonexistent/key.pem", (dcf_span){0}, signature), DCF_E_NOT_FOUND));
    CU_ASSERT_TRUE(dcf_is(dcf_sign(none, (dcf_span){0}, signature), DCF_E_CONFIG));
    CU_ASSERT_TRUE(dcf_is(dcf_sign(public, (dcf_span){0}, signature), DCF_E_CONFIG));
    unlink(public);
    unlink(none);
}

#define TESTS(X)                                                                                   \
    X(a_signature_is_the_published_one_and_holds)                                                  \
    X(what_is_no_key_is_told_from_what_is_not_there)
UNIT_MAIN("sign", TESTS)
