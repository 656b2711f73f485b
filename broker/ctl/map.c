/* map.c - dcfctl map to-canonical, from-canonical, check: translations, without a daemon. */
#include "ctl/map_job.h"

#include "dcf/v1/envelope.pb-c.h"

static int write_out(const ctl *c, const map_job *j)
{
    if (j->out.failed) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
    fwrite(j->out.data, 1, j->out.size, c->out);
    return CTL_OK;
}

static bool is_binary(const ctl *c, enum ctl_option id)
{
    return c->opt[id] && strcmp(c->opt[id], "binary") == 0;
}

static void pack(const Dcf__V1__Envelope *envelope, dcf_arena *arena, dcf_buf *out)
{
    size_t size = dcf__v1__envelope__get_packed_size(envelope);
    uint8_t *bytes = dcf_arena_alloc(arena, size);
    if (bytes)
        dcf_buf_add(out, dcf_span_of(bytes, dcf__v1__envelope__pack(envelope, bytes)));
    else
        out->failed = true;
}

static int to_canonical(const ctl *c, map_job *j)
{
    const char *file = c->args[0];
    Dcf__V1__Envelope *envelope = NULL;
    int code = map_read(c, j, file);
    if (code != CTL_OK) return code;
    code = map_judge(
        c, j, file,
        dcf_to_canonical(j->dialect, dcf_buf_span(&j->in), NULL, &j->arena, &j->faults, &envelope));
    if (code != CTL_OK) return code;
    if (is_binary(c, OPT_FORM)) {
        pack(envelope, &j->arena, &j->out);
    } else {
        dcf_status status = dcf_canonical_to_json(envelope, true, &j->out);
        if (dcf_failed(status)) return map_fail(c, file, status);
        dcf_buf_addc(&j->out, '\n');
    }
    return write_out(c, j);
}

static int from_canonical(const ctl *c, map_job *j)
{
    const char *file = c->args[0];
    Dcf__V1__Envelope *envelope = NULL;
    int code = map_read(c, j, file);
    if (code != CTL_OK) return code;
    if (is_binary(c, OPT_INPUT)) {
        envelope = dcf__v1__envelope__unpack(&j->arena.pb, j->in.size, j->in.data);
        if (!envelope)
            return ctl_fail(c, CTL_FAILED, "Is it JSON? Leave --input out.",
                            "%s: no packed envelope", file);
    } else {
        code = map_judge(
            c, j, file,
            dcf_canonical_from_json(dcf_buf_span(&j->in), NULL, &j->arena, &j->faults, &envelope));
        if (code != CTL_OK) return code;
        dcf_faults_init(&j->faults, &j->arena, MAP_FAULTS_MAX); /* those so far are printed */
    }
    code = map_judge(c, j, file,
                     dcf_from_canonical(j->dialect, envelope, &j->arena, &j->faults, &j->out));
    return code == CTL_OK ? write_out(c, j) : code;
}

static int check(const ctl *c, map_job *j)
{
    int worst = CTL_OK;
    for (int i = 0; i < c->arg_count; i++) {
        Dcf__V1__Envelope *envelope = NULL;
        const char *file = c->args[i];
        map_next(j);
        int code = map_read(c, j, file);
        if (code == CTL_OK)
            code = map_judge(c, j, file,
                             dcf_to_canonical(j->dialect, dcf_buf_span(&j->in), NULL, &j->arena,
                                              &j->faults, &envelope));
        if (code == CTL_OK || code == CTL_FAILED)
            fprintf(c->out, "%s: %s, %zu errors, %zu warnings\n", file,
                    code == CTL_OK ? "ok" : "faulty", j->faults.errors,
                    j->faults.count + j->faults.dropped - j->faults.errors);
        if (code > worst) worst = code;
    }
    return worst;
}

int ctl_map_to_canonical(ctl *c)
{
    return map_run(c, to_canonical);
}

int ctl_map_from_canonical(ctl *c)
{
    return map_run(c, from_canonical);
}

int ctl_map_check(ctl *c)
{
    return map_run(c, check);
}
