/* Training of batchnorm and scale_shift: both are a factor and an offset for each channel of a normalised value. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"

enum { KEPT_SOURCE, KEPT_MEAN, KEPT_VARIANCE };

static bool follows_batches(const graft_trainer *trainer, int node) {
    return graft_trainer_node(trainer, node)->node->op == &graft_op_batchnorm && graft_trainer_learns(trainer, node) &&
           trainer->options->batchnorm == GRAFT_BATCHNORM_TRAIN;
}

/* oneDNN takes the variance for 0 in the channels that fill up a block: 0 + 1 has a root, and 0 + 0 none. */
static double epsilon_of(const graft_trainer *trainer, int node) {
    const graft_node *at = graft_trainer_node(trainer, node)->node;
    if (at->op != &graft_op_batchnorm || graft_trainer_is_fixed_affine(trainer, node)) return 1.0;
    return ((const graft_batchnorm_attributes *)at->attributes)->epsilon;
}

/* The parameter, or a constant in its place. */
static graft_status vector_or(graft_trainer *trainer, int node, const char *name, int constant, int *out) {
    *out = constant;
    if (graft_train_param_index(graft_trainer_node(trainer, node)->node, name) < 0) return GRAFT_OK;
    return graft_trainer_vector(trainer, node, name, out);
}

/* moving = momentum * moving + (1 - momentum) * batch; of variances the unbiased estimate, as TF and PyTorch do.
 * Places: mean, variance, moving mean, moving variance. */
static void follow(const graft_train_plan *plan, const graft_train_step *step) {
    (void)plan;
    const float *batch_mean = step->memory[0], *batch_variance = step->memory[1];
    float *mean = step->memory[2], *variance = step->memory[3];
    const double keep = step->number[0], unbiased = step->number[1];
    for (size_t c = 0; c < step->count; c++) {
        mean[c] = (float)(keep * (double)mean[c] + (1.0 - keep) * (double)batch_mean[c]);
        variance[c] = (float)(keep * (double)variance[c] + (1.0 - keep) * unbiased * (double)batch_variance[c]);
    }
}

static graft_status add_statistic(graft_trainer *trainer, int node, graft_train_statistic *out) {
    graft_train_plan *plan = trainer->plan;
    const size_t count = (size_t)graft_trainer_node(trainer, node)->node->output.dim[0];
    const size_t step = GRAFT_ALIGNMENT / sizeof(float), room = (count + step - 1) / step * step;
    if (!graft_reserve(&plan->statistics, &plan->statistic_capacity, plan->statistic_count + 1,
                       sizeof *plan->statistics))
        return graft_fail_memory("a training plan");
    *out = (graft_train_statistic){
        .node = node, .mean = plan->statistic_floats, .variance = plan->statistic_floats + room, .count = count};
    plan->statistic_floats += 2 * room;
    plan->statistics[plan->statistic_count++] = *out;
    return GRAFT_OK;
}

static graft_status emit_following(graft_trainer *trainer, int node, const graft_train_statistic *statistic) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const int moving = trainer->plan->moving;
    const graft_dnn_shape shape = graft_dnn_layout_shape(at->value.layout);
    const double n = (double)(shape.dim[0] * shape.dim[2] * shape.dim[3]);
    const double momentum = trainer->options->momentum > 0 ? trainer->options->momentum : 0.99;
    const graft_train_step step = {.host = follow,
                                   .what = "moving statistics",
                                   .node = node,
                                   .when = GRAFT_WHEN_TRAINING,
                                   .places = {graft_place(at->kept[KEPT_MEAN]),
                                              graft_place(at->kept[KEPT_VARIANCE]),
                                              {moving, statistic->mean * sizeof(float)},
                                              {moving, statistic->variance * sizeof(float)}},
                                   .place_count = 4,
                                   .count = statistic->count,
                                   .number = {momentum, n > 1 ? n / (n - 1) : 1.0}};
    return graft_trainer_host(trainer, &step);
}

/* By the batch's own statistics in training, by the moving ones otherwise. */
static graft_status forward_by_batch(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_plan_value source = at->kept[KEPT_SOURCE];
    const size_t bytes = (size_t)at->node->output.dim[0] * sizeof(float);
    const double epsilon = epsilon_of(trainer, node);
    graft_train_statistic statistic;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(add_statistic(trainer, node, &statistic));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &at->kept[KEPT_MEAN].buffer));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &at->kept[KEPT_VARIANCE].buffer));
    graft_train_place places[] = {
        graft_place(source),       graft_place(at->kept[KEPT_MEAN]), graft_place(at->kept[KEPT_VARIANCE]),
        graft_place_of(at->scale), graft_place_of(at->shift),        graft_place(at->value)};
    GRAFT_TRY(graft_dnn_batchnorm_forward_new(trainer->plan->engine, source.layout, epsilon, true, &kernel));
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_TRAINING, kernel, places));
    GRAFT_TRY(emit_following(trainer, node, &statistic));
    places[1] = (graft_train_place){trainer->plan->moving, statistic.mean * sizeof(float)};
    places[2] = (graft_train_place){trainer->plan->moving, statistic.variance * sizeof(float)};
    GRAFT_TRY(graft_dnn_batchnorm_forward_new(trainer->plan->engine, source.layout, epsilon, false, &kernel));
    return graft_trainer_run(trainer, node, GRAFT_WHEN_INFERENCE, kernel, places);
}

