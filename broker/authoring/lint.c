/* lint.c - a walk over a compiled mapping that looks at each row and each choice. */
#include "authoring/lint.h"

#include "base/utf8.h"
#include "translate/mapping.h"

#include <stdio.h>

typedef struct lint {
    const dcf_dialect *d;
    const char *file;
    dcf_faults *faults;
    const dcf_message *message; /* NULL in a wrapper */
    const dcf_cover *scope;     /* what is written of the base message */
} lint;

#define TELL(l, code, line, ...)                                                                   \
    dcf_faults_add((l)->faults, DCF_FAULT_##code, line, 1, (l)->file, "", __VA_ARGS__)

/* The same thing may be reached on several roads: `use`. */
static bool told(const lint *l, dcf_fault_code code, uint32_t line)
{
    for (size_t i = 0; i < l->faults->count; i++)
        if (l->faults->items[i].code == code && l->faults->items[i].line == line) return true;
    return false;
}

/* --- rows
 * ----------------------------------------------------------------------------------------- */

static dcf_arena *scratch(const lint *l)
{
    return l->faults->arena;
}

static void check_default(lint *l, const dcf_rule *r)
{
    const char *ret = NULL;
    if (!r->fallback || !*r->fallback || !r->as.codec || r->second.count) return;
    dcf_codec_in in = {.use = &r->as,
                       .text = dcf_span_str(r->fallback),
                       .old = "",
                       .day = "",
                       .arena = scratch(l)};
    bool good = r->as.codec->partial || r->as.codec->read(&in, &ret) == DCF_CODEC_OK;
    if (good && ret) good = dcf_field_takes(scratch(l), dcf_path_field(&r->path), ret);
    if (!good && !told(l, DCF_FAULT_BAD_DEFAULT, r->line))
        TELL(l, BAD_DEFAULT, r->line, "the default \"%s\" of \"%s\" is no value for %s",
             r->fallback, r->native, r->as.codes ? r->as.codes->name : r->as.codec->name);
    if (r->max && dcf_utf8_length(in.text) > r->max && !told(l, DCF_FAULT_BAD_DEFAULT, r->line))
        TELL(l, BAD_DEFAULT, r->line, "the default of \"%s\" has more than %zu characters",
             r->native, r->max);
}

/* The longest text the codec writes whatever the message; 0: as long as the value. */
static size_t longest(const dcf_rule *r)
{
    size_t most = 0;
    const dcf_codec_use *use = &r->as;
    for (size_t i = 0; use->codes && i < use->codes->count; i++) {
        size_t n = dcf_utf8_length(dcf_span_str(use->codes->rows[i].native));
        if (n > most) most = n;
    }
    if (use->yes && use->no) {
        size_t yes = strlen(use->yes), no = strlen(use->no);
        most = yes > no ? yes : no;
    } else if (use->codec && strcmp(use->codec->name, "date") == 0) {
        most = dcf_date_pattern_longest(use->pattern ? use->pattern : "YYYY-MM-DD");
    }
    return most;
}

static void check_length(lint *l, const dcf_rule *r)
{
    size_t most = longest(r);
    if (r->max && most > r->max && (r->only & DCF_WRITE) &&
        !told(l, DCF_FAULT_MAY_OVERFLOW, r->line))
        TELL(l, MAY_OVERFLOW, r->line, "\"%s\" holds %zu characters, %s writes up to %zu",
             r->native, r->max, r->as.codes ? r->as.codes->name : r->as.codec->name, most);
}

/* Values of the enum that no row of the table writes. */
static void check_codes(lint *l, const dcf_rule *r)
{
    const dcf_codes *codes = r->as.codes;
    if (!codes || !(r->only & DCF_WRITE) || told(l, DCF_FAULT_VALUE_WITHOUT_CODE, codes->line))
        return;
    dcf_field *f = dcf_path_field(&r->path);
    if (f->type != PROTOBUF_C_TYPE_ENUM) return;
    const ProtobufCEnumDescriptor *e = f->descriptor;
    char missing[256] = "";
    size_t n = 0;
    for (unsigned i = 1; i < e->n_values; i++)
        if (!dcf_codes_write(codes, e->values[i].name, "") && n < sizeof missing)
            n += (size_t)snprintf(missing + n, sizeof missing - n, "%s%s", n ? ", " : "",
                                  e->values[i].name);
    if (n)
        TELL(l, VALUE_WITHOUT_CODE, codes->line, "code table \"%s\" writes no %s", codes->name,
             missing);
}

/* --- what is read and never written
 * --------------------------------------------------------------- */

static bool covered(const dcf_cover *cover, const dcf_path *p)
{
    for (size_t i = 0; cover && i < p->count; i++) {
        const dcf_cover *below = NULL;
        for (size_t k = 0; k < cover->count; k++)
            if (cover->below[k]->field == p->steps[i]) below = cover->below[k];
        if (below && (below->whole || below->items || below->flag_count || below->sometimes_count))
            return true;
        cover = below;
    }
    return false;
}

static void check_one_way(lint *l, const dcf_rule *r)
{
    bool mapped = (r->only & DCF_READ) && r->path.count && !r->drop && !r->constant;
    if (!mapped || r->writing || !l->message || l->message->read_only) return;
    if (r->path.absolute ? covered(l->message->envelope, &r->path) || covered(l->d->cover, &r->path)
                         : covered(l->scope, &r->path))
        return;
    if (!told(l, DCF_FAULT_NOT_INVERTIBLE, r->line))
        TELL(l, NOT_INVERTIBLE, r->line, "\"%s\" is read to \"%s\", and no row writes it",
             r->native, r->path.text);
}

static void check_rule(lint *l, const dcf_rule *r)
{
    if (!r || r->drop) return;
    check_default(l, r);
    check_length(l, r);
    if (r->path.count) check_codes(l, r);
    check_one_way(l, r);
    check_rule(l, r->writing);
}

/* --- choices
 * ---------------------------------------------------------------------------------------- */

static bool has_where(const dcf_wheres *all, const dcf_where *w)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].path.text, w->path.text) == 0 &&
            strcmp(all->items[i].value, w->value) == 0)
            return true;
    return false;
}

