/*
 * expat_reader.h - dcf_xml_read as expat would have it: the oracle of differential tests.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_EXPAT_READER_H
#define DCF_TESTS_EXPAT_READER_H

#include "translate/event.h"

DCF_RESULT expat_read(dcf_parse *p, dcf_span document);

#endif
