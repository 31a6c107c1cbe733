/* Drawings of series: what is kept of long ones, gaps, and which ones are drawn. */
#include "support/support.h"

#include "report/series-drawing.h"
#include "transfer/model-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG = 5000 };

static char *draw(float *values, size_t length, size_t channels, size_t longest, const double *range) {
    const graft_series series = {.values = values, .length = length};
    graft_buffer out;
    char *text = NULL;
    graft_buffer_init(&out, 0);
    graft_series_drawing(&out, &series, channels, longest, range, false, "<b>\"");
    assert_ok(graft_buffer_take(&out, &text, NULL));
    return text;
}

static size_t count_of(const char *text, const char *part) {
    const size_t length = strlen(part);
    size_t count = 0;
    for (size_t i = 0; text[i]; i++)
        count += strncmp(text + i, part, length) == 0;
    return count;
}

/* One step of 5000 rises above the others, one falls below. */
static void peaks_stay(void **state) {
    (void)state;
    float values[LONG];
    for (size_t i = 0; i < LONG; i++)
        values[i] = i == 1237 ? 9 : i == 3333 ? -9 : 0;
    char *text = draw(values, LONG, 1, LONG, NULL);
    assert_non_null(strstr(text, " 4.0L"));  /* the top */
    assert_non_null(strstr(text, " 76.0L")); /* the bottom */
    assert_non_null(strstr(text, "aria-label=\"&lt;b&gt;&quot;\""));
    if (!(strlen(text) < 8000)) fail_msg("%zu bytes", strlen(text));
    graft_text_free(text);
}

static void gaps_and_lone_numbers(void **state) {
    (void)state;
    float values[] = {0, 1, NAN, 2, NAN, NAN, 1, 0};
    char *text = draw(values, 8, 1, 8, NULL);
    assert_int_equal(count_of(text, "M"), 3);
    assert_int_equal(count_of(text, "h0"), 1); /* the 2 between two gaps */
    graft_text_free(text);
    float whole[LONG];
    for (size_t i = 0; i < LONG; i++)
        whole[i] = (float)(i % 7);
    whole[2000] = NAN; /* also of a series that is thinned */
    text = draw(whole, LONG, 1, LONG, NULL);
    if (count_of(text, "M") < 2) fail_msg("a gap is gone");
    graft_text_free(text);
    float nothing[] = {NAN, NAN};
    text = draw(nothing, 2, 1, 8, NULL);
    assert_non_null(strstr(text, "d=\"\""));
    graft_text_free(text);
}

static void lengths_and_heights(void **state) {
    (void)state;
    float values[] = {0, 1, 2, 1, 0};
    char *text = draw(values, 5, 1, 9, NULL);
    assert_non_null(strstr(text, "L100.0 76.0\"")); /* half as long as the longest */
    graft_text_free(text);
    text = draw(values, 5, 1, 5, (const double[]){0, 4});
    assert_non_null(strstr(text, "L100.0 40.0L")); /* half as high */
    graft_text_free(text);
    text = draw(values, 1, 1, 1, NULL);
    assert_non_null(strstr(text, "M4.0 40.0h0"));
    graft_text_free(text);
    float channels[] = {0, 1, 5, 4, 7, 7};
    text = draw(channels, 2, 3, 2, NULL);
    assert_int_equal(count_of(text, "<path class=\"c"), 3);
    graft_text_free(text);
}

/* 100 series of two classes; every tenth is wrong, and the more so the later. */
static void mistakes_come_first(void **state) {
    (void)state;
    static size_t sample[100];
    static int label[100];
    static float probability[200];
    char a[] = "a", b[] = "b", *classes[] = {a, b};
    graft_predictions predictions = {.classes = classes,
                                     .class_count = 2,
                                     .count = 100,
                                     .sample = sample,
                                     .label = label,
                                     .probabilities = probability};
    graft_drawing_choice choice[GRAFT_DRAWINGS_MOST];
    size_t count;
    for (size_t i = 0; i < 100; i++) {
        sample[i] = i;
        label[i] = (int)(i % 2);
        const float right = i % 10 == 0 ? 0.4F - (float)i / 1000 : 0.6F + (float)i / 1000;
        probability[2 * i + (size_t)label[i]] = right;
        probability[2 * i + (size_t)(1 - label[i])] = 1 - right;
    }
    label[7] = -1;
    assert_ok(graft_drawings_choose(&predictions, choice, &count));
    assert_int_equal(count, GRAFT_DRAWINGS_MOST);
    for (size_t i = 0; i < 10; i++) { /* all of class a: the surest first */
        assert_int_equal(choice[i].kind, GRAFT_DRAWING_MISTAKE);
        assert_int_equal(choice[i].row, 90 - 10 * i);
    }
    const size_t unsure[] = {1, 2, 3, 4, 5, 6, 8, 9, 11};
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(choice[10 + i].kind, GRAFT_DRAWING_UNSURE);
        assert_int_equal(choice[10 + i].row, unsure[i]);
    }
    assert_int_equal(choice[19].row, 98); /* then both classes in turn */
    assert_int_equal(choice[20].row, 99);
    assert_int_equal(choice[21].row, 96);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(choice[i].row, choice[k].row);
    /* mistakes alone: of every cell the surest before the second ones, and not all of them */
    for (size_t i = 0; i < 100; i++) {
        label[i] = i < 95 ? 0 : 1;
        probability[2 * i + (size_t)label[i]] = 0.1F;
        probability[2 * i + (size_t)(1 - label[i])] = 0.9F;
    }
    assert_ok(graft_drawings_choose(&predictions, choice, &count));
    assert_int_equal(count, 36);
    assert_int_equal(choice[0].row, 0);
    assert_int_equal(choice[1].row, 95);
    assert_int_equal(choice[9].row, 99);
    assert_int_equal(choice[10].row, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_stay),
        cmocka_unit_test(gaps_and_lone_numbers),
        cmocka_unit_test(lengths_and_heights),
        cmocka_unit_test(mistakes_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
