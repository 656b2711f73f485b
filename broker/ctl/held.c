/* held.c - dcfctl queue hold, held replay, correct, discard and what becomes of them, and reload:
 * what an operator sets going. */
#include "ctl/ctl.h"

#include <stdlib.h>
#include <time.h>

enum { WAIT_MS = 10000, LOOK_MS = 200 }; /* for a job that was just begun */

/* --- printing ------------------------------------------------------------------------------- */

static const ctl_column PREVIEW[] = {
    {"MESSAGES", "count", CELL_TEXT},        {"OLDEST", "oldest", CELL_TEXT},
    {"NEWEST", "newest", CELL_TEXT},         {"TAKEN SINCE", "duplicates", CELL_TEXT},
    {"WAIT FOR CASE", "waiting", CELL_TEXT}, {"SECOND PERSON", "needs_approval", CELL_TEXT}};
static const ctl_column DESTINATIONS[] = {{"FOR", "party", CELL_TEXT},
                                          {"MESSAGES", "count", CELL_TEXT}};
static const ctl_column JOB[] = {{"JOB", "job", CELL_TEXT},
                                 {"VERB", "verb", CELL_TEXT},
                                 {"STATE", "state", CELL_TEXT},
                                 {"BY", "by", CELL_TEXT},
                                 {"APPROVED", "approved_by", CELL_TEXT},
                                 {"TOTAL", "total", CELL_TEXT},
                                 {"DONE", "done", CELL_TEXT},
                                 {"FAILED", "failed", CELL_TEXT},
                                 {"CREATED", "created", CELL_TEXT},
                                 {"NOTE", "note", CELL_TEXT},
                                 {"LAST ERROR", "last_error", CELL_TEXT},
                                 {"PER MINUTE", "per_minute", CELL_TEXT},
                                 {"DAEMON", "instance", CELL_TEXT},
                                 {"CHANGED", "changed", CELL_TEXT}};
enum { JOB_LISTED = 10 }; /* columns of a list of jobs */

static const json_t *first_job(const json_t *answer)
{
    return json_array_get(json_object_get(answer, "jobs"), 0);
}

static const char *state_of(const json_t *job)
{
    const char *state = json_string_value(json_object_get(job, "state"));
    return state ? state : "";
}

static void print_preview(const ctl *c, const json_t *answer)
{
    const json_t *p = json_object_get(answer, "preview");
    ctl_fields(c, PREVIEW, CTL_COUNT(PREVIEW), p);
    fputc('\n', c->out);
    ctl_table(c, DESTINATIONS, CTL_COUNT(DESTINATIONS), json_object_get(p, "destinations"), "");
    fputs("\nNothing was done: add --yes to do it.\n", c->out);
}

/* Prints the job, and what is still to be done by people. */
static int print_job(const ctl *c, const json_t *answer)
{
    const json_t *job = first_job(answer);
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else
        ctl_fields(c, JOB, CTL_COUNT(JOB), job);
    if (!ctl_wants_json(c) && strcmp(state_of(job), "pending") == 0)
        fprintf(c->out, "\nAnother operator must approve it: dcfctl held approve %s --as NAME\n",
                json_string_value(json_object_get(job, "job")));
    return json_integer_value(json_object_get(job, "failed")) ? CTL_FAILED : CTL_OK;
}

/* --- a new job -------------------------------------------------------------------------------- */

static void set_text(json_t *body, const char *key, const char *value)
{
    if (value) json_object_set_new(body, key, json_string(value));
}

static json_t *sets_of(const ctl *c)
{
    json_t *list = json_array();
    for (int i = 0; i < c->set_count; i++) {
        size_t size = strcspn(c->sets[i], "=");
        json_array_append_new(list, json_pack("{s:s%, s:s}", "field", c->sets[i], size, "value",
                                              c->sets[i] + size + 1));
    }
    return list;
}

/* ids_from: where the arguments that are ids begin. */
static json_t *body_of(const ctl *c, const char *verb, int ids_from)
{
    json_t *body = json_object(), *ids = json_array();
    for (int i = ids_from; i < c->arg_count; i++)
        json_array_append_new(ids, json_string(c->args[i]));
    json_object_set_new(body, "verb", json_string(verb));
    json_object_set_new(body, "held_ids", ids);
    if (c->set_count) json_object_set_new(body, "set", sets_of(c));
    set_text(body, "reason", c->opt[OPT_REASON]);
    set_text(body, "party", c->opt[OPT_PARTY]);
    set_text(body, "case", c->opt[OPT_CASE]);
    set_text(body, "since", c->opt[OPT_SINCE]);
    set_text(body, "until", c->opt[OPT_UNTIL]);
    set_text(body, "note", c->opt[OPT_NOTE]);
    if (c->opt[OPT_RATE])
        json_object_set_new(body, "per_minute", json_integer(strtoll(c->opt[OPT_RATE], NULL, 10)));
    return body;
}