/* Whether all that b is written for, a is written for: writing takes the first. */
static bool takes_all(const dcf_variant *a, const dcf_variant *b)
{
    if (a->target.count != b->target.count) return false;
    for (size_t i = 0; i < a->target.count; i++)
        if (a->target.steps[i] != b->target.steps[i]) return false;
    for (size_t i = 0; i < a->wheres.count; i++)
        if (!has_where(&b->wheres, &a->wheres.items[i])) return false;
    return true;
}

static void check_alternatives(lint *l, const dcf_node *n)
{
    for (size_t k = 1; k < n->variant_count; k++)
        for (size_t i = 0; i < k; i++) {
            const dcf_variant *a = n->variants[i], *b = n->variants[k];
            if (!a->each || !b->each || !takes_all(a, b) || told(l, DCF_FAULT_UNREACHABLE, b->line))
                continue;
            TELL(l, UNREACHABLE, b->line,
                 "\"%s\" is never written: the alternative in line %u takes every item", n->path,
                 a->line);
        }
}

static const dcf_variant *message_at(const dcf_dialect *d, size_t nth)
{
    for (size_t i = 0; i < d->roots->child_count; i++)
        for (size_t k = 0; k < d->roots->children[i]->variant_count; k++) {
            const dcf_variant *v = d->roots->children[i]->variants[k];
            if (v->message && !v->message->read_only && nth-- == 0) return v;
        }
    return NULL;
}

static void check_messages(lint *l)
{
    const dcf_variant *a, *b;
    for (size_t k = 1; (b = message_at(l->d, k)); k++)
        for (size_t i = 0; i < k; i++) {
            a = message_at(l->d, i);
            if (!takes_all(a, b)) continue;
            TELL(l, UNREACHABLE, b->line,
                 "message \"%s\" is never written: \"%s\" in line %u takes every %s; \"where\" or "
                 "\"only: read\" tells them apart",
                 b->message->name, a->message->name, a->line, dcf_path_field(&b->target)->name);
            break;
        }
}

/* --- the walk
 * --------------------------------------------------------------------------------------- */

static void check_variant(lint *l, const dcf_variant *v)
{
    lint inside = *l;
    if (v->message) inside.message = v->message;
    if (v->cover) inside.scope = v->cover;
    for (size_t i = 0; i < v->self_count; i++) check_rule(&inside, v->self[i]);
    for (size_t i = 0; i < v->child_count; i++) {
        check_alternatives(&inside, v->children[i]);
        for (size_t k = 0; k < v->children[i]->variant_count; k++)
            check_variant(&inside, v->children[i]->variants[k]);
    }
}

static bool uses(const dcf_variant *v, const dcf_codes *codes)
{
    for (size_t i = 0; i < v->self_count; i++)
        for (const dcf_rule *r = v->self[i]; r; r = r->writing)
            if (r->as.codes == codes) return true;
    for (size_t i = 0; i < v->child_count; i++)
        for (size_t k = 0; k < v->children[i]->variant_count; k++)
            if (uses(v->children[i]->variants[k], codes)) return true;
    return false;
}

/* Whether a takes all days of b. */
static bool holds_all(const dcf_code_row *a, const dcf_code_row *b)
{
    return (!*a->from || (*b->from && strcmp(a->from, b->from) <= 0)) &&
           (!*a->to || (*b->to && strcmp(b->to, a->to) <= 0));
}

/* The earlier row that is always read instead; NULL: none. */
static const dcf_code_row *hidden_by(const dcf_codes *codes, size_t k)
{
    const dcf_code_row *b = &codes->rows[k];
    for (size_t i = 0; i < k && strcmp(b->canonical, "*") != 0; i++) {
        const dcf_code_row *a = &codes->rows[i];
        if (strcmp(a->native, b->native) == 0 && strcmp(a->canonical, b->canonical) != 0 &&
            strcmp(a->canonical, "*") != 0 && holds_all(a, b))
            return a;
    }
    return NULL;
}

static void check_table(lint *l, const dcf_codes *codes)
{
    size_t count = 0;
    const dcf_code_row *first = NULL, *instead = NULL;
    if (!uses(l->d->roots, codes))
        TELL(l, UNUSED, codes->line, "no row uses the code table \"%s\"", codes->name);
    for (size_t k = 1; k < codes->count; k++) {
        const dcf_code_row *earlier = hidden_by(codes, k);
        if (earlier && !count++) first = &codes->rows[k], instead = earlier;
    }
    if (count)
        TELL(
            l, CODE_HIDDEN, codes->line,
            "code table \"%s\": %zu rows are only written; the first, \"%s\" for %s, is read as %s",
            codes->name, count, first->native, first->canonical, instead->canonical);
}

void dcf_lint(const dcf_dialect *d, const char *file, dcf_faults *faults)
{
    lint l = {.d = d, .file = file, .faults = faults};
    check_messages(&l);
    check_variant(&l, d->roots);
    for (size_t i = 0; i < d->code_count; i++) check_table(&l, d->codes[i]);
}
