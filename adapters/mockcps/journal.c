/*
 * journal.c - one JSON line for each delivery taken and each outcome acknowledged,
 * so that a killed mock comes back knowing what it answered for. It holds the
 * documents: it belongs where the case files belong.
 */
#include "mockcps/state.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static dcf_status write_line(mock *m, json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (!text) return DCF_ERR(NOMEM);
    bool written = fputs(text, m->journal) >= 0 && fputc('\n', m->journal) != EOF &&
                   fflush(m->journal) == 0 && (!m->sync || fdatasync(fileno(m->journal)) == 0);
    free(text);
    return written ? DCF_OK : DCF_ERR(IO);
}

dcf_status mock_journal_delivery(mock *m, const mock_delivery *d)
{
    if (!m->journal || m->replaying) return DCF_OK;
    return write_line(m, json_pack("{s:I, s:s*, s:s, s:s, s:s, s:s, s:I, s:O}", "at",
                                   (json_int_t)d->at_ms, "urn", d->urn, "key", d->key, "type",
                                   d->type, "schema", d->schema, "sha256", d->sha256, "sequence",
                                   d->sequence, "body", d->doc));
}

void mock_journal_acknowledged(mock *m, const char *urn, const char *id)
{
    if (!m->journal || m->replaying) return;
    /* Lost, it is only sent again under the same key. */
    if (dcf_failed(write_line(m, json_pack("{s:s, s:s}", "ack", id, "urn", urn))))
        dcf_log(DCF_LOG_WARN, "JOURNAL_WRITE_FAILED", NULL);
}

static bool replay_line(mock *m, const json_t *line)
{
    const char *urn = json_string_value(json_object_get(line, "urn"));
    const char *ack = json_string_value(json_object_get(line, "ack"));
    if (ack) {
        mock_case *c = urn ? mock_find(m, urn) : NULL;
        if (c) mock_acknowledged(m, c, ack);
        return true;
    }
    mock_delivery d = {.urn = urn,
                       .key = json_string_value(json_object_get(line, "key")),
                       .type = json_string_value(json_object_get(line, "type")),
                       .schema = json_string_value(json_object_get(line, "schema")),
                       .sha256 = json_string_value(json_object_get(line, "sha256")),
                       .sequence = json_integer_value(json_object_get(line, "sequence")),
                       .at_ms = json_integer_value(json_object_get(line, "at")),
                       .doc = json_object_get(line, "body")};
    json_t *answer = d.key && d.type && d.schema && d.sha256 && d.doc ? mock_apply(m, &d) : NULL;
    json_decref(answer);
    return answer != NULL;
}

/* Applies whole lines; *ret_good is where the last of them ends. */
static dcf_status replay(mock *m, off_t *ret_good)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t size;
    dcf_status s = DCF_OK;
    while (dcf_ok(s) && (size = getline(&text, &room, m->journal)) > 0) {
        if (text[size - 1] != '\n') break; /* torn by a kill: it was never answered */
        json_t *line = json_loadb(text, (size_t)size, 0, NULL);
        if (!line || !replay_line(m, line)) s = DCF_ERR(CORRUPT);
        json_decref(line);
        *ret_good += size;
    }
    free(text);
    return s;
}

dcf_status mock_journal_open(mock *m, const char *path)
{
    m->journal = fopen(path, "a+e");
    if (!m->journal) return errno == ENOMEM ? DCF_ERR(NOMEM) : DCF_ERR(IO);
    off_t good = 0;
    rewind(m->journal);
    m->replaying = true;
    dcf_status s = replay(m, &good);
    m->replaying = false;
    DCF_TRY(s);
    return ftruncate(fileno(m->journal), good) == 0 && fseeko(m->journal, 0, SEEK_END) == 0
               ? DCF_OK
               : DCF_ERR(IO);
}
