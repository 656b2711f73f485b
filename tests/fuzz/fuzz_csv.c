/* fuzz_csv.c - tables: with record types and without, in each encoding, padded and strict. What
 * cannot be written is told: another encoding's characters, entries that a flat table makes one. */
#include "fuzz_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dcf_dialect *records, *table;
    if (!records) {
        records = trip_load("tests/unit/translate/csv.yaml");
        table = trip_load("tests/unit/translate/table.yaml");
    }
    trip_laws(records, dcf_span_of(data, size), (trip_options){0});
    trip_laws(table, dcf_span_of(data, size), (trip_options){0});
    return 0;
}
