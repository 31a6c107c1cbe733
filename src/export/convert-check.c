/* Two networks that should be one. */
#include "export/convert-internal.h"

#include "base/error.h"
#include "base/rng.h"
#include "nn/plan.h"

#include <math.h>

enum { PICTURES = 3, SEED = 20 };

typedef struct side {
    graft_plan *plan;
    graft_plan_state *state;
} side;

static graft_status side_open(graft_context *context, const graft_graph *graph, side *out) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 1;
    GRAFT_TRY(graft_plan_new(context, graph, &options, &out->plan));
    return graft_plan_state_new(out->plan, &out->state);
}

static void side_close(side *self) {
    graft_plan_state_free(self->state);
    graft_plan_free(self->plan);
}

static const graft_shape *input_of(const graft_graph *graph) {
    return &graft_graph_node(graph, graft_graph_input(graph))->output;
}

/* Noise over the range of values that prepared pictures have. */
static void draw(const graft_shape *shape, const graft_preprocess *preprocess, int picture, float *input) {
    graft_rng rng = graft_rng_make(SEED, GRAFT_RNG_TEST, 0, (uint64_t)picture);
    const int64_t count = graft_shape_count(shape), area = count / shape->dim[0];
    for (int64_t i = 0; i < count; i++) {
        const double value = graft_rng_uniform(&rng);
        const int64_t c = i / area;
        input[i] =
            (float)(preprocess && c < 3 ? (value * 255.0 - (double)preprocess->mean[c]) * (double)preprocess->scale[c]
                                        : 2.0 * value - 1.0);
    }
}

static graft_status compare(const side *before, const side *after, const graft_shape *shape,
                            const graft_preprocess *preprocess, double *difference) {
    const size_t size = graft_plan_output_size(before->plan, 0);
    double apart = 0, largest = 0;
    for (int picture = 0; picture < PICTURES; picture++) {
        draw(shape, preprocess, picture, graft_plan_state_input(before->state, 0));
        draw(shape, preprocess, picture, graft_plan_state_input(after->state, 0));
        GRAFT_TRY(graft_plan_run(before->state, 1));
        GRAFT_TRY(graft_plan_run(after->state, 1));
        const float *a = graft_plan_state_output(before->state, 0, 0), *b = graft_plan_state_output(after->state, 0, 0);
        for (size_t i = 0; i < size; i++) {
            const double one = (double)a[i], other = (double)b[i];
            if (!isfinite(one) || !isfinite(other))
                return graft_fail(GRAFT_E_DATA, "output %zu of a test picture is %g before and %g after, no numbers", i,
                                  one, other);
            apart = fmax(apart, fabs(one - other));
            largest = fmax(largest, fabs(one));
        }
    }
    *difference = largest > 0 ? apart / largest : apart;
    return GRAFT_OK;
}

graft_status graft_convert_compare(graft_context *context, const graft_graph *before, const graft_graph *after,
                                   const graft_preprocess *preprocess, double *difference) {
    side sides[2] = {{0}, {0}};
    graft_status status;
    char one[GRAFT_SHAPE_TEXT], other[GRAFT_SHAPE_TEXT];
    *difference = INFINITY;
    if (!graft_shape_equal(input_of(before), input_of(after)))
        return graft_fail(GRAFT_E_DATA, "it takes %s, expected %s", graft_shape_text(input_of(after), one),
                          graft_shape_text(input_of(before), other));
    GRAFT_TRY_TO(done, status, side_open(context, before, &sides[0]));
    GRAFT_TRY_TO(done, status, side_open(context, after, &sides[1]));
    size_t sizes[2] = {graft_plan_output_size(sides[0].plan, 0), graft_plan_output_size(sides[1].plan, 0)};
    status = sizes[0] == sizes[1]
                 ? compare(&sides[0], &sides[1], input_of(before), preprocess, difference)
                 : graft_fail(GRAFT_E_DATA, "it puts out %zu values, expected %zu", sizes[1], sizes[0]);
done:
    side_close(&sides[0]);
    side_close(&sides[1]);
    return status;
}
