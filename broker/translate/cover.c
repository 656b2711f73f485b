/* cover.c - see cover.h. */
#include "translate/cover.h"

#include <stdio.h>

void dcf_cover_report(dcf_faults *faults, const char *field, const char *detail)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->items[i].code == DCF_FAULT_LOST_ON_WRITE &&
            strcmp(faults->items[i].field, field) == 0)
            return;
    dcf_faults_add(faults, DCF_FAULT_LOST_ON_WRITE, 0, 0, "", field, "%s", detail);
}

static const dcf_cover *find(const dcf_cover *cover, dcf_field *field)
{
    for (size_t i = 0; cover && i < cover->count; i++)
        if (cover->below[i]->field == field) return cover->below[i];
    return NULL;
}

/* Whether every item is one that a row writes by itself. */
static bool all_flags(const dcf_cover *c, const ProtobufCMessage *m, dcf_field *field, size_t n)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    for (size_t i = 0; i < n; i++) {
        const char *value = dcf_field_get_text(NULL, m, field, i, buf);
        bool found = false;
        for (size_t k = 0; k < c->flag_count; k++) found = found || strcmp(c->flags[k], value) == 0;
        if (!found) return false;
    }
    return true;
}

static bool taken_care_of(const dcf_cover_scope *scope, const dcf_cover *c,
                          const ProtobufCMessage *m, dcf_field *field, size_t n)
{
    if (c->whole || n <= c->items || (c->flag_count && all_flags(c, m, field, n))) return true;
    for (size_t i = 0; i < c->sometimes_count; i++) {
        const dcf_covered_when *when = c->sometimes[i];
        if ((when->items == 0 || n <= when->items) &&
            dcf_write_turn(scope->writer, when->condition, scope->base))
            return true;
    }
    return false;
}

static void check_field(const dcf_cover_scope *scope, const dcf_cover *cover,
                        const ProtobufCMessage *m, dcf_field *field, const char *name)
{
    size_t n = dcf_field_count(m, field);
    const dcf_cover *c = find(cover, field);
    if (n == 0 || (c && taken_care_of(scope, c, m, field, n))) return;
    char path[512];
    snprintf(path, sizeof path, "%s%s%s", name, *name && strcmp(name, "/") != 0 ? "." : "",
             field->name);
    if (dcf_field_message(field) && !dcf_field_repeated(field))
        dcf_cover_check(scope, c, dcf_field_get_message(m, field, 0), path);
    else
        dcf_cover_report(scope->writer->faults, path, "neither written nor dropped by the mapping");
}

void dcf_cover_check(const dcf_cover_scope *scope, const dcf_cover *cover,
                     const ProtobufCMessage *m, const char *name)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        check_field(scope, cover, m, &m->descriptor->fields[i], name);
}

void dcf_cover_extensions(dcf_writer *w, const dcf_cover *wrappers, const dcf_cover *message)
{
    const ProtobufCMessage *envelope = &w->envelope->base;
    dcf_field *field = dcf_field_find(envelope->descriptor, "extensions", strlen("extensions"));
    check_field(&(dcf_cover_scope){w, envelope}, find(wrappers, field) ? wrappers : message,
                envelope, field, "/");
}
