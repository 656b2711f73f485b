/* fuzz_protobuf.c - protobuf wire bytes: every type of field, nested and repeated. */
#include "fuzz_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dcf_dialect *wire;
    if (!wire) wire = trip_load("tests/unit/translate/protobuf.yaml");
    trip_laws(wire, dcf_span_of(data, size), (trip_options){.must_write = true});
    return 0;
}
