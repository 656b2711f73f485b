/* status.c - class, name and text of each status, from the one table in status.h. */
#include "dcf/status.h"

static const struct {
    dcf_class class_;
    const char *name;
    const char *text;
} rows[DCF_STATUS_COUNT] = {
#define DCF_STATUS_ROW(name, class, text) {DCF_CLASS_##class, #name, text},
    DCF_STATUS_TABLE(DCF_STATUS_ROW)
#undef DCF_STATUS_ROW
};

static int row_of(dcf_status s)
{
    return s.code >= 0 && s.code < DCF_STATUS_COUNT ? s.code : DCF_E_BUG;
}

dcf_class dcf_status_class(dcf_status s)
{
    return rows[row_of(s)].class_;
}

const char *dcf_status_name(dcf_status s)
{
    return rows[row_of(s)].name;
}

const char *dcf_status_text(dcf_status s)
{
    return rows[row_of(s)].text;
}
