/* test_router.c - which path fits which pattern. */
#include "http/router.h"
#include "unit.h"

static void a_plain_pattern_fits_itself_only(void)
{
    CU_ASSERT(dcf_http_match("/v1/cases", "/v1/cases"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/cases", "/v1/case"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/cases", "/v1/cases/"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/cases", "/v1"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/cases", ""));
    CU_ASSERT_FALSE(dcf_http_match("/v1", "/v1/cases"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/cases", "v1/cases"));
    CU_ASSERT(dcf_http_match("/", "/"));
}

static void a_parameter_takes_one_whole_segment(void)
{
    CU_ASSERT(dcf_http_match("/v1/urns/{urn}", "/v1/urns/45AA0209820"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/urns/{urn}", "/v1/urns/"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/urns/{urn}", "/v1/urns/a/b"));
    CU_ASSERT(dcf_http_match("/v1/urns/{urn}/cases", "/v1/urns/01AB%2F2/cases"));
    CU_ASSERT_FALSE(dcf_http_match("/v1/urns/{urn}/cases", "/v1/urns//cases"));
}

#define TESTS(X) X(a_plain_pattern_fits_itself_only) X(a_parameter_takes_one_whole_segment)
UNIT_MAIN("router", TESTS)
