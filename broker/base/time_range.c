/* time_range.c - see time_range.h. */
#include "base/time_range.h"

#include "base/clock.h"
#include "base/day.h"

#include <stdio.h>

/* The text has exactly this form: 0 stands for a digit. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; text++, form++)
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form) return false;
    return *text == '\0';
}

/* The day that a text of such a form begins with, and the one after its last. */
static bool days_of(const char *text, dcf_day *ret_from, dcf_day *ret_to)
{
    char first[32];
    int months = 1;
    if (has_form(text, "0000-00-00")) {
        if (!dcf_day_parse(text, ret_from)) return false;
        *ret_to = *ret_from + 1;
        return true;
    }
    if (has_form(text, "0000")) {
        snprintf(first, sizeof first, "%s-01-01", text);
        months = 12;
    } else if (has_form(text, "0000-Q0")) {
        snprintf(first, sizeof first, "%.4s-%02d-01", text, (text[6] - '0') * 3 - 2);
        months = 3;
    } else if (has_form(text, "0000-00")) {
        snprintf(first, sizeof first, "%s-01", text);
    } else {
        return false;
    }
    if (!dcf_day_parse(first, ret_from)) return false;
    *ret_to = dcf_day_add_months(*ret_from, months);
    return true;
}

dcf_status dcf_time_range_parse(const char *text, dcf_time_range *ret)
{
    dcf_day from, to;
    if (!days_of(text, &from, &to) || from < 0) return DCF_ERR(CORRUPT);
    *ret = (dcf_time_range){dcf_day_ms(from, 0), dcf_day_ms(to, 0)};
    return DCF_OK;
}

dcf_status dcf_time_edge_parse(const char *text, int64_t *ret_ms)
{
    dcf_time_range p;
    if (dcf_ok(dcf_time_parse(text, ret_ms))) return DCF_OK;
    DCF_TRY(dcf_time_range_parse(text, &p));
    *ret_ms = p.from_ms;
    return DCF_OK;
}
