/* language.h - small mappings, and what documents become by them: for the tests of the mapping
 * language. */
#ifndef DCF_TESTS_TRANSLATE_LANGUAGE_H
#define DCF_TESTS_TRANSLATE_LANGUAGE_H

#include "kit.h"

#define JSON(fields)                                                                               \
    "dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: case_submission\n"    \
    "    fields:\n" fields
#define XML(fields)                                                                                \
    "dialect: t\nversion: '1'\nformat: xml\nmessages:\n  M:\n    canonical: case_submission\n"     \
    "    fields:\n" fields

#define READ_ID "      - {native: id, canonical: /source_message_id, only: read, required: true}\n"
#define WRITE_ID                                                                                   \
    "      - {native: id, canonical: /message_id, else: /source_message_id, only: write, "         \
    "required: true}\n"

static inline dcf_dialect *dialect(const char *yaml)
{
    kit k;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(&k, yaml, &d);
    kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&k);
    return d;
}

/* Writes what k holds and expects this document, after the XML declaration. */
static inline void expect_written(kit *k, const dcf_dialect *d, const char *expected)
{
    dcf_buf_clear(&k->out);
    dcf_faults_init(&k->faults, &k->arena, 100);
    k->status = dcf_from_canonical(d, k->envelope, &k->arena, &k->faults, &k->out);
    const char *text = dcf_buf_cstr(&k->out), *body = strstr(text, "?>");
    body = body ? body + 2 : text;
    bool same = dcf_ok(k->status) && k->faults.count == 0 && strcmp(body, expected) == 0;
    if (!same) printf("\n  expected %s\n  written  %s\n", expected, body), kit_show(k);
    CU_ASSERT_TRUE(same);
}

/* Reads a document without a fault, and expects it to be written as the other one. */
static inline void becomes(const dcf_dialect *d, const char *in, const char *out)
{
    kit k;
    kit_read(&k, d, in);
    if (k.faults.count) printf("\n  %s\n", in), kit_show(&k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k.status));
    CU_ASSERT_EQUAL(k.faults.count, 0);
    expect_written(&k, d, out);
    kit_end(&k);
}

static inline void comes_back(const dcf_dialect *d, const char *doc)
{
    becomes(d, doc, doc);
}

/* The fault that writing gives. */
static inline void expect_told(kit *k, const dcf_dialect *d, dcf_fault_code code, const char *path)
{
    dcf_buf_clear(&k->out);
    dcf_faults_init(&k->faults, &k->arena, 100);
    k->status = dcf_from_canonical(d, k->envelope, &k->arena, &k->faults, &k->out);
    const dcf_fault *f = kit_fault(k, code);
    if (!f || strcmp(*f->path ? f->path : f->field, path) != 0) kit_show(k);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_STRING_EQUAL(*f->path ? f->path : f->field, path);
    CU_ASSERT_EQUAL(k->faults.count, 1);
}

#endif
