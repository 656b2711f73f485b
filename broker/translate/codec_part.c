/*
 * codec_part.c - an identifier that a native format spells in several values: TWIF's
 * PTIURN, ASN, PNCId and CJSCode are structures, the canonical form is one text.
 *
 * Each part has its place in a template; reading puts parts into their places in any
 * order (a '_' stands where none has come yet), writing takes them out of the normal form.
 */
#include "model/ids.h"
#include "translate/codec.h"

typedef struct part {
    const char *name;     /* as the mapping says: IDENTIFIER.PART */
    const char *template; /* of the whole, without what may follow it */
    size_t from, size;    /* size 0: all that follows the template and the mark */
    const char *mark;     /* what joins a following part to the template */
} part;

static const char urn_form[] = "___________", asn_form[] = "____________________",
                  pnc_form[] = "____/________", offence_form[] = "_______",
                  common_form[] = "COML___";

/* TWIFTypes v1-0: PTIURNStructure, ASNStructure, PNCIdStructure, OffenceCodeStructure. */
static const part parts[] = {
    {"urn.force", urn_form, 0, 2, ""},
    {"urn.unit", urn_form, 2, 2, ""},
    {"urn.number", urn_form, 4, 5, ""},
    {"urn.year", urn_form, 9, 2, ""},
    {"urn.split", urn_form, 11, 0, "/"},
    {"asn.year", asn_form, 0, 2, ""},
    {"asn.force", asn_form, 2, 2, ""},
    {"asn.unit", asn_form, 4, 2, ""},
    {"asn.system", asn_form, 6, 2, ""},
    {"asn.number", asn_form, 8, 11, ""},
    {"asn.check", asn_form, 19, 1, ""},
    {"pnc.year", pnc_form, 0, 4, ""},
    {"pnc.serial", pnc_form, 5, 7, ""},
    {"pnc.check", pnc_form, 12, 1, ""},
    {"offence.act", offence_form, 0, 2, ""},
    {"offence.year", offence_form, 2, 2, ""},
    {"offence.common", common_form, 0, 4, ""},
    {"offence.reason", offence_form, 4, 3, ""},
    {"offence.qualifier", offence_form, 7, 0, ""},
};

static const part *find(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].name, name) == 0) return &parts[i];
    return NULL;
}

bool dcf_part_ok(const char *name)
{
    return find(name) != NULL;
}

static bool alphanumeric(dcf_span s)
{
    for (size_t i = 0; i < s.size; i++) {
        uint8_t c = s.data[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z')) return false;
    }
    return s.size > 0;
}

dcf_codec_result dcf_part_read(const dcf_codec_in *in, const char **ret)
{
    const part *p = find(in->use->pattern);
    dcf_span text = dcf_span_trim(in->text);
    size_t whole = strlen(p->template), old = strlen(in->old);
    if (!alphanumeric(text) || text.size > 11 || (p->size && text.size != p->size))
        return DCF_CODEC_BAD;
    if (p->size == 0) { /* a following part: the rest of the old text is its place */
        const char *head = old ? in->old : p->template;
        *ret = dcf_arena_printf(in->arena, "%.*s%s%.*s", (int)whole, head, p->mark, (int)text.size,
                                (const char *)text.data);
        return *ret ? DCF_CODEC_OK : DCF_CODEC_NOMEM;
    }
    char *out = dcf_arena_strdup(in->arena, old ? in->old : p->template);
    if (!out) return DCF_CODEC_NOMEM;
    if (old && old < whole) return DCF_CODEC_BAD; /* another row gave something else */
    memcpy(out + p->from, text.data, text.size);
    *ret = out;
    return DCF_CODEC_OK;
}

/* What reading makes of a document that lacks a part; it goes as it came. */
static bool incomplete(const part *p, dcf_span text)
{
    return text.size >= strlen(p->template) && memchr(text.data, '_', text.size);
}

/* The normal form of the identifier the part is of; "" when the text is no such thing. */
static const char *normal(const part *p, const dcf_codec_in *in, dcf_urn *urn, dcf_asn *asn,
                          dcf_pnc *pnc)
{
    if (incomplete(p, in->text)) return dcf_arena_str(in->arena, in->text);
    if (p->template == urn_form) {
        bool good = dcf_urn_parse(in->text, urn) != DCF_ID_BAD_FORM && urn->strict && !urn->merged;
        return good ? urn->text : "";
    }
    if (p->template == asn_form)
        return dcf_asn_parse(in->text, asn) != DCF_ID_BAD_FORM ? asn->text : "";
    if (p->template == pnc_form)
        return dcf_pnc_parse(in->text, pnc) != DCF_ID_BAD_FORM ? pnc->text : "";
    bool good = dcf_offence_code_check(in->text) == DCF_ID_OK;
    return good ? dcf_arena_str(in->arena, in->text) : "";
}

dcf_codec_result dcf_part_write(const dcf_codec_in *in, const char **ret)
{
    const part *p = find(in->use->pattern);
    dcf_urn urn;
    dcf_asn asn;
    dcf_pnc pnc;
    const char *text = normal(p, in, &urn, &asn, &pnc);
    if (!text) return DCF_CODEC_NOMEM;
    if (!*text) return DCF_CODEC_BAD;
    size_t from = p->size ? p->from : strlen(p->template) + strlen(p->mark);
    size_t size = p->size ? p->size : strlen(text) > from ? strlen(text) - from : 0;
    /* a common law offence has no act and year, any other no "COML" */
    bool common = strncmp(text, common_form, 4) == 0;
    bool other = p->template == common_form ? !common : p->template == offence_form && common;
    if ((other && p->from < 4) || (size && memchr(text + from, '_', size))) size = 0;
    return dcf_codec_copy(in->arena, dcf_span_of(text + (size ? from : 0), size), ret);
}
