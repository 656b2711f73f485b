/*
 * draw_svg.c - the lifecycle as SVG: states in rows by their distance from the start, each way an
 * arrow with a number, and the numbers explained below. Ways down are drawn between the rows, ways
 * up and along a row around the right.
 */
#include "exchange/draw.h"

enum {
    WIDTH = 1100,
    BOX_W = 140,
    BOX_H = 40,
    ROW_H = 130,
    TOP = 30,
    SIDE = 110, /* kept free on the right, for the ways up */
    LINE_H = 18,
    PORT = 18 /* between two arrows at one box */
};

typedef struct picture {
    const dcf_lifecycle *l;
    dcf_edge edges[DCF_EDGES_MAX];
    size_t count;
    unsigned row[DCF_STATES_MAX], column[DCF_STATES_MAX], in_row[DCF_STATES_MAX];
    unsigned rows;
    int outs[DCF_STATES_MAX], ins[DCF_STATES_MAX]; /* arrows at each box */
    int outs_drawn[DCF_STATES_MAX], ins_drawn[DCF_STATES_MAX];
    int around; /* ways around the right, so far */
} picture;

/* --- layout ------------------------------------------------------------- */

static void place(picture *p)
{
    bool placed[DCF_STATES_MAX] = {0};
    placed[p->l->initial] = true;
    p->rows = 1;
    for (unsigned row = 0, found = 1; found; row++) {
        found = 0;
        for (size_t i = 0; i < p->count; i++) {
            const dcf_edge *e = &p->edges[i];
            if (!placed[e->from] || p->row[e->from] != row || placed[e->to]) continue;
            placed[e->to] = true;
            p->row[e->to] = row + 1;
            p->rows = row + 2;
            found = 1;
        }
    }
    for (unsigned s = 0; s < p->l->state_count; s++) p->column[s] = p->in_row[p->row[s]]++;
    for (size_t i = 0; i < p->count; i++) {
        p->outs[p->edges[i].from]++;
        p->ins[p->edges[i].to]++;
    }
}

static int left_of(const picture *p, unsigned s)
{
    int slots = (int)p->in_row[p->row[s]];
    int room = (WIDTH - SIDE) / slots;
    return room * (int)p->column[s] + (room - BOX_W) / 2;
}

static int top_of(const picture *p, unsigned s)
{
    return TOP + ROW_H * (int)p->row[s];
}

/* The n-th of count arrows at a side of a box, spread around its middle. */
static int port(const picture *p, unsigned s, int n, int count)
{
    int step = count * PORT > BOX_W - 20 ? (BOX_W - 20) / count : PORT;
    return left_of(p, s) + BOX_W / 2 + (2 * n - count + 1) * step / 2;
}

/* --- drawing ------------------------------------------------------------ */

static void add_text(dcf_buf *out, const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : NULL;
        if (entity)
            dcf_buf_adds(out, entity);
        else
            dcf_buf_addc(out, *text);
    }
}

static void add_state_name(dcf_buf *out, const char *name)
{
    for (; *name; name++) dcf_buf_addc(out, *name == '_' ? ' ' : *name);
}

static void draw_box(const picture *p, unsigned s, dcf_buf *out)
{
    int x = left_of(p, s), y = top_of(p, s);
    const char *style = s == p->l->initial ? "start" : p->l->finals >> s & 1U ? "end" : "state";
    dcf_buf_printf(out,
                   "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>",
                   style, x, y, BOX_W, BOX_H);
    dcf_buf_printf(out, "<text class=\"name\" x=\"%d\" y=\"%d\">", x + BOX_W / 2,
                   y + BOX_H / 2 + 5);
    add_state_name(out, p->l->states[s]);
    dcf_buf_adds(out, "</text>\n");
}

static void draw_tag(int x, int y, size_t number, dcf_buf *out)
{
    dcf_buf_printf(out,
                   "<circle class=\"tag\" cx=\"%d\" cy=\"%d\" r=\"9\"/>"
                   "<text class=\"number\" x=\"%d\" y=\"%d\">%zu</text>\n",
                   x, y, x, y + 4, number);
}

