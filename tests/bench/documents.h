/*
 * documents.h - case files of invented people, of about any size, the same at every run: what the
 * benchmark translates. SPDX-License-Identifier: MIT
 */
#ifndef DCF_BENCH_DOCUMENTS_H
#define DCF_BENCH_DOCUMENTS_H

#include "base/buf.h"

typedef enum bench_form {
    BENCH_SPI,         /* XML: a bare NewCaseMessage */
    BENCH_SPI_WRAPPED, /* the same, escaped inside RouteData, as it travels */
    BENCH_POLE         /* JSON: an investigation */
} bench_form;

/* Appends one document of at least size bytes, by at most one defendant. No value of it is
 * doubtful. */
void bench_document(bench_form form, size_t size, dcf_buf *out);

#endif
