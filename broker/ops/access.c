/* access.c - who asks the operations API, and what they may: the shared token, and the operators'
 * own tokens with their roles. */
#include "base/log.h"
#include "ops/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_MAX = 4096, OPERATORS_MAX = 1 << 20 };

static dcf_status read_token(const char *path, dcf_buf *out)
{
    out->limit = TOKEN_MAX;
    DCF_TRY(dcf_buf_read_file(out, path, TOKEN_MAX));
    return dcf_span_trim(dcf_buf_span(out)).size ? DCF_OK : DCF_ERR(CONFIG);
}

/* Takes as long for a near miss as for a far one. */
static bool same_secret(dcf_span a, dcf_span b)
{
    if (a.size != b.size) return false;
    unsigned difference = 0;
    for (size_t i = 0; i < a.size; i++) difference |= (unsigned)(a.data[i] ^ b.data[i]);
    return difference == 0;
}

/* What follows "Bearer "; NULL: none is sent. */
static const char *bearer(const dcf_http_request *r)
{
    const char *header = dcf_http_get_header(r, "Authorization");
    return header && strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

static bool is_shared_token(const dcf_ops *o, dcf_span sent)
{
    dcf_buf token DCF_CLEANUP(dcf_buf_fini) = {0};
    return o->config.token_file && dcf_ok(read_token(o->config.token_file, &token)) &&
           same_secret(dcf_span_trim(dcf_buf_span(&token)), sent);
}

/* --- the operators' file: lines NAME TOKEN [RIGHT…]; # begins a comment -------------------------
 */

typedef struct grant {
    char name[OPS_OPERATOR_SIZE];
    ops_role role;
    bool bodies;
} grant;

/* What the words after the token grant: an operator when no role is named, the least of several. A
 * word that is none grants nothing. */
static bool read_rights(char **rest, grant *g)
{
    static const struct {
        const char *word;
        ops_role role;
    } roles[] = {{"inspector", OPS_INSPECTOR}, {"reader", OPS_READER}, {"operator", OPS_OPERATOR}};
    g->role = OPS_OPERATOR;
    for (const char *w; (w = strtok_r(NULL, " \t\r", rest)) && *w != '#';) {
        size_t i = 0, count = sizeof roles / sizeof roles[0];
        while (i < count && strcmp(roles[i].word, w) != 0) i++;
        if (i < count && roles[i].role < g->role) g->role = roles[i].role;
        if (strcmp(w, "bodies") == 0)
            g->bodies = true;
        else if (i == count)
            return false;
    }
    return true;
}

/* Whose token it is; sent empty: only proves the file. *ret_mistake: the first line with a word
 * that is no right; 0: none. */
static bool find_grant(const dcf_ops *o, dcf_span sent, grant *ret, size_t *ret_mistake)
{
    dcf_buf file DCF_CLEANUP(dcf_buf_fini) = {0};
    bool found = false;
    size_t number = 0;
    *ret_mistake = 0;
    if (!o->config.operators_file ||
        dcf_failed(dcf_buf_read_file(&file, o->config.operators_file, OPERATORS_MAX)))
        return false;
    char *next = (char *)dcf_buf_cstr(&file);
    for (char *line; (line = next ? strsep(&next, "\n") : NULL);) {
        char *of_line = NULL, *who = strtok_r(line, " \t\r", &of_line);
        const char *token = strtok_r(NULL, " \t\r", &of_line);
        grant g = {.role = OPS_NOBODY};
        number++;
        if (!who || *who == '#' || !token) continue;
        bool granted = read_rights(&of_line, &g);
        if (!granted && !*ret_mistake) *ret_mistake = number;
        if (!granted || !same_secret(dcf_span_str(token), sent)) continue;
        snprintf(g.name, sizeof g.name, "%s", who);
        *ret = g;
        found = true;
    }
    return found;
}

static bool find_operator(const dcf_ops *o, const dcf_http_request *r, grant *ret)
{
    const char *text = bearer(r);
    size_t mistake;
    return text && find_grant(o, dcf_span_trim(dcf_span_str(text)), ret, &mistake);
}

ops_role ops_role_of(const dcf_ops *o, const dcf_http_request *r)
{
    grant g;
    const char *text = bearer(r);
    if (!o->config.token_file && !o->config.operators_file) return OPS_OPERATOR;
    if (text && is_shared_token(o, dcf_span_trim(dcf_span_str(text)))) return OPS_OPERATOR;
    return find_operator(o, r, &g) ? g.role : OPS_NOBODY;
}

dcf_status ops_access_check(const dcf_ops *o)
{
    dcf_buf token DCF_CLEANUP(dcf_buf_fini) = {0};
    grant g;
    size_t mistake;
    char line[24];
    if (o->config.token_file && dcf_failed(read_token(o->config.token_file, &token))) {
        dcf_log(DCF_LOG_ERROR, "OPS_TOKEN", "file", o->config.token_file, "text",
                "missing, unreadable or empty", NULL);
        return DCF_ERR(CONFIG);
    }
    (void)find_grant(o, dcf_span_str(""), &g, &mistake);
    if (!mistake) return DCF_OK;
    snprintf(line, sizeof line, "%zu", mistake);
    dcf_log(DCF_LOG_ERROR, "OPS_OPERATORS", "file", o->config.operators_file, "line", line, "text",
            "a right is operator, reader, inspector or bodies", NULL);
    return DCF_ERR(CONFIG);
}

/* --- who acts --------------------------------------------------------------------------------- */

static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-");
    return n && !s[n] && n < OPS_OPERATOR_SIZE;
}

/* Proof before word: the operator's own token, then the client certificate, then what is said. */
bool ops_operator(const dcf_ops *o, dcf_http_request *r, char name[OPS_OPERATOR_SIZE])
{
    const char *said = dcf_http_get_header(r, "DCF-Operator");
    const char *subject = dcf_http_peer_subject(r);
    grant g;
    bool proven = find_operator(o, r, &g);
    if (proven) snprintf(name, OPS_OPERATOR_SIZE, "%s", g.name);
    if (!proven && *subject) {
        snprintf(name, OPS_OPERATOR_SIZE, "%s", subject);
        proven = true;
    }
    if (!proven && o->config.operators_file) {
        ops_error(r, 403, "this token names no operator",
                  "send your own token, a line of this daemon's ops.operators_file");
        return false;
    }
    if (proven && said && strcmp(said, name) != 0) {
        ops_error(r, 403, "the token or certificate is another operator's",
                  "leave out --as, or use your own token");
        return false;
    }
    if (proven) return true;
    if (!said || !is_name(said)) {
        ops_error(
            r, 400, said ? "this is no name of an operator" : "who does this is not told",
            "say who you are by --as NAME or DCF_OPERATOR (the header DCF-Operator): letters, "
            "digits and . _ @ -");
        return false;
    }
    snprintf(name, OPS_OPERATOR_SIZE, "%s", said);
    return true;
}

bool ops_sees_bodies(const dcf_ops *o, dcf_http_request *r, char name[OPS_OPERATOR_SIZE])
{
    grant g;
    if (find_operator(o, r, &g) && g.bodies) {
        snprintf(name, OPS_OPERATOR_SIZE, "%s", g.name);
        return true;
    }
    ops_error(r, 403, "bodies are shown to operators with that right only",
              "ask for the word bodies after your token in this daemon's ops.operators_file");
    return false;
}
