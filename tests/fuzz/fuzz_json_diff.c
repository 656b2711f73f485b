/* fuzz_json_diff.c - the JSON reader against jansson: the same documents are accepted, and mean the
 * same events. */
#include "fuzz_events.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of numbers only that they are some: jansson has none of any size. */
static bool digest(void *self, const dcf_event *e)
{
    watch *w = self;
    bool open = e->kind == DCF_EV_OPEN, value = e->kind == DCF_EV_VALUE;
    uint8_t head[] = {(uint8_t)e->kind, (uint8_t)(open ? e->shape : 0), open && e->array,
                      (uint8_t)(value ? e->value_kind : 0)};
    watch_mix(w, head, sizeof head);
    if (open) watch_mix(w, e->local.data, e->local.size);
    if (value && e->value_kind == DCF_VALUE_TEXT) watch_mix(w, e->value.data, e->value.size);
    return true;
}

/* Whether the fault is of a limit, or of what only this product asks: that there is an object. */
static bool is_ours(dcf_fault_code code)
{
    return code == DCF_FAULT_TEXT_TOO_LONG || code == DCF_FAULT_TOO_DEEP ||
           code == DCF_FAULT_TOO_MANY || code == DCF_FAULT_TOO_LARGE ||
           code == DCF_FAULT_WRONG_KIND;
}

/* False when the document is refused for a reason of ours. */
static bool read_ours(dcf_span doc, bool *ret_accepted, uint64_t *ret)
{
    dcf_arena arena;
    dcf_faults faults;
    dcf_parse p;
    watch w = {0};
    dcf_arena_init(&arena, (size_t)64 << 20);
    dcf_faults_init(&faults, &arena, 10);
    dcf_parse_init(&p, NULL, &arena, &faults, (dcf_sink){.on = digest, .self = &w});
    *ret_accepted = dcf_ok(dcf_json_read(&p, doc));
    bool judged = *ret_accepted || (faults.count == 1 && !is_ours(faults.items[0].code));
    dcf_arena_fini(&arena);
    *ret = w.digest;
    return judged;
}

static void tell(watch *w, const json_t *value, const char *name, size_t size, bool in_array);

static void tell_items(watch *w, const json_t *array, const char *name, size_t size)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        tell(w, json_array_get(array, i), name, size, true);
}

static void tell_members(watch *w, const json_t *object)
{
    for (void *at = json_object_iter((json_t *)object); at;
         at = json_object_iter_next((json_t *)object, at)) {
        const char *key = json_object_iter_key(at);
        tell(w, json_object_iter_value(at), key, strlen(key), false);
    }
}

static void tell(watch *w, const json_t *value, const char *name, size_t size, bool in_array)
{
    if (json_is_array(value) && !in_array) {
        tell_items(w, value, name, size);
        return;
    }
    bool object = json_is_object(value), list = json_is_array(value);
    dcf_event open = {.kind = DCF_EV_OPEN,
                      .shape = object ? DCF_SHAPE_OBJECT
                               : list ? DCF_SHAPE_LIST
                                      : DCF_SHAPE_SCALAR,
                      .array = in_array,
                      .local = dcf_span_of(name, size)};
    dcf_event plain = {.kind = DCF_EV_VALUE,
                       .value_kind = json_is_string(value)    ? DCF_VALUE_TEXT
                                     : json_is_number(value)  ? DCF_VALUE_NUMBER
                                     : json_is_boolean(value) ? DCF_VALUE_BOOLEAN
                                                              : DCF_VALUE_NULL,
                       .value = dcf_span_of(json_string_value(value), json_string_length(value))};
    digest(w, &open);
    if (object) tell_members(w, value);
    if (list) tell_items(w, value, "", 0);
    if (!object && !list) digest(w, &plain);
    digest(w, &(dcf_event){.kind = DCF_EV_CLOSE});
}

/* False when jansson has no number for one of the document's. */
static bool read_theirs(dcf_span doc, bool *ret_accepted, uint64_t *ret)
{
    json_error_t error;
    watch w = {0};
    size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL;
    bool mark = doc.size >= 3 && memcmp(doc.data, "\xEF\xBB\xBF", 3) == 0;
    if (mark) doc = dcf_span_of(doc.data + 3, doc.size - 3);
    json_t *root = json_loadb((const char *)doc.data, doc.size, flags, &error);
    *ret_accepted = root != NULL;
    if (root) tell(&w, root, "", 0, false);
    json_decref(root);
    *ret = w.digest;
    return root || json_error_code(&error) != json_error_numeric_overflow;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t ours, theirs;
    bool our_word, their_word;
    dcf_span doc = dcf_span_of(data, size);
    if (!read_ours(doc, &our_word, &ours)) return 0;
    if (size && memchr(data, 0, size)) { /* none is JSON; jansson takes one behind a number */
        LAW(!our_word);
        return 0;
    }
    if (!read_theirs(doc, &their_word, &theirs)) return 0;
    LAW(our_word == their_word);
    LAW(!our_word || ours == theirs);
    return 0;
}
