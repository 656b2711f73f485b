/* fuzz_json.c - the JSON reader and writer: any bytes are refused or read, and what is read is
 * written the same. */
#include "fuzz_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    watch_round(false, dcf_span_of(data, size));
    return 0;
}
