/* test_draw.c - the picture of the lifecycle says what the file says. DCF_GOLDEN=write draws
 * config/lifecycle.svg anew, which the README shows. */
#include "exchange/draw.h"

#include "unit.h"

#include <stdlib.h>

static dcf_lifecycle *shipped(void)
{
    dcf_lifecycle *l = NULL;
    CU_ASSERT_FATAL(dcf_ok(dcf_lifecycle_load("config/lifecycle.yaml", &l, NULL)));
    return l;
}

static size_t count_of(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)) != NULL; text += strlen(word)) n++;
    return n;
}

static void the_picture_in_the_tree_is_the_lifecycles(void)
{
    dcf_lifecycle *l = shipped();
    dcf_buf drawn = {0}, kept = {0};
    dcf_lifecycle_svg(l, &drawn);
    if (getenv("DCF_GOLDEN")) {
        FILE *f = fopen("config/lifecycle.svg", "wb");
        CU_ASSERT_FATAL(f && fwrite(drawn.data, 1, drawn.size, f) == drawn.size);
        CU_ASSERT_FATAL(fclose(f) == 0);
    }
    CU_ASSERT_FATAL(dcf_ok(dcf_buf_read_file(&kept, "config/lifecycle.svg", 1 << 20)));
    CU_ASSERT(dcf_span_eq(dcf_buf_span(&drawn), dcf_buf_span(&kept)));
    dcf_buf_fini(&drawn);
    dcf_buf_fini(&kept);
    dcf_lifecycle_free(l);
}

static void every_state_and_every_way_is_drawn_once(void)
{
    dcf_lifecycle *l = shipped();
    dcf_edge edges[DCF_EDGES_MAX];
    size_t n = dcf_lifecycle_edges(l, edges);
    dcf_buf svg = {0}, mermaid = {0};
    dcf_lifecycle_svg(l, &svg);
    dcf_lifecycle_mermaid(l, &mermaid);
    CU_ASSERT_EQUAL(count_of(dcf_buf_cstr(&svg), "class=\"name\""), l->state_count);
    size_t left = 0, moves = 0; /* states that a move leaves; moves that lead elsewhere */
    for (size_t r = 0; r < l->rule_count; r++)
        for (size_t m = 0; m < l->rules[r].move_count; m++) {
            size_t before = left;
            for (unsigned s = 0; s < l->state_count; s++)
                left += s != l->rules[r].moves[m].to && (l->rules[r].moves[m].from >> s & 1U);
            moves += left > before;
        }
    CU_ASSERT(left >= n);
    CU_ASSERT_EQUAL(count_of(dcf_buf_cstr(&svg), "class=\"from\""), left);
    CU_ASSERT_EQUAL(count_of(dcf_buf_cstr(&svg), "class=\"when\""), moves + 1);
    CU_ASSERT_EQUAL(count_of(dcf_buf_cstr(&mermaid), " --> "), n + 3); /* the start and two ends */
    for (size_t i = 0; i < n; i++) {
        char way[128];
        snprintf(way, sizeof way, "    %s --> %s : ", l->states[edges[i].from],
                 l->states[edges[i].to]);
        CU_ASSERT_EQUAL(count_of(dcf_buf_cstr(&mermaid), way), 1);
    }
    dcf_buf_fini(&svg);
    dcf_buf_fini(&mermaid);
    dcf_lifecycle_free(l);
}

static void a_way_tells_its_messages_and_their_conditions(void)
{
    dcf_lifecycle *l = shipped();
    const dcf_edge e = {dcf_lifecycle_state(l, "none"), dcf_lifecycle_state(l, "charged")};
    dcf_buf with = {0}, without = {0};
    dcf_lifecycle_tell_edge(l, &e, true, &with);
    dcf_lifecycle_tell_edge(l, &e, false, &without);
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&with),
                           "case submission when kind is CHARGED; court result");
    CU_ASSERT_STRING_EQUAL(dcf_buf_cstr(&without), "case submission, court result");
    dcf_buf_fini(&with);
    dcf_buf_fini(&without);
    dcf_lifecycle_free(l);
}

#define TESTS(X)                                                                                   \
    X(the_picture_in_the_tree_is_the_lifecycles)                                                   \
    X(every_state_and_every_way_is_drawn_once) X(a_way_tells_its_messages_and_their_conditions)
UNIT_MAIN("draw", TESTS)
