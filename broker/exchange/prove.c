/* prove.c - see prove.h: every combination of what the fields in question may hold is tried. */
#include "exchange/prove.h"

#include <string.h>

enum {
    VARIABLES_MAX = 24,
    ATOMS_MAX = 24,  /* questions about one field */
    CLASSES_MAX = 6, /* kinds of values that the questions tell apart */
    TRIES_MAX = 1 << 16
};

typedef struct variable { /* a field, or a question that is free to be answered either way */
    const dcf_condition *first;
    bool field, many; /* many: the path goes through a list */
    const dcf_condition *atoms[ATOMS_MAX];
    size_t atom_count;
    uint32_t classes[CLASSES_MAX]; /* each: which atoms list such a value */
    size_t class_count;
    uint32_t value, values; /* of a field: a set of classes; the number of choices */
} variable;

typedef struct proof {
    variable v[VARIABLES_MAX];
    size_t count;
    bool too_much; /* then it is not decided */
} proof;

/* --- what is in question -------------------------------------------------- */

static bool is_about_values(const dcf_condition *c)
{
    return c->kind == DCF_WHEN_PRESENT || c->kind == DCF_WHEN_ABSENT || c->kind == DCF_WHEN_IN ||
           c->kind == DCF_WHEN_NOT_IN;
}

static bool is_list(const dcf_condition *c)
{
    return c->kind == DCF_WHEN_ALL || c->kind == DCF_WHEN_ANY || c->kind == DCF_WHEN_NONE ||
           c->kind == DCF_WHEN_CASE || c->kind == DCF_WHEN_TERM;
}

static variable *find(proof *p, const dcf_condition *c)
{
    for (size_t i = 0; i < p->count; i++) {
        variable *v = &p->v[i];
        if (v->field ? is_about_values(c) && !memcmp(v->first->path, c->path, sizeof c->path)
                     : v->first == c)
            return v;
    }
    return NULL;
}

static void collect(proof *p, const dcf_condition *c)
{
    if (!c || p->too_much) return;
    if (is_list(c)) {
        for (size_t i = 0; i < c->count; i++) collect(p, c->children[i]);
        return;
    }
    variable *v = find(p, c);
    if (!v) {
        if (p->count == VARIABLES_MAX) {
            p->too_much = true;
            return;
        }
        v = &p->v[p->count++];
        *v = (variable){.first = c, .field = is_about_values(c), .values = 2};
        for (size_t i = 0; v->field && c->path[i]; i++)
            v->many |= c->path[i]->label == PROTOBUF_C_LABEL_REPEATED;
    }
    if (v->atom_count == ATOMS_MAX)
        p->too_much = true;
    else
        v->atoms[v->atom_count++] = c;
}

/* --- kinds of values -------------------------------------------------------- */

static uint32_t listed_by(const variable *v, const char *text)
{
    uint32_t set = 0;
    for (size_t a = 0; a < v->atom_count; a++)
        for (size_t i = 0; i < v->atoms[a]->count; i++)
            if (strcmp(v->atoms[a]->texts[i], text) == 0) set |= 1U << a;
    return set;
}

static void add_class(proof *p, variable *v, uint32_t listed)
{
    for (size_t i = 0; i < v->class_count; i++)
        if (v->classes[i] == listed) return;
    if (v->class_count == CLASSES_MAX)
        p->too_much = true;
    else
        v->classes[v->class_count++] = listed;
}

static void classify(proof *p, variable *v)
{
    size_t distinct = 0;
    const ProtobufCFieldDescriptor *leaf = dcf_condition_leaf(v->first);
    for (size_t a = 0; a < v->atom_count; a++)
        for (size_t i = 0; i < v->atoms[a]->count; i++) {
            uint32_t set = listed_by(v, v->atoms[a]->texts[i]);
            distinct += (set & ((1U << a) - 1)) == 0; /* not counted with an earlier question */
            add_class(p, v, set);
        }
    bool exhausted = leaf->type == PROTOBUF_C_TYPE_ENUM &&
                     distinct + 1 >= ((const ProtobufCEnumDescriptor *)leaf->descriptor)->n_values;
    if (!exhausted) add_class(p, v, 0);
    v->values = v->many ? 1U << v->class_count : (uint32_t)v->class_count + 1;
}

/* --- trying ----------------------------------------------------------------- */

/* The set of classes that the field holds at this choice. */
static uint32_t held(const variable *v)
{
    return v->many ? v->value : v->value ? 1U << (v->value - 1) : 0;
}

static bool answer(const variable *v, const dcf_condition *c)
{
    if (!v->field) return v->value;
    uint32_t classes = held(v);
    bool fits = classes != 0;
    if (c->kind == DCF_WHEN_IN || c->kind == DCF_WHEN_NOT_IN) {
        size_t a = 0;
        while (v->atoms[a] != c) a++;
        fits = false;
        for (size_t i = 0; i < v->class_count; i++)
            fits |= (classes >> i & 1U) && (v->classes[i] >> a & 1U);
    }
    return (c->kind == DCF_WHEN_ABSENT || c->kind == DCF_WHEN_NOT_IN) ? !fits : fits;
}

static bool holds(proof *p, const dcf_condition *c)
{
    if (!c) return true;
    if (!is_list(c)) return answer(find(p, c), c);
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++) n += holds(p, c->children[i]);
    return c->kind == DCF_WHEN_ANY ? n > 0 : c->kind == DCF_WHEN_NONE ? n == 0 : n == c->count;
}

/* The next combination; false after the last. */
static bool next(proof *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (++p->v[i].value < p->v[i].values) return true;
        p->v[i].value = 0;
    }
    return false;
}

bool dcf_can_hold(const dcf_condition *const *yes, size_t yes_count, const dcf_condition *const *no,
                  size_t no_count)
{
    proof p = {.count = 0};
    for (size_t i = 0; i < yes_count; i++) collect(&p, yes[i]);
    for (size_t i = 0; i < no_count; i++) collect(&p, no[i]);
    for (size_t i = 0; i < p.count && !p.too_much; i++)
        if (p.v[i].field) classify(&p, &p.v[i]);
    if (p.too_much) return true;
    size_t tries = 0;
    do {
        bool all = true;
        for (size_t i = 0; i < yes_count && all; i++) all = holds(&p, yes[i]);
        for (size_t i = 0; i < no_count && all; i++) all = !holds(&p, no[i]);
        if (all) return true;
    } while (++tries < TRIES_MAX && next(&p));
    return tries == TRIES_MAX;
}
