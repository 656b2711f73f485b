/* test_json_text.c - a JSON string escapes what JSON must not hold, and nothing else. */
#include "base/json_text.h"

#include "unit.h"

static void expect(const char *in, size_t size, const char *out)
{
    dcf_buf b = {0};
    dcf_json_string(&b, dcf_span_of(in, size));
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&b), out);
    dcf_buf_fini(&b);
}

static void escapes_quotes_backslashes_and_controls(void)
{
    expect("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    expect("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
    expect("\x01\x1f", 2, "\"\\u0001\\u001f\"");
    expect("x\0y", 3, "\"x\\u0000y\"");
}

static void leaves_everything_else_as_it_is(void)
{
    expect("", 0, "\"\"");
    expect("Ŵ £ /", sizeof "Ŵ £ /" - 1, "\"Ŵ £ /\"");
    expect("\x7f", 1, "\"\x7f\"");
}

static void a_pair_knows_whether_it_is_first(void)
{
    dcf_buf b = {0};
    dcf_json_pair(&b, true, "a", "1");
    dcf_json_pair(&b, false, "b", NULL);
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&b), "\"a\":\"1\",\"b\":\"\"");
    dcf_buf_fini(&b);
}

#define TESTS(X)                                                                                   \
    X(escapes_quotes_backslashes_and_controls)                                                     \
    X(leaves_everything_else_as_it_is)                                                             \
    X(a_pair_knows_whether_it_is_first)
UNIT_MAIN("json_text", TESTS)
