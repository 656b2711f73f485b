/*
 * draw_svg.c - the lifecycle as SVG: a line down for each state, a row for each move, an arrow
 * along the row from the states it leaves to the one it leads to. So no two arrows ever cross.
 */
#include "exchange/draw.h"

enum {
    SIDE = 400, /* of the words on the left */
    COLUMN = 96,
    HEAD = 76, /* of the states' names */
    ROW = 22,
    BOX_W = 86,
    BOX_H = 40,
    MARGIN = 16
};

typedef struct picture {
    const dcf_lifecycle *l;
    dcf_buf *out;
    int y; /* of the next row's middle */
} picture;

static int x_of(unsigned state)
{
    return SIDE + COLUMN / 2 + COLUMN * (int)state;
}

/* The states a move really leaves. */
static uint32_t leaves(const dcf_move *move)
{
    return move->from & ~(1U << move->to);
}

/* --- words ---------------------------------------------------------------- */

static void add_text(dcf_buf *out, const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : NULL;
        if (entity)
            dcf_buf_adds(out, entity);
        else
            dcf_buf_addc(out, (char)(*text == '_' ? ' ' : *text));
    }
}

static void write_at(picture *p, const char *class, int x, int y, const char *text)
{
    dcf_buf_printf(p->out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    add_text(p->out, text);
    dcf_buf_adds(p->out, "</text>\n");
}

/* A state's name on two lines when it has two words. */
static void draw_head(picture *p, unsigned s)
{
    const char *class = s == p->l->initial ? "start" : p->l->finals >> s & 1U ? "end" : "state";
    const char *name = p->l->states[s], *second = strchr(name, '_');
    int x = x_of(s), y = MARGIN;
    dcf_buf_printf(p->out,
                   "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"7\"/>",
                   class, x - BOX_W / 2, y, BOX_W, BOX_H);
    dcf_buf_printf(p->out, "<text class=\"name\" x=\"%d\" y=\"%d\">", x, y + (second ? 17 : 25));
    dcf_buf_add(p->out, dcf_span_of(name, second ? (size_t)(second - name) : strlen(name)));
    if (second) {
        dcf_buf_printf(p->out, "<tspan x=\"%d\" dy=\"15\">", x);
        add_text(p->out, second + 1);
        dcf_buf_adds(p->out, "</tspan>");
    }
    dcf_buf_adds(p->out, "</text>\n");
}

static void draw_line(picture *p, unsigned s, int bottom)
{
    dcf_buf_printf(p->out, "<path class=\"life\" d=\"M%d %dV%d\"/>\n", x_of(s), MARGIN + BOX_H,
                   bottom);
}

/* --- moves ------------------------------------------------------------------ */

static void draw_arrow(picture *p, const dcf_move *move)
{
    uint32_t from = leaves(move);
    int to = x_of(move->to);
    int left = to, right = to; /* the outermost states it leaves */
    for (unsigned s = 0; s < p->l->state_count; s++) {
        if (!(from >> s & 1U)) continue;
        if (x_of(s) < left) left = x_of(s);
        if (x_of(s) > right) right = x_of(s);
    }
    if (left < to)
        dcf_buf_printf(p->out, "<path class=\"way\" d=\"M%d %dH%d\"/>\n", left, p->y, to - 2);
    if (right > to)
        dcf_buf_printf(p->out, "<path class=\"way\" d=\"M%d %dH%d\"/>\n", right, p->y, to + 2);
    for (unsigned s = 0; s < p->l->state_count; s++)
        if (from >> s & 1U)
            dcf_buf_printf(p->out, "<circle class=\"from\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n",
                           x_of(s), p->y);
}

static void draw_move(picture *p, const dcf_rule *rule, const dcf_move *move)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf words = {0};
    if (move->when) {
        dcf_buf_adds(&words, "when ");
        dcf_condition_print(move->when, &words);
    } else {
        dcf_buf_adds(&words, move == rule->moves ? "always" : "otherwise");
    }
    const char *text = dcf_buf_cstr(&words);
    write_at(p, "when", 2 * MARGIN, p->y + 4, text ? text : "");
    draw_arrow(p, move);
    p->y += ROW;
}

static void draw_rule(picture *p, const dcf_rule *rule)
{
    bool named = false;
    for (size_t m = 0; m < rule->move_count; m++) {
        if (!leaves(&rule->moves[m])) continue;
        if (!named) {
            write_at(p, "message", MARGIN, p->y + 4, rule->type->name);
            p->y += ROW - 4;
        }
        named = true;
        draw_move(p, rule, &rule->moves[m]);
    }
    if (named) p->y += 8;
}

/* The messages that leave the case where it is. */
static void tell_the_rest(picture *p)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf words = {0};
    dcf_buf_adds(&words, "Without a move: ");
    bool first = true;
    for (size_t r = 0; r < p->l->rule_count; r++) {
        const dcf_rule *rule = &p->l->rules[r];
        bool moves = false;
        for (size_t m = 0; m < rule->move_count; m++) moves |= leaves(&rule->moves[m]) != 0;
        if (moves) continue;
        if (!first) dcf_buf_adds(&words, ", ");
        dcf_buf_adds(&words, rule->type->name);
        first = false;
    }
    const char *text = dcf_buf_cstr(&words);
    if (!first) write_at(p, "when", MARGIN, p->y + 8, text ? text : "");
}

static const char style[] =
    "<style>rect{stroke:#334;stroke-width:1.5}.start{fill:#fff;stroke-dasharray:5 4}"
    ".state{fill:#e8f0fa}.end{fill:#dfe8df;stroke-width:3}"
    "text{font-family:sans-serif;fill:#112}.name{font-size:12px;text-anchor:middle}"
    ".message{font-size:13px;font-weight:bold}.when{font-size:12px}"
    ".life{stroke:#ccd;stroke-width:1;fill:none}"
    ".way{fill:none;stroke:#446;stroke-width:1.6;marker-end:url(#tip)}"
    ".from{fill:#fff;stroke:#446;stroke-width:1.6}</style>\n"
    "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
    "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" "
    "fill=\"#446\"/></marker></defs>\n";

void dcf_lifecycle_svg(const dcf_lifecycle *l, dcf_buf *out)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf rows = {0};
    picture p = {.l = l, .out = &rows, .y = HEAD + ROW / 2};
    for (size_t r = 0; r < l->rule_count; r++) draw_rule(&p, &l->rules[r]);
    int lines_end = p.y - ROW / 2;
    tell_the_rest(&p);
    int width = SIDE + COLUMN * (int)l->state_count + MARGIN, height = p.y + ROW + MARGIN;
    dcf_buf_printf(out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                   "height=\"%d\" role=\"img\">\n<title>Lifecycle of a case, version ",
                   width, height, width, height);
    add_text(out, l->version);
    dcf_buf_printf(out,
                   "</title>\n%s<rect x=\"0\" y=\"0\" width=\"%d\" height=\"%d\" fill=\"#fff\" "
                   "stroke=\"none\"/>\n",
                   style, width, height);
    p.out = out;
    for (unsigned s = 0; s < l->state_count; s++) draw_line(&p, s, lines_end);
    dcf_buf_add(out, dcf_buf_span(&rows));
    for (unsigned s = 0; s < l->state_count; s++) draw_head(&p, s);
    dcf_buf_adds(out, "</svg>\n");
}
