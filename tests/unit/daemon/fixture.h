/*
 * fixture.h - what tests of the daemon share: a folder of their own, a dialect of a few lines, an
 * in-process Kafka with the daemon's topics, and envelopes.
 */
#ifndef DCF_TESTS_DAEMON_FIXTURE_H
#define DCF_TESTS_DAEMON_FIXTURE_H

#include "await.h"
#include "base/arena.h"
#include "daemon/dialects.h"
#include "daemon/measures.h"
#include "kafka/embedded.h"
#include "kafka/reader.h"
#include "kafka/topics.h"
#include "model/envelope.h"

#include <stdlib.h>
#include <sys/stat.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

#define UNUSED __attribute__((unused))

static char fx_folder[64];

static const char fx_mapping[] = "dialect: mini\n"
                                 "version: \"7\"\n"
                                 "format: xml\n"
                                 "media_type: application/xml\n"
                                 "text: trim\n"
                                 "messages:\n"
                                 "  Case:\n"
                                 "    canonical: case_submission\n"
                                 "    fields:\n"
                                 "      - {native: Id, canonical: /source_message_id}\n"
                                 "      - {native: Urn, canonical: urn, as: urn, required: true}\n"
                                 "      - {native: Kind, canonical: kind, as: enum}\n"
                                 "      - each: Defendant\n"
                                 "        canonical: defendants\n"
                                 "        fields:\n"
                                 "          - {native: Name, canonical: person.name.family_name}\n";

/* The path of a file in the test's folder; a few at a time. */
UNUSED static char *fx_path(const char *below)
{
    static char paths[8][320];
    static unsigned next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", fx_folder, below);
    return p;
}

UNUSED static void fx_write(const char *below, const char *text)
{
    FILE *f = fopen(fx_path(below), "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) abort();
}

UNUSED static bool fx_exists(const char *below)
{
    struct stat st;
    return lstat(fx_path(below), &st) == 0;
}

UNUSED static void fx_begin(void)
{
    snprintf(fx_folder, sizeof fx_folder, "/tmp/dcf-daemon-XXXXXX");
    if (!mkdtemp(fx_folder) || mkdir(fx_path("mini"), 0700) != 0) abort();
    fx_write("mini/mapping.yaml", fx_mapping);
}

UNUSED static void fx_end(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", fx_folder);
    if (system(command) != 0) abort();
}

/* One record of a topic of one partition, at this offset, once it is there; its owner frees it. */
UNUSED static dcf_record fx_read(const dcf_kafka_conf *conf, const char *topic, int64_t offset,
                                 dcf_reader **ret)
{
    dcf_record r = {0};
    dcf_reader_start start = {topic, 0, offset};
    int64_t until = dcf_clock_mono_ms() + PATIENCE_MS;
    for (;;) {
        OK(dcf_reader_open(conf, &start, 1, ret, NULL));
        while (dcf_failed(dcf_reader_poll(*ret, 100, &r)) && dcf_clock_mono_ms() < until) continue;
        CU_ASSERT_PTR_NOT_NULL_FATAL(r.owner);
        if (r.offset == offset) return r;
        dcf_record_free(&r); /* past the end one is read from the start */
        dcf_reader_close(*ret);
        usleep(20000);
    }
}

/* A case submission as it lies on a topic, appended; its defendant has a name of that many letters.
 */
UNUSED static void fx_envelope_of(const char *id, const char *key, size_t letters, dcf_buf *out)
{
    Dcf__V1__Envelope e = DCF__V1__ENVELOPE__INIT;
    Dcf__V1__Endpoint from = DCF__V1__ENDPOINT__INIT;
    Dcf__V1__CaseSubmission body = DCF__V1__CASE_SUBMISSION__INIT;
    Dcf__V1__Defendant defendant = DCF__V1__DEFENDANT__INIT, *defendants[] = {&defendant};
    Dcf__V1__Person person = DCF__V1__PERSON__INIT;
    Dcf__V1__PersonName name = DCF__V1__PERSON_NAME__INIT;
    char *family = calloc(letters + 1, 1);
    memset(family, 'x', letters);
    name.family_name = family;
    person.name = &name;
    defendant.person = &person;
    body.defendants = defendants;
    body.n_defendants = letters ? 1 : 0;
    from.party = (char *)"surrey";
    from.link = (char *)"surrey-mini";
    body.urn = (char *)key;
    e.schema_version = 1;
    e.message_id = (char *)id;
    e.source_message_id = (char *)"own-id";
    e.case_key = (char *)key;
    e.sequence = 3;
    e.source = &from;
    e.body_case = DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION;
    e.case_submission = &body;
    OK(dcf_envelope_pack(&e, out));
    free(family);
}

UNUSED static void fx_envelope(const char *id, const char *key, dcf_buf *out)
{
    fx_envelope_of(id, key, 0, out);
}

#endif
