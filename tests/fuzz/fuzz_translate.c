/* fuzz_translate.c - documents of XML and JSON through a mapping with all of the language. */
#include "fuzz_trip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Written always, and in JSON nowhere. */
static void fill(Dcf__V1__Envelope *e)
{
    e->correlation_id = (char *)"C";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dcf_dialect *xml, *json, *refs;
    if (!xml) {
        xml = trip_load("tests/unit/translate/xml.yaml");
        json = trip_load("tests/unit/translate/json.yaml");
        refs = trip_load("tests/unit/translate/refs.yaml");
    }
    const uint8_t *first = data;
    while (first < data + size && *first <= ' ') first++;
    bool object = first < data + size && *first == '{';
    trip_laws(object ? json : xml, dcf_span_of(data, size),
              (trip_options){.must_write = true, .ready = fill});
    if (object) trip_laws(refs, dcf_span_of(data, size), (trip_options){0});
    return 0;
}