/* Looks after a job that runs, for a while: most are done at once. */
static int follow(const ctl *c, json_t **answer)
{
    for (int waited = 0; waited < WAIT_MS && strcmp(state_of(first_job(*answer)), "running") == 0;
         waited += LOOK_MS) {
        dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
        json_t *now = NULL;
        dcf_buf_adds(&path, "/v1/jobs");
        ctl_path_add(&path, json_string_value(json_object_get(first_job(*answer), "job")));
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
        int code = ctl_get(c, dcf_buf_cstr(&path), &now);
        if (code != CTL_OK) return code;
        json_decref(*answer);
        *answer = now;
    }
    return CTL_OK;
}

/* Takes body. */
static int ask_for(ctl *c, json_t *body)
{
    bool yes = c->opt[OPT_YES] != NULL;
    json_t *answer = NULL;
    int code = ctl_post(c, yes ? "/v1/jobs" : "/v1/jobs?dry_run=1", body, &answer);
    json_decref(body);
    if (code == CTL_OK && yes) code = follow(c, &answer);
    if (code == CTL_OK && yes)
        code = print_job(c, answer);
    else if (code == CTL_OK && ctl_wants_json(c))
        ctl_json(c, answer);
    else if (code == CTL_OK)
        print_preview(c, answer);
    json_decref(answer);
    return code;
}

static int act(ctl *c, const char *verb)
{
    if (c->opt[OPT_RATE] && strtoll(c->opt[OPT_RATE], NULL, 10) < 1)
        return ctl_fail(c, CTL_USAGE, "A number of messages a minute, from 1.",
                        "--rate is not '%s'", c->opt[OPT_RATE]);
    return ask_for(c, body_of(c, verb, 0));
}

int ctl_queue_hold(ctl *c)
{
    json_t *body = body_of(c, "hold", 1);
    set_text(body, "party", c->args[0]);
    return ask_for(c, body);
}

int ctl_held_replay(ctl *c)
{
    return act(c, "replay");
}

int ctl_held_discard(ctl *c)
{
    return act(c, "discard");
}

int ctl_held_correct(ctl *c)
{
    if (!c->set_count)
        return ctl_fail(c, CTL_USAGE, "held show names the fields at fault.",
                        "nothing is put right: --set FIELD=VALUE is missing");
    return act(c, "correct");
}

int ctl_reload(ctl *c)
{
    static const ctl_column columns[] = {{"RELOADED", "reloaded", CELL_TEXT},
                                         {"RULES", "rules", CELL_TEXT}};
    json_t *answer = NULL;
    int code = ctl_post(c, "/v1/reload", NULL, &answer);
    if (code == CTL_OK && ctl_wants_json(c))
        ctl_json(c, answer);
    else if (code == CTL_OK)
        ctl_fields(c, columns, CTL_COUNT(columns), answer);
    json_decref(answer);
    return code;
}

/* --- jobs there are -----------------------------------------------------------------------------
 */

int ctl_held_jobs(ctl *c)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    json_t *answer = NULL;
    dcf_buf_adds(&path, "/v1/jobs");
    if (c->arg_count) ctl_path_add(&path, c->args[0]);
    int code = ctl_get(c, dcf_buf_cstr(&path), &answer);
    if (code != CTL_OK) return code;
    if (ctl_wants_json(c))
        ctl_json(c, answer);
    else if (c->arg_count)
        ctl_fields(c, JOB, CTL_COUNT(JOB), first_job(answer));
    else
        ctl_table(c, JOB, JOB_LISTED, json_object_get(answer, "jobs"), "no jobs");
    json_decref(answer);
    return CTL_OK;
}

static int say(ctl *c, const char *word)
{
    dcf_buf path DCF_CLEANUP(dcf_buf_fini) = {0};
    json_t *answer = NULL;
    dcf_buf_adds(&path, "/v1/jobs");
    ctl_path_add(&path, c->args[0]);
    ctl_path_add(&path, word);
    int code = ctl_post(c, dcf_buf_cstr(&path), NULL, &answer);
    if (code == CTL_OK) code = follow(c, &answer);
    if (code == CTL_OK) code = print_job(c, answer);
    json_decref(answer);
    return code;
}

int ctl_held_approve(ctl *c)
{
    return say(c, "approve");
}

int ctl_held_stop(ctl *c)
{
    return say(c, "stop");
}

int ctl_held_resume(ctl *c)
{
    return say(c, "resume");
}
