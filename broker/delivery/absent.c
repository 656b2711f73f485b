/* absent.c - long cases: only so many messages of one are kept whole. The others are known by their
 * offset, come after those in its line, and are read again when enough of them are done. */
#include "delivery/state.h"

static void count_whole(dcf_scheduler *s, const dcf_item *item)
{
    s->lanes[item->m.lane].whole++;
    s->lanes[item->m.lane].bytes += item->m.size;
    item->line->whole++;
}

static void count_absent(dcf_scheduler *s, dcf_item *item)
{
    dcf_line *l = item->line;
    item->absent = true;
    s->lanes[item->m.lane].absent++;
    if (l->absent) return;
    l->absent = item;
    l->next_long = s->long_lines;
    s->long_lines = l;
}

/* The first absent item of its line is so no more: it is whole now, or goes. */
static void uncount_absent(dcf_scheduler *s, dcf_item *item)
{
    dcf_line *l = item->line, **at = &s->long_lines;
    item->absent = false;
    s->lanes[item->m.lane].absent--;
    l->absent = item->next;
    if (l->absent) return;
    l->asked = false;
    while (*at != l) at = &(*at)->next_long;
    *at = l->next_long;
}

void dcf_item_joins(dcf_scheduler *s, dcf_item *item, bool absent)
{
    if (absent)
        count_absent(s, item);
    else
        count_whole(s, item);
}

void dcf_item_leaves(dcf_scheduler *s, dcf_item *item)
{
    if (item->absent) {
        uncount_absent(s, item);
        return;
    }
    s->lanes[item->m.lane].whole--;
    s->lanes[item->m.lane].bytes -= item->m.size;
    item->line->whole--;
}

bool dcf_line_is_long(const dcf_scheduler *s, const dcf_line *l)
{
    return l && (l->absent || l->whole >= s->config.case_messages);
}

bool dcf_scheduler_is_absent(const dcf_scheduler *s, dcf_delivery d)
{
    const dcf_item *item = dcf_item_of(s, d);
    return item && item->absent;
}

size_t dcf_scheduler_absent_room(const dcf_scheduler *s, dcf_lane lane)
{
    return s->config.absent - s->lanes[lane].absent;
}

/* So few of it are left whole that more should be on their way. */
static bool is_hungry(const dcf_scheduler *s, const dcf_line *l, dcf_lane lane)
{
    return !l->asked && l->whole <= s->config.case_messages / 4 && l->absent->m.lane == lane;
}

bool dcf_scheduler_wants(dcf_scheduler *s, dcf_lane lane, int32_t *ret_partition,
                         int64_t *ret_offset)
{
    const dcf_line *hungry = s->long_lines;
    while (hungry && !is_hungry(s, hungry, lane)) hungry = hungry->next_long;
    if (!hungry) return false;
    *ret_partition = hungry->absent->m.partition;
    *ret_offset = hungry->absent->m.offset;
    for (dcf_line *l = s->long_lines; l; l = l->next_long) { /* one reading serves them all */
        if (l->absent->m.partition != *ret_partition || (!l->asked && !is_hungry(s, l, lane)))
            continue;
        l->asked = true;
        if (l->absent->m.offset < *ret_offset) *ret_offset = l->absent->m.offset;
    }
    return true;
}

void dcf_scheduler_want_again(dcf_scheduler *s)
{
    for (dcf_line *l = s->long_lines; l; l = l->next_long) l->asked = false;
}

dcf_delivery dcf_scheduler_wanted(const dcf_scheduler *s, int32_t number, const char *case_key,
                                  int64_t offset)
{
    const dcf_line *l = dcf_lines_find(&s->lines, number, case_key);
    bool wanted =
        l && l->absent && l->absent->m.offset == offset && l->whole < s->config.case_messages;
    return wanted ? dcf_handle_of(s, l->absent) : 0;
}

dcf_delivery dcf_scheduler_lost(const dcf_scheduler *s, int32_t number, int64_t offset)
{
    const dcf_partition *p = dcf_partition_of(s, number);
    if (!p || !dcf_offsets_seen(&p->offsets, offset)) return 0;
    for (const dcf_line *l = s->long_lines; l; l = l->next_long)
        if (l->asked && l->absent->m.partition == number && l->absent->m.offset < offset)
            return dcf_handle_of(s, l->absent);
    return 0;
}

dcf_status dcf_scheduler_fill(dcf_scheduler *s, dcf_delivery d)
{
    dcf_item *item = dcf_item_of(s, d);
    if (!item || item->line->absent != item) return DCF_ERR(NOT_FOUND);
    if (!dcf_lane_fits(s, item->m.lane, item->m.size)) return DCF_ERR(AGAIN);
    dcf_line *l = item->line;
    uncount_absent(s, item);
    count_whole(s, item);
    if (l->whole >= s->config.case_messages) l->asked = false;
    if (l->head == item) dcf_line_wait(s, l);
    return DCF_OK;
}
