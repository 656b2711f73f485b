/* fuzz_xml.c - the XML reader and writer: any bytes are refused or read, and what is read is
 * written the same. */
#include "fuzz_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    watch_round(true, dcf_span_of(data, size));
    return 0;
}