static graft_status place_parameters(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    at->kept[KEPT_MEAN].buffer = at->kept[KEPT_VARIANCE].buffer = trainer->zeros;
    if (graft_trainer_is_fixed_affine(trainer, node)) return graft_trainer_affine(trainer, node);
    const bool batchnorm = at->node->op == &graft_op_batchnorm;
    GRAFT_TRY(vector_or(trainer, node, batchnorm ? "gamma" : "scale", trainer->ones, &at->scale));
    GRAFT_TRY(vector_or(trainer, node, batchnorm ? "beta" : "shift", trainer->zeros, &at->shift));
    if (!batchnorm || follows_batches(trainer, node)) return GRAFT_OK;
    GRAFT_TRY(graft_trainer_vector(trainer, node, "mean", &at->kept[KEPT_MEAN].buffer));
    return graft_trainer_vector(trainer, node, "variance", &at->kept[KEPT_VARIANCE].buffer);
}

graft_status graft_train_forward_affine(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_plan_value source = graft_trainer_input(trainer, node, 0);
    graft_dnn_kernel *kernel;
    at->kept[KEPT_SOURCE] = source;
    GRAFT_TRY(place_parameters(trainer, node));
    GRAFT_TRY(graft_trainer_value(trainer, source.layout, &at->value));
    if (follows_batches(trainer, node)) return forward_by_batch(trainer, node);
    const graft_train_place places[] = {
        graft_place(source),       graft_place(at->kept[KEPT_MEAN]), graft_place(at->kept[KEPT_VARIANCE]),
        graft_place_of(at->scale), graft_place_of(at->shift),        graft_place(at->value)};
    GRAFT_TRY(graft_dnn_batchnorm_forward_new(trainer->plan->engine, source.layout, epsilon_of(trainer, node), false,
                                              &kernel));
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

/* ---- backward ---- */

/* The input as backward finds it: what is not a convolution's is kept, however it came to be. */
static graft_status source_again(graft_trainer *trainer, int node, graft_plan_value *out) {
    const int producer = graft_trainer_producer(trainer, node, 0);
    *out = graft_trainer_node(trainer, node)->kept[KEPT_SOURCE];
    if (graft_trainer_node(trainer, producer)->node->op != &graft_op_conv2d) return GRAFT_OK;
    return graft_trainer_again(trainer, producer, out);
}

/* Backward needs the source anyway, and mean and variance are known: one pass gives the result. */
graft_status graft_train_again_affine(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value source;
    graft_dnn_kernel *kernel;
    if (graft_trainer_is_fixed_affine(trainer, node)) return GRAFT_OK;
    GRAFT_TRY(source_again(trainer, node, &source));
    GRAFT_TRY(graft_trainer_value(trainer, source.layout, &at->again));
    const graft_train_place places[] = {
        graft_place(source),       graft_place(at->kept[KEPT_MEAN]), graft_place(at->kept[KEPT_VARIANCE]),
        graft_place_of(at->scale), graft_place_of(at->shift),        graft_place(at->again)};
    GRAFT_TRY(graft_dnn_batchnorm_forward_new(trainer->plan->engine, source.layout, epsilon_of(trainer, node), false,
                                              &kernel));
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

/* A fixed map needs nothing of what forward saw: the gradient is multiplied by the factors. */
static graft_status backward_fixed(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value target;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_trainer_gradient_target(trainer, node, &target));
    const graft_train_place places[] = {graft_place(at->gradient),      graft_place_of(trainer->zeros),
                                        graft_place_of(trainer->zeros), graft_place_of(at->scale),
                                        graft_place_of(trainer->zeros), graft_place(target)};
    GRAFT_TRY(graft_dnn_batchnorm_forward_new(trainer->plan->engine, at->gradient.layout, 1.0, false, &kernel));
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    return graft_trainer_give(trainer, node, 0, target);
}

static graft_status accumulate(graft_trainer *trainer, int node, const char *name, graft_train_place value) {
    const int param = graft_train_param_index(graft_trainer_node(trainer, node)->node, name);
    return param < 0 ? GRAFT_OK : graft_trainer_accumulate(trainer, node, param, value, -1);
}

graft_status graft_train_backward_affine(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const bool batchnorm = at->node->op == &graft_op_batchnorm;
    const size_t bytes = (size_t)at->node->output.dim[0] * sizeof(float);
    graft_plan_value source, target;
    graft_dnn_kernel *kernel;
    int scale, shift;
    if (graft_trainer_is_fixed_affine(trainer, node)) return backward_fixed(trainer, node);
    GRAFT_TRY(source_again(trainer, node, &source));
    GRAFT_TRY(graft_trainer_gradient_target(trainer, node, &target));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &scale));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &shift));
    const graft_train_place places[] = {graft_place(source),
                                        graft_place(at->kept[KEPT_MEAN]),
                                        graft_place(at->kept[KEPT_VARIANCE]),
                                        graft_place_of(at->scale),
                                        graft_place(at->gradient),
                                        graft_place(target),
                                        graft_place_of(scale),
                                        graft_place_of(shift),
                                        graft_place_of(at->shift)};
    GRAFT_TRY(graft_dnn_batchnorm_backward_new(trainer->plan->engine, at->value.layout, epsilon_of(trainer, node),
                                               follows_batches(trainer, node), &kernel));
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    GRAFT_TRY(accumulate(trainer, node, batchnorm ? "gamma" : "scale", places[6]));
    GRAFT_TRY(accumulate(trainer, node, batchnorm ? "beta" : "shift", places[7]));
    return graft_trainer_wants(trainer, node, 0) ? graft_trainer_give(trainer, node, 0, target) : GRAFT_OK;
}
