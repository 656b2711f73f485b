/* case_replay.c - dcfctl case replay: a bundle decided again, on any machine. */
#include "base/arena.h"
#include "ctl/ctl.h"
#include "exchange/replay.h"
#include "model/message.h"
#include "security/digest.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUNDLE_MAX = 256 << 20, MEMORY_MAX = 1 << 30 };

static void sha256(void *ctx, dcf_span bytes, uint8_t ret[32])
{
    (void)ctx;
    dcf_sha256(bytes, ret);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    return remove(path);
}

/* In a folder of its own, which is gone afterwards. */
static dcf_status replay(const Dcf__V1__CaseBundle *bundle, dcf_replay_report *ret,
                         dcf_yaml_error *err)
{
    char folder[] = "/tmp/dcfctl-replay-XXXXXX";
    if (!mkdtemp(folder)) return DCF_ERR(IO);
    dcf_status s = dcf_replay(bundle, folder, sha256, NULL, ret, err);
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return s;
}

/* Whether no byte was changed since it was made. */
static bool is_sealed(const Dcf__V1__CaseBundle *b, dcf_span bytes)
{
    uint8_t hash[32];
    if (bytes.size < DCF_BUNDLE_SEAL || b->sha256.len != sizeof hash) return false;
    dcf_sha256(dcf_span_of(bytes.data, bytes.size - DCF_BUNDLE_SEAL), hash);
    return memcmp(bytes.data + bytes.size - sizeof hash, hash, sizeof hash) == 0 &&
           memcmp(b->sha256.data, hash, sizeof hash) == 0;
}

static int tell(const ctl *c, const Dcf__V1__CaseBundle *b, const dcf_replay_report *r)
{
    if (ctl_wants_json(c)) {
        json_t *answer = json_pack(
            "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "case", b->case_key, "same", r->same,
            "messages", (json_int_t)r->messages, "due", (json_int_t)r->ticks, "events",
            (json_int_t)r->events, "undecided", (json_int_t)r->undecided, "rule_versions",
            (json_int_t)r->versions, "where", r->where, "made_by", b->program_version);
        ctl_json(c, answer);
        json_decref(answer);
    } else {
        fprintf(c->out,
                "case %s: %zu messages and %zu times something was due, under %zu rule versions\n",
                b->case_key, r->messages, r->ticks, r->versions);
        for (size_t i = 0; i < b->n_rules; i++)
            fprintf(c->out, "  rules: %s\n", b->rules[i]->version);
        if (r->undecided)
            fprintf(c->out, "  %zu messages left no event: held unread, or not decided yet\n",
                    r->undecided);
        if (r->same)
            fprintf(c->out,
                    "identical: %zu events, the digests of what they put out, and the state\n",
                    r->events);
        else
            fprintf(c->out, "DIFFERS: %s\n", r->where);
    }
    return r->same ? CTL_OK : CTL_FAILED;
}

static int replay_bytes(const ctl *c, dcf_span bytes)
{
    dcf_arena arena;
    ProtobufCMessage *m = NULL;
    dcf_replay_report report;
    dcf_yaml_error err = {{0}};
    dcf_arena_init(&arena, MEMORY_MAX);
    int code;
    dcf_status s = dcf_message_unpack(&dcf__v1__case_bundle__descriptor, bytes, &arena, &m);
    if (dcf_ok(s)) s = replay((Dcf__V1__CaseBundle *)m, &report, &err);
    if (dcf_ok(s) && report.same && !is_sealed((Dcf__V1__CaseBundle *)m, bytes)) {
        report.same = false;
        snprintf(report.where, sizeof report.where,
                 "the file was changed where nothing is decided: its digest does not fit");
    }
    if (dcf_ok(s))
        code = tell(c, (Dcf__V1__CaseBundle *)m, &report);
    else if (dcf_is(s, DCF_E_CORRUPT) || dcf_is(s, DCF_E_CONFIG))
        code = ctl_fail(c, CTL_FAILED, "Export it again: dcfctl case export URN.",
                        "%s is no whole bundle%s%s", c->args[0], err.text[0] ? ": " : "", err.text);
    else
        code = ctl_fail(c, CTL_INTERNAL, NULL, "%s: %s", c->args[0], dcf_status_text(s));
    dcf_arena_fini(&arena);
    return code;
}

int ctl_case_replay(ctl *c)
{
    dcf_buf file DCF_CLEANUP(dcf_buf_fini) = {0};
    dcf_status s = dcf_buf_read_file(&file, c->args[0], BUNDLE_MAX);
    if (dcf_is(s, DCF_E_NOT_FOUND))
        return ctl_fail(c, CTL_NOT_FOUND, "Make one with dcfctl case export URN.",
                        "there is no file %s", c->args[0]);
    if (dcf_failed(s))
        return ctl_fail(c, CTL_INTERNAL, NULL, "%s: %s", c->args[0], dcf_status_text(s));
    int code = CTL_OK;
    if (c->opt[OPT_KEY]) code = ctl_file_verify(c, c->args[0], dcf_buf_span(&file));
    return code == CTL_OK ? replay_bytes(c, dcf_buf_span(&file)) : code;
}
