/* codec_id.c - identifiers and addresses of people: the text stays, its form is checked. */
#include "model/ids.h"
#include "translate/codec.h"

static dcf_codec_result keep(const dcf_codec_in *in, dcf_id_check check, const char **ret)
{
    if (check == DCF_ID_BAD_FORM || check == DCF_ID_BAD_CHECK_LETTER) return DCF_CODEC_BAD;
    return dcf_codec_keep(in, dcf_span_trim(in->text), ret);
}

dcf_codec_result dcf_urn_read(const dcf_codec_in *in, const char **ret)
{
    dcf_urn urn;
    return keep(in, dcf_urn_parse(in->text, &urn), ret);
}

dcf_codec_result dcf_asn_read(const dcf_codec_in *in, const char **ret)
{
    dcf_asn asn;
    return keep(in, dcf_asn_parse(in->text, &asn), ret);
}

dcf_codec_result dcf_pnc_read(const dcf_codec_in *in, const char **ret)
{
    dcf_pnc pnc;
    return keep(in, dcf_pnc_parse(in->text, &pnc), ret);
}

dcf_codec_result dcf_cro_read(const dcf_codec_in *in, const char **ret)
{
    dcf_cro cro;
    return keep(in, dcf_cro_parse(in->text, &cro), ret);
}

dcf_codec_result dcf_offence_read(const dcf_codec_in *in, const char **ret)
{
    return keep(in, dcf_offence_code_check(dcf_span_trim(in->text)), ret);
}

dcf_codec_result dcf_ou_read(const dcf_codec_in *in, const char **ret)
{
    return keep(in, dcf_ou_code_check(dcf_span_trim(in->text)), ret);
}

/* One @ with something on both sides and no white space: mail servers decide the rest. */
dcf_codec_result dcf_email_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    size_t ats = 0, at = 0;
    bool ok = s.size <= 254;
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] == '@') ats++, at = i;
        if (s.data[i] <= ' ') ok = false;
    }
    ok = ok && ats == 1 && at > 0 && at + 1 < s.size;
    return keep(in, ok ? DCF_ID_OK : DCF_ID_BAD_FORM, ret);
}

/* Digits with the usual signs between them, at most 35 characters (CJS Data Standards, SPI). */
dcf_codec_result dcf_phone_read(const dcf_codec_in *in, const char **ret)
{
    dcf_span s = dcf_span_trim(in->text);
    size_t digits = 0;
    bool ok = s.size <= 35;
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] >= '0' && s.data[i] <= '9')
            digits++;
        else if (!s.data[i] || !strchr(" +-()./", s.data[i]))
            ok = false;
    }
    return keep(in, ok && digits >= 2 ? DCF_ID_OK : DCF_ID_BAD_FORM, ret);
}
