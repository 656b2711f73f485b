/*
 * mapping.h - a compiled mapping: one trie of native paths, in declared order,
 * that reading and writing both walk. Immutable after dcf_dialect_load; all of it
 * lives in the dialect's own arena. Internal to translate/ and authoring/; others use inspect.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_MAPPING_H
#define DCF_TRANSLATE_MAPPING_H

#include "base/yaml.h"
#include "translate/codec.h"
#include "translate/format.h"
#include "translate/join.h"
#include "translate/reflect.h"
#include "translate/scan.h"

/* A declared namespace: the first URI is written, any is read. No URIs: no namespace. */
typedef struct dcf_ns {
    const char *prefix;
    dcf_span *uris;
    size_t count;
} dcf_ns;

/* A canonical path, from the base message of its scope or, absolute, from the Envelope. */
typedef struct dcf_path {
    dcf_field *field; /* the last step */
    dcf_field **steps;
    size_t count;  /* 0: no path */
    int32_t index; /* of the last, repeated step; -1 when none is meant */
    bool absolute;
    const char *text; /* from the message's root, for people: "defendants.asn" */
} dcf_path;

typedef enum dcf_check {
    DCF_CHECK_DEFAULT,
    DCF_CHECK_ERROR,
    DCF_CHECK_WARN,
    DCF_CHECK_OFF
} dcf_check;

enum { DCF_READ = 1, DCF_WRITE = 2 };

/* A canonical condition. */
typedef struct dcf_where {
    dcf_path path;
    const char *value; /* canonical text; "*": any value, "": none */
} dcf_where;

typedef struct dcf_wheres {
    dcf_where *items;
    size_t count;
} dcf_wheres;

/* What a plain native value means. First what reading most values takes: all of it in two lines of
 * the cache. */
typedef struct dcf_rule {
    dcf_path path;       /* none for constants, drops and what messages set */
    size_t max;          /* characters; 0: any */
    dcf_value_kind kind; /* in JSON */
    bool direct;         /* reading is the codec, then one place that is always there, no more */
    dcf_codec_use as;
    const char *native;   /* as the mapping writes it, for people */
    dcf_path second;      /* join: the right part */
    dcf_path also;        /* reading sets it too, unless it has a value */
    dcf_path otherwise;   /* else: written when path is absent */
    dcf_wheres wheres;    /* it is written only when they hold */
    const char *constant; /* const and when */
    const char *fallback; /* default */
    const char *drop;     /* the reason */
    bool truncate;
    bool weak; /* read only when nothing else of the document sets the field */
    dcf_check check;
    unsigned required;              /* DCF_READ, DCF_WRITE */
    unsigned only;                  /* the directions it works in */
    const struct dcf_rule *writing; /* writing goes by this row of the same path; NULL: by itself */
    uint32_t line;
} dcf_rule;

/*
 * When the rows of a group are written: when the node's choice falls on the variant (NULL: there is
 * none to make), and the conditions of rows and outer groups hold.
 */
typedef struct dcf_condition {
    const struct dcf_node *node;
    const struct dcf_variant *variant;
    const dcf_wheres *wheres;
    const struct dcf_condition *outer;
} dcf_condition;

/* What is taken care of only then. */
typedef struct dcf_covered_when {
    const dcf_condition *condition;
    size_t items; /* the first items of a repeated scalar; 0: the whole */
} dcf_covered_when;

/* Canonical fields that are taken care of, from the base message of a scope. */
typedef struct dcf_cover {
    dcf_field *field;
    bool whole;                   /* this value, or everything below it */
    const char *dropped;          /* by declaration: the reason */
    dcf_covered_when **sometimes; /* not whole: when it is */
    size_t sometimes_count;
    size_t items;       /* not whole: the first items of a repeated scalar */
    const char **flags; /* not whole: these items of it, by value */
    size_t flag_count;
    struct dcf_cover **below;
    size_t count;
} dcf_cover;