static void draw_edge(picture *p, size_t i, dcf_buf *out)
{
    const dcf_edge *e = &p->edges[i];
    int x1 = port(p, e->from, p->outs_drawn[e->from]++, p->outs[e->from]);
    int x2 = port(p, e->to, p->ins_drawn[e->to]++, p->ins[e->to]);
    int y1 = top_of(p, e->from) + BOX_H, y2 = top_of(p, e->to);
    if (p->row[e->to] > p->row[e->from]) {
        dcf_buf_printf(out, "<path class=\"way\" d=\"M%d %d C%d %d %d %d %d %d\"/>", x1, y1, x1,
                       y1 + 45, x2, y2 - 45, x2, y2);
        int third = p->outs_drawn[e->from] % 3; /* tags of one box at different heights */
        int y = y1 + 12 + third * 10;
        draw_tag(x1, y, i + 1, out);
        return;
    }
    int right = WIDTH - SIDE + 10 + p->around++ * (SIDE - 20) / 24;
    dcf_buf_printf(
        out, "<path class=\"back\" d=\"M%d %d C%d %d %d %d %d %d L%d %d C%d %d %d %d %d %d\"/>", x1,
        y1, x1, y1 + 40, right, y1 + 40, right, y1, right, y2, right, y2 - 40, x2, y2 - 40, x2, y2);
    draw_tag(x1, y1 + 12 + p->outs_drawn[e->from] % 3 * 10, i + 1, out);
}

static void explain(const picture *p, dcf_buf *out)
{
    int y = TOP + ROW_H * (int)p->rows + 10;
    for (size_t i = 0; i < p->count; i++, y += LINE_H) {
        const dcf_edge *e = &p->edges[i];
        DCF_CLEANUP(dcf_buf_fini) dcf_buf messages = {0};
        dcf_lifecycle_tell_edge(p->l, e, true, &messages);
        const char *text = dcf_buf_cstr(&messages);
        dcf_buf_printf(out, "<text class=\"legend\" x=\"20\" y=\"%d\">%zu. ", y, i + 1);
        add_state_name(out, p->l->states[e->from]);
        dcf_buf_adds(out, " \xE2\x86\x92 ");
        add_state_name(out, p->l->states[e->to]);
        dcf_buf_adds(out, ": ");
        add_text(out, text ? text : "");
        dcf_buf_adds(out, "</text>\n");
    }
}

static const char style[] =
    "<style>rect{stroke:#334;stroke-width:1.5}.start{fill:#fff;stroke-dasharray:5 4}"
    ".state{fill:#e8f0fa}.end{fill:#dfe8df;stroke-width:3}"
    "text{font-family:sans-serif;fill:#112}.name{font-size:14px;text-anchor:middle}"
    ".way,.back{fill:none;stroke:#557;stroke-width:1.2;marker-end:url(#tip)}"
    ".back{stroke:#a75}.tag{fill:#fff;stroke:#889}"
    ".number{font-size:10px;text-anchor:middle}.legend{font-size:12px}</style>\n"
    "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
    "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" "
    "fill=\"#446\"/></marker></defs>\n";

void dcf_lifecycle_svg(const dcf_lifecycle *l, dcf_buf *out)
{
    picture p = {.l = l};
    p.count = dcf_lifecycle_edges(l, p.edges);
    place(&p);
    int height = TOP + ROW_H * (int)p.rows + LINE_H * (int)p.count + 20;
    dcf_buf_printf(out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                   "height=\"%d\" role=\"img\">\n<title>Lifecycle of a case, version ",
                   WIDTH, height, WIDTH, height);
    add_text(out, l->version);
    dcf_buf_printf(out,
                   "</title>\n%s<rect x=\"0\" y=\"0\" width=\"%d\" height=\"%d\" fill=\"#fff\" "
                   "stroke=\"none\"/>\n",
                   style, WIDTH, height);
    for (size_t i = 0; i < p.count; i++) draw_edge(&p, i, out);
    for (unsigned s = 0; s < l->state_count; s++) draw_box(&p, s, out);
    explain(&p, out);
    dcf_buf_adds(out, "</svg>\n");
}
