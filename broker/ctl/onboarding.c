/* onboarding.c - dcfctl onboarding: each link on its way from registered to live. */
#include "ctl/ctl.h"

static const ctl_column LINKS[] = {{"LINK", "link", CELL_TEXT},       {"PARTY", "party", CELL_TEXT},
                                   {"DIALECT", "dialect", CELL_TEXT}, {"STAGE", "stage", CELL_TEXT},
                                   {"SINCE", "since", CELL_TEXT},     {"NEXT", "next", CELL_TEXT},
                                   {"READY", "ready", CELL_TEXT}};
static const ctl_column COUNTS[] = {{"MESSAGES", "messages", CELL_TEXT},
                                    {"REFUSED", "refused", CELL_TEXT},
                                    {"HELD", "held", CELL_TEXT},
                                    {"DELIVERED", "delivered", CELL_TEXT},
                                    {"NOT-DELIVERED", "not_delivered", CELL_TEXT},
                                    {"SHADOWED", "shadowed", CELL_TEXT},
                                    {"COMPARED", "compared", CELL_TEXT},
                                    {"DIFFERING", "differing", CELL_TEXT},
                                    {"LOST", "lost", CELL_TEXT}};
static const ctl_column CRITERIA[] = {{"MET", "met", CELL_TEXT},
                                      {"MEASURE", "measure", CELL_TEXT},
                                      {"IS", "is_text", CELL_TEXT},
                                      {"NEEDED", "needed_text", CELL_TEXT},
                                      {"WHY", "text", CELL_TEXT}};

static void set_number(json_t *row, const char *key, const char *before, const char *from)
{
    char text[64];
    const char *in = json_string_value(json_object_get(row, "in"));
    snprintf(text, sizeof text, "%s%.6g%s", before, json_number_value(json_object_get(row, from)),
             in && strcmp(in, "percent") == 0 ? " %" : "");
    json_object_set_new(row, key, json_string(text));
}

static void print_link(const ctl *c, const json_t *link)
{
    size_t i;
    json_t *row, *criteria = json_object_get(link, "criteria");
    ctl_fields(c, LINKS, CTL_COUNT(LINKS), link);
    ctl_fields(c, COUNTS, CTL_COUNT(COUNTS), json_object_get(link, "counts"));
    json_array_foreach(criteria, i, row)
    {
        const char *bound = json_string_value(json_object_get(row, "bound"));
        set_number(row, "is_text", "", "is");
        set_number(row, "needed_text",
                   bound && strcmp(bound, "least") == 0 ? "at least " : "at most ", "needed");
    }
    fputc('\n', c->out);
    ctl_table(c, CRITERIA, CTL_COUNT(CRITERIA), criteria, "nothing is asked of this stage");
}

/* One link's answer; the caller's. */
static int get_link(ctl *c, json_t **ret)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_buf_adds(&path, "/v1/onboarding");
    ctl_path_add(&path, c->args[0]);
    const char *text = dcf_buf_cstr(&path);
    return text ? ctl_get(c, text, ret) : CTL_INTERNAL;
}

static const json_t *first(const json_t *answer)
{
    return json_array_get(json_object_get(answer, "links"), 0);
}

int ctl_onboarding_list(ctl *c)
{
    json_t *answer = NULL;
    int code = ctl_get(c, "/v1/onboarding", &answer);
    if (code != CTL_OK) return code;
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else
        ctl_table(c, LINKS, CTL_COUNT(LINKS), json_object_get(answer, "links"),
                  "no link is configured");
    json_decref(answer);
    return CTL_OK;
}

int ctl_onboarding_show(ctl *c)
{
    json_t *answer = NULL;
    int code = get_link(c, &answer);
    if (code != CTL_OK) return code;
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else
        print_link(c, first(answer));
    json_decref(answer);
    return CTL_OK;
}

int ctl_onboarding_check(ctl *c)
{
    json_t *answer = NULL;
    int code = get_link(c, &answer);
    if (code != CTL_OK) return code;
    const json_t *link = first(answer);
    const char *next = json_string_value(json_object_get(link, "next"));
    bool ready = json_is_true(json_object_get(link, "ready"));
    bool last = !next || !*next;
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else
        print_link(c, link);
    if (!ready && !last)
        code = ctl_fail(c, CTL_FAILED, "The lines that say MET no tell what is missing.",
                        "%s does not meet what %s takes", c->args[0], next);
    json_decref(answer);
    return code;
}