typedef struct dcf_when {
    dcf_span path;  /* local names, from the group: "attributes/role", "@type" */
    dcf_span value; /* native text */
    bool any;       /* "*": whatever it is */
    uint32_t asked; /* which of its node's asked paths it is */
} dcf_when;

/* What a message sets in the wrapper around it. */
typedef struct dcf_wrap {
    const dcf_rule *rule;
    const char *value;
} dcf_wrap;

/* A piece of a path at an HTTP receiver: a text, then the value of a field. */
typedef struct dcf_post_part {
    const char *text;
    dcf_path field; /* none in the last */
} dcf_post_part;

/* What is a message's own, beside what may be inside it. */
typedef struct dcf_message {
    const char *name;       /* native */
    dcf_cover *envelope;    /* what its rows write of the Envelope */
    dcf_post_part *post_to; /* its path at an HTTP receiver */
    size_t post_count;      /* 0: none is stated */
    dcf_wrap *wraps;
    size_t wrap_count;
    const struct dcf_joins *joins; /* NULL: none */
    bool bare;                     /* written without wrappers */
    bool read_only;                /* never written */
} dcf_message;

/* A drop whose last step is a pattern. */
typedef struct dcf_wild {
    bool attribute;
    const dcf_ns *ns;  /* NULL: any */
    const char *local; /* NULL: any */
    const char *reason;
} dcf_wild;

/* A child by its name, and all that reading takes where its value is a text that becomes a field as
 * it is: one line of the cache, since a document meets them in no order. */
typedef struct dcf_slot {
    dcf_name name;
    struct dcf_node *child; /* NULL: free */
    const dcf_ns *ns;       /* the child's; NULL: none */
    dcf_rule *plain;        /* it is nothing but a value, by this rule; NULL: there is more to it */
    uint32_t ordinal;       /* the child's */
    uint32_t place, max;    /* verbatim: of the field in its message; bytes */
    bool attribute : 1, array : 1; /* the child's */
    bool verbatim : 1;             /* the value goes there as it is */
    bool far : 1;                  /* verbatim: not into the message around it */
    uint8_t kind;                  /* verbatim: of the value, a dcf_value_kind */
} dcf_slot;

/*
 * What may be inside a node. Most nodes have one variant, without conditions;
 * alternatives (`when`, `where`) and repeated groups have one each.
 */
typedef struct dcf_variant {
    dcf_message *message; /* NULL: it is none */
    bool each;            /* every occurrence makes one item of target */
    bool once;            /* one of the items of an array: `in: NAME[]` */
    uint32_t counter;     /* once: of its occurrences, among the parent's counters */
    dcf_path target;      /* each: the repeated field; a message: its member of Envelope.body */
    dcf_when *whens;
    size_t when_count;
    dcf_wheres wheres;
    dcf_rule **self; /* of the node's own text: one, or for NAME[n] one an index (with gaps NULL) */
    size_t self_count;
    bool indexed;               /* self is by index */
    struct dcf_node **children; /* attributes first */
    size_t child_count, attribute_count;
    size_t counter_count; /* the children's, then those of `once` */
    uint32_t *awaited;    /* ordinals of the children whose absence means something */
    size_t awaited_count;
    struct dcf_slot *slots; /* its children by name: slot_mask + 1, each at its hash or behind it */
    uint32_t slot_mask;
    dcf_wild *wilds;
    size_t wild_count;
    dcf_cover *cover;  /* each, message: what is written of its base message */
    const char *scope; /* canonical path of its base message, for faults: "" or "defendants" */
    uint32_t line;
} dcf_variant;

