/* fault_json.c - see fault_json.h. */
#include "model/fault_json.h"

#include "base/json_text.h"

#include <inttypes.h>

void dcf_fault_json(const dcf_fault *fault, dcf_buf *out)
{
    const dcf_fault_row *row = dcf_fault_row_of(fault->code);
    dcf_buf_addc(out, '{');
    dcf_json_pair(out, true, "code", row->id);
    dcf_json_pair(out, false, "severity", fault->severity == DCF_SEVERITY_ERROR ? "error" : "warn");
    dcf_buf_printf(out, ",\"line\":%" PRIu32 ",\"column\":%" PRIu32, fault->line, fault->column);
    dcf_json_pair(out, false, "path", fault->path);
    dcf_json_pair(out, false, "field", fault->field);
    dcf_json_pair(out, false, "text", row->text);
    dcf_json_pair(out, false, "detail", fault->detail);
    dcf_json_pair(out, false, "remedy", row->remedy);
    dcf_json_pair(out, false, "who", row->who);
    dcf_buf_addc(out, '}');
}

void dcf_faults_json_members(const dcf_faults *faults, dcf_buf *out)
{
    dcf_buf_adds(out, "\"faults\":[");
    for (size_t i = 0; i < faults->count; i++) {
        if (i) dcf_buf_addc(out, ',');
        dcf_fault_json(&faults->items[i], out);
    }
    dcf_buf_printf(out, "],\"more\":%zu", faults->dropped);
}
