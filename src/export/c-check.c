/* Before anything is written: the program answers as the network does. */
#include "base/rng.h"
#include "export/c-internal.h"
#include "nn/plan.h"
#include <math.h>

static const double tolerance = 1e-3; /* of the largest output */

/* Noise over the values that prepared pictures have. */
static void draw(const graft_export_source *source, size_t count, float *input) {
    const graft_preprocess *spec = source->preprocess;
    graft_rng rng = graft_rng_make(1, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < count; i++) {
        const float byte = (float)(graft_rng_uniform(&rng) * 255);
        input[i] = spec ? (byte - spec->mean[0]) * spec->scale[0] : byte / 127.5F - 1;
    }
}

static graft_status compare(graft_c_program *program, const graft_export_source *source, graft_plan_state *state,
                            float *output, void *workspace) {
    const size_t count = program->values[program->output].count;
    const graft_shape *shape = &graft_graph_node(source->graph, graft_graph_output(source->graph))->output;
    const size_t channels = shape->rank == 3 ? (size_t)shape->dim[0] : 1, area = count / channels;
    double largest = 0, apart = 0;
    draw(source, program->values[program->input].count, graft_plan_state_input(state, 0));
    GRAFT_TRY(graft_plan_run(state, 1));
    graft_c_run(program, graft_plan_state_input(state, 0), workspace, output, false);
    const float *expected = graft_plan_state_output(state, 0, 0);
    for (size_t i = 0; i < count; i++) {
        const double want = expected[i % channels * area + i / channels];
        largest = fmax(largest, fabs(want));
        apart = fmax(apart, isfinite(want) ? fabs(want - (double)output[i]) : INFINITY);
    }
    if (apart <= tolerance * largest) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA,
                      "%s: as C its outputs differ by %.2g of %.2g, at most %g of that is expected: nothing "
                      "was written",
                      source->name, apart, largest, tolerance);
}

graft_status graft_c_check(graft_context *context, graft_c_program *program, const graft_export_source *source) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_plan_state *state = NULL;
    graft_plan *plan = NULL;
    float *output = graft_allocate(program->values[program->output].count, sizeof *output);
    void *workspace = graft_allocate_aligned(program->workspace, 1);
    graft_status status;
    options.batch = 1;
    if (output == NULL || workspace == NULL) {
        status = graft_fail_memory("a trial run of C source");
        goto done;
    }
    GRAFT_TRY_TO(done, status, graft_plan_new(context, source->graph, &options, &plan));
    GRAFT_TRY_TO(done, status, graft_plan_state_new(plan, &state));
    status = compare(program, source, state, output, workspace);
done:
    graft_plan_state_free(state);
    graft_plan_free(plan);
    graft_release(output);
    graft_release(workspace);
    return status;
}
