/* calendar.c - see calendar.h. */
#include "exchange/calendar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, HOUR_MS = 60 * 60 * 1000, MINUTE_MS = 60 * 1000 };
enum { PERIOD_MOST = 100000 };

/* --- periods --------------------------------------------------------------------------- */

static const char *const unit_names[] = {"minute", "hour", "day", "week", "month", "working day"};

bool dcf_period_is_time(dcf_period p)
{
    return p.unit == DCF_UNIT_MINUTES || p.unit == DCF_UNIT_HOURS;
}

bool dcf_period_parse(const char *text, dcf_period *ret)
{
    char *end;
    long count = strtol(text, &end, 10);
    if (end == text || isspace((unsigned char)*text) || *end != ' ' || count > PERIOD_MOST ||
        count < -PERIOD_MOST)
        return false;
    for (size_t i = 0; i < sizeof unit_names / sizeof unit_names[0]; i++) {
        size_t size = strlen(unit_names[i]);
        if (strncmp(end + 1, unit_names[i], size) != 0) continue;
        const char *rest = end + 1 + size;
        if (strcmp(rest, "s") != 0 && *rest) return false;
        *ret = (dcf_period){(int32_t)count, (dcf_period_unit)i};
        return true;
    }
    return false;
}

char *dcf_period_format(dcf_period p, char out[DCF_PERIOD_TEXT_SIZE])
{
    snprintf(out, DCF_PERIOD_TEXT_SIZE, "%d %s%s", (int)p.count, unit_names[p.unit],
             p.count == 1 || p.count == -1 ? "" : "s");
    return out;
}

/* --- bank holidays ----------------------------------------------------------------------- */

struct dcf_holidays {
    dcf_yaml_doc *doc;
    dcf_day from, until; /* both covered */
    dcf_day *days;
    size_t count;
};

static dcf_status read_day(const dcf_holidays *h, const dcf_yaml *node, const char *text,
                           dcf_day *ret, dcf_yaml_error *err)
{
    if (text && dcf_day_parse(text, ret)) return DCF_OK;
    return dcf_yaml_fail(h->doc, node, err, "a date is written 2026-12-25");
}

/* Whether the file speaks of that day at all: its year lies in valid_from to valid_until. */
static bool covers(const dcf_holidays *h, dcf_day day)
{
    return h && day >= h->from && day <= h->until;
}

static dcf_status read_holidays(dcf_holidays *h, dcf_yaml_error *err)
{
    static const char *const known[] = {"source", "valid_from", "valid_until", "holidays", NULL};
    const dcf_yaml *root = dcf_yaml_root(h->doc), *list = dcf_yaml_get(root, "holidays");
    DCF_TRY(dcf_yaml_only(h->doc, root, known, err));
    DCF_TRY(read_day(h, root, dcf_yaml_str(root, "valid_from", NULL), &h->from, err));
    DCF_TRY(read_day(h, root, dcf_yaml_str(root, "valid_until", NULL), &h->until, err));
    if (!list || list->kind != DCF_YAML_MAP || !list->count)
        return dcf_yaml_fail(h->doc, list ? list : root, err, "holidays must be a map of dates");
    h->days = calloc(list->count, sizeof *h->days);
    if (!h->days) return DCF_ERR(NOMEM);
    for (; h->count < list->count; h->count++) {
        const dcf_yaml *item = &list->items[h->count];
        DCF_TRY(read_day(h, item, item->key, &h->days[h->count], err));
        if (!covers(h, h->days[h->count]))
            return dcf_yaml_fail(h->doc, item, err, "a date outside valid_from and valid_until");
        if (dcf_day_weekday(h->days[h->count]) > 4)
            return dcf_yaml_fail(h->doc, item, err,
                                 "a weekend: write the substitute day, which is no working day");
    }
    return DCF_OK;
}

/* Takes the document. */
static dcf_status build(dcf_yaml_doc *doc, dcf_holidays **ret, dcf_yaml_error *err)
{
    dcf_holidays *h = calloc(1, sizeof *h);
    if (!h) {
        dcf_yaml_free(doc);
        return DCF_ERR(NOMEM);
    }
    h->doc = doc;
    dcf_status s = read_holidays(h, err);
    if (dcf_failed(s))
        dcf_holidays_free(h);
    else
        *ret = h;
    return s;
}

dcf_status dcf_holidays_load(const char *path, dcf_holidays **ret, dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_load(path, &doc, err));
    return build(doc, ret, err);
}

dcf_status dcf_holidays_parse(dcf_span text, const char *name, dcf_holidays **ret,
                              dcf_yaml_error *err)
{
    dcf_yaml_doc *doc = NULL;
    DCF_TRY(dcf_yaml_parse(text, name, &doc, err));
    return build(doc, ret, err);
}

void dcf_holidays_free(dcf_holidays *h)
{
    if (!h) return;
    dcf_yaml_free(h->doc);
    free(h->days);
    free(h);
}

dcf_day dcf_holidays_last(const dcf_holidays *h)
{
    return h->until;
}

bool dcf_holidays_working(const dcf_holidays *h, dcf_day day)
{
    if (dcf_day_weekday(day) > 4) return false;
    for (size_t i = 0; h && i < h->count; i++)
        if (h->days[i] == day) return false;
    return true;
}

/* --- counting ------------------------------------------------------------------------------ */

static dcf_day add_working(const dcf_holidays *h, dcf_day day, int count, bool *ret_sure)
{
    int step = count < 0 ? -1 : 1;
    while (count) {
        day += step;
        if (!covers(h, day) && ret_sure) *ret_sure = false;
        if (dcf_holidays_working(h, day)) count -= step;
    }
    return day;
}

dcf_day dcf_day_add(const dcf_holidays *h, dcf_day day, dcf_period p, bool *ret_sure)
{
    switch (p.unit) {
    case DCF_UNIT_DAYS:
        return day + p.count;
    case DCF_UNIT_WEEKS:
        return day + 7 * p.count;
    case DCF_UNIT_MONTHS:
        return dcf_day_add_months(day, p.count);
    case DCF_UNIT_WORKING_DAYS:
        return add_working(h, day, p.count, ret_sure);
    case DCF_UNIT_MINUTES:
    case DCF_UNIT_HOURS:
        break; /* less than a day: the day itself */
    }
    return day;
}

int64_t dcf_moment_add(const dcf_holidays *h, int64_t ms, dcf_period p, bool *ret_sure)
{
    if (p.unit == DCF_UNIT_MINUTES) return ms + (int64_t)p.count * MINUTE_MS;
    if (p.unit == DCF_UNIT_HOURS) return ms + (int64_t)p.count * HOUR_MS;
    dcf_day day = dcf_day_at(ms);
    int64_t into = dcf_local_ms(ms) - (int64_t)day * DAY_MS;
    int64_t at = dcf_day_ms(dcf_day_add(h, day, p, ret_sure), (int)(into / MINUTE_MS));
    return at + into % MINUTE_MS;
}