typedef struct dcf_node {
    const char *local; /* "" is the document where roots have no names */
    const dcf_ns *ns;  /* NULL: none */
    bool attribute;
    bool array;       /* may stand more than once: each, [] and [n] */
    bool unwrap;      /* its text is a document */
    bool payload;     /* of a wrapper: the next layer stands inside */
    uint32_t ordinal; /* among its siblings */
    const char *drop; /* the whole subtree goes: the reason */
    const char *rest; /* what no alternative fits goes: the reason; NULL: it is a fault */
    const char *path; /* from the message's root, for people */
    unsigned
        required; /* DCF_READ: must be in its parent; DCF_WRITE: is written even without a value */
    size_t rank;  /* of roots: wrappers from 1, outermost first; messages after them; else 0 */
    bool written; /* wrapper: has `write` */
    dcf_variant **variants;
    size_t variant_count;
    dcf_span *asked; /* the paths of their `when`, each once */
    size_t asked_count;
} dcf_node;

struct dcf_dialect {
    dcf_arena arena;
    const char *name, *version, *media_type;
    const dcf_format *format;
    const void *settings; /* of the format */
    bool carry;           /* unknown: carry */
    dcf_codec_use text;   /* what a string field without `as` gets */
    dcf_ns *namespaces;
    size_t namespace_count;
    dcf_codes **codes;
    size_t code_count;
    dcf_variant *roots; /* its children are the wrappers' and messages' root elements */
    dcf_wild *drops;    /* at every element */
    size_t drop_count;
    dcf_cover *cover; /* of the Envelope */
};

/* The field a path ends at. */
static inline dcf_field *dcf_path_field(const dcf_path *p)
{
    return p->field;
}
bool dcf_ns_has(const dcf_ns *ns, dcf_span uri);
/* What an element of the alternative is in formats that tell values from objects; else ANY. */
dcf_shape dcf_variant_shape(const dcf_dialect *d, const dcf_variant *v);
/* The child of that name; NULL when there is none. *ret_wrong_ns: one has the name, in another
 * namespace. */
static inline const dcf_slot *dcf_variant_slot(const dcf_variant *v, bool attribute, dcf_span ns,
                                               dcf_span local, bool *ret_wrong_ns)
{
    dcf_name name = dcf_name_of(local);
    *ret_wrong_ns = false;
    for (uint32_t i = dcf_name_hash(name); v->slots; i++) {
        const dcf_slot *slot = &v->slots[i & v->slot_mask];
        if (!slot->child) break;
        if (!dcf_name_like(slot->name, name) || slot->attribute != attribute ||
            (local.size > DCF_NAME_ENDS &&
             !dcf_same(dcf_span_of(slot->child->local, slot->name.size), local)))
            continue;
        if (slot->ns ? dcf_ns_has(slot->ns, ns) : ns.size == 0) return slot;
        *ret_wrong_ns = true;
    }
    return NULL;
}
static inline dcf_node *dcf_variant_child(const dcf_variant *v, bool attribute, dcf_span ns,
                                          dcf_span local, bool *ret_wrong_ns)
{
    const dcf_slot *slot = dcf_variant_slot(v, attribute, ns, local, ret_wrong_ns);
    return slot ? slot->child : NULL;
}
/* The reason when a drop pattern of the variant or the dialect takes the name. */
const char *dcf_variant_wild(const dcf_dialect *d, const dcf_variant *v, bool attribute,
                             dcf_span ns, dcf_span local);
/* An event of the node's own name; inline: every node that is written. */
static inline dcf_event dcf_node_event(const dcf_node *n, dcf_event_kind kind)
{
    dcf_event e = {.kind = kind, .local = dcf_span_str(n->local), .array = n->array};
    if (n->ns && n->ns->count) e.ns = n->ns->uris[0];
    return e;
}
/* Whether all that stands at the node is dropped, or nothing is mapped there. */
bool dcf_node_dropped(const dcf_node *n);
/* The line of the mapping that speaks of it. */
uint32_t dcf_node_line(const dcf_node *n);
/* "*" or "": whether there is a value, not which. */
bool dcf_where_presence(const dcf_where *w);
/* How severe the codec's complaint is at this rule; false when it is off. */
bool dcf_rule_severity(const dcf_rule *r, dcf_severity *ret);

#endif
