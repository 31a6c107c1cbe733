/* Training of activations. Where the derivative can be told from the result, the input is not kept. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"
#include <math.h>

typedef graft_activation_attributes activation;

/* ---- functions oneDNN has no derivative of ---- */

static const float selu_alpha = 1.6732632423543772F, selu_scale = 1.0507009873554805F; /* Klambauer et al. 2017 */

typedef struct slopes {
    const float *value, *gradient; /* value: the result, or the input of a relu with a threshold */
    float *out;
    float alpha, highest, threshold;
} slopes;

static void selu_part(void *argument, size_t begin, size_t end) {
    const slopes *s = argument;
    for (size_t i = begin; i < end; i++)
        s->out[i] = s->gradient[i] * (s->value[i] > 0 ? selu_scale : s->value[i] + selu_scale * selu_alpha);
}

static void hard_sigmoid_part(void *argument, size_t begin, size_t end) {
    const slopes *s = argument;
    for (size_t i = begin; i < end; i++)
        s->out[i] = s->value[i] > 0 && s->value[i] < 1 ? s->alpha * s->gradient[i] : 0;
}

static void softsign_part(void *argument, size_t begin, size_t end) {
    const slopes *s = argument;
    for (size_t i = begin; i < end; i++) {
        const float root = 1.0F - fabsf(s->value[i]);
        s->out[i] = s->gradient[i] * root * root;
    }
}

static void threshold_part(void *argument, size_t begin, size_t end) {
    const slopes *s = argument;
    for (size_t i = begin; i < end; i++) {
        const float slope = s->value[i] >= s->threshold ? 1.0F : s->alpha;
        s->out[i] = s->value[i] >= s->highest ? 0 : slope * s->gradient[i];
    }
}

static void softsign_forward_part(void *argument, size_t begin, size_t end) {
    const slopes *s = argument;
    for (size_t i = begin; i < end; i++)
        s->out[i] = s->value[i] / (1.0F + fabsf(s->value[i]));
}

static void threshold_forward_part(void *argument, size_t begin, size_t end) {
    const slopes *s = argument;
    for (size_t i = begin; i < end; i++) {
        const float x = s->value[i], y = x >= s->threshold ? x : s->alpha * (x - s->threshold);
        s->out[i] = x >= s->highest ? s->highest : y;
    }
}

/* Places: value, gradient, result. */
static void run(const graft_train_step *step, graft_dnn_work work) {
    slopes s = {.value = step->memory[0],
                .gradient = step->memory[step->place_count - 2],
                .out = step->memory[step->place_count - 1],
                .alpha = (float)step->number[0],
                .highest = step->number[1] > 0 ? (float)step->number[1] : INFINITY,
                .threshold = (float)step->number[2]};
    graft_dnn_parallel(step->count, work, &s);
}

#define HOST(name)                                                                       \
    static void run_##name(const graft_train_plan *plan, const graft_train_step *step) { \
        (void)plan;                                                                      \
        run(step, name##_part);                                                          \
    }
HOST(selu)
HOST(hard_sigmoid)
HOST(softsign)
HOST(threshold)
HOST(softsign_forward)
HOST(threshold_forward)
#undef HOST

/* ---- which way ---- */

static bool has_threshold(const activation *a) {
    return a->kind == GRAFT_ACT_RELU && (a->threshold != 0.0 || (a->alpha != 0.0 && a->max_value > 0.0));
}

/* Graft's own backward function; NULL: oneDNN's. */
static graft_train_host host_backward(const activation *a) {
    if (has_threshold(a)) return run_threshold;
    if (a->kind == GRAFT_ACT_SELU) return run_selu;
    if (a->kind == GRAFT_ACT_HARD_SIGMOID) return run_hard_sigmoid;
    return a->kind == GRAFT_ACT_SOFTSIGN ? run_softsign : NULL;
}

static bool by_result(const activation *a) {
    graft_dnn_posts posts = {.count = 0};
    if (has_threshold(a)) return false;
    if (host_backward(a) != NULL) return true;
    return graft_activation_posts(a, &posts) && posts.count == 1 &&
           graft_dnn_function_by_result(posts.item[0].function, posts.item[0].alpha);
}

bool graft_activation_folds(const activation *a) {
    graft_dnn_posts posts = {.count = 0};
    return by_result(a) && graft_activation_posts(a, &posts) && posts.count > 0;
}

static graft_status emit_host(graft_trainer *trainer, int node, const activation *a, graft_train_host host,
                              const graft_plan_value *values, int count) {
    graft_train_step step = {.host = host,
                             .what = "activation",
                             .node = node,
                             .place_count = count,
                             .count = graft_dnn_layout_bytes(values[0].layout) / sizeof(float),
                             .number = {a->alpha, a->max_value, a->threshold}};
    for (int i = 0; i < count; i++)
        step.places[i] = graft_place(values[i]);
    return graft_trainer_host(trainer, &step);
}

/* ---- steps ---- */

/* Neither backward of the input's node nor anybody else reads the input, which that node does not share. */
static bool may_overwrite(const graft_trainer *trainer, int node) {
    const int producer = graft_trainer_producer(trainer, node, 0);
    const graft_op *op = graft_trainer_node(trainer, producer)->node->op;
    return (op == &graft_op_batchnorm || op == &graft_op_scale_shift || op == &graft_op_add) &&
           graft_trainer_sole_reader(trainer, producer) == node;
}

graft_status graft_train_forward_activation(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const activation *a = at->node->attributes;
    graft_plan_value source = graft_trainer_input(trainer, node, 0);
    graft_dnn_posts posts = {.count = 0};
    graft_dnn_kernel *kernel;
    const bool chained = graft_activation_posts(a, &posts);
    if (chained && posts.count == 0) {
        at->value = source;
        return GRAFT_OK;
    }
    /* Functions of graft's own know nothing of channels that fill up a block. */
    if (!chained) GRAFT_TRY(graft_trainer_plain(trainer, node, source, &source));
    at->kept[0] = source;
    if (chained) {
        GRAFT_TRY(graft_dnn_function_forward_new(trainer->plan->engine, source.layout, &posts, &kernel));
        if (by_result(a) && may_overwrite(trainer, node)) {
            const graft_train_place places[] = {graft_place(source), graft_place(source)};
            at->value = source;
            return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
        }
        return graft_trainer_map(trainer, node, kernel, source, &at->value);
    }
    GRAFT_TRY(graft_trainer_value(trainer, source.layout, &at->value));
    const graft_plan_value values[] = {source, at->value};
    return emit_host(trainer, node, a, has_threshold(a) ? run_threshold_forward : run_softsign_forward, values, 2);
}

/* The input as backward finds it. A row of activations is not followed to its begin: what they pass on is kept. */
static graft_status source_again(graft_trainer *trainer, int node, graft_plan_value *out) {
    const int producer = graft_trainer_producer(trainer, node, 0);
    *out = graft_trainer_input(trainer, node, 0);
    if (graft_trainer_node(trainer, producer)->node->op == &graft_op_activation) return GRAFT_OK;
    return graft_trainer_again(trainer, producer, out);
}

/* A result that tells the derivative is worth keeping unless its source comes again; another is given by the source
 * that is kept for the derivative. */
graft_status graft_train_again_activation(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const activation *a = at->node->attributes;
    graft_dnn_posts posts = {.count = 0};
    graft_plan_value source;
    graft_dnn_kernel *kernel;
    if (!graft_activation_posts(a, &posts) || posts.count == 0) return GRAFT_OK;
    GRAFT_TRY(source_again(trainer, node, &source));
    const bool again = source.buffer != graft_trainer_input(trainer, node, 0).buffer;
    if (by_result(a) && !again) return GRAFT_OK;
    GRAFT_TRY(graft_dnn_function_forward_new(trainer->plan->engine, source.layout, &posts, &kernel));
    if (!by_result(a) || !may_overwrite(trainer, node))
        return graft_trainer_map(trainer, node, kernel, source, &at->again);
    const graft_train_place places[] = {graft_place(source), graft_place(source)};
    at->again = source;
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

static graft_status emit_backward(graft_trainer *trainer, int node, const activation *a, graft_plan_value value,
                                  graft_plan_value gradient, graft_plan_value target) {
    const graft_plan_value values[] = {value, gradient, target};
    const graft_train_place places[] = {graft_place(value), graft_place(gradient), graft_place(target)};
    graft_dnn_posts posts = {.count = 0};
    graft_dnn_kernel *kernel;
    if (host_backward(a) != NULL) return emit_host(trainer, node, a, host_backward(a), values, 3);
    if (!graft_activation_posts(a, &posts))
        return graft_fail(GRAFT_E_INTERNAL, "no derivative of activation kind %d", a->kind);
    GRAFT_TRY(graft_dnn_function_backward_new(trainer->plan->engine, gradient.layout, &posts.item[0], &kernel));
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

graft_status graft_trainer_activation_backward(graft_trainer *trainer, int node, int activation_node,
                                               graft_plan_value result, graft_plan_value *gradient) {
    const activation *a = graft_graph_node(trainer->graph, activation_node)->attributes;
    graft_plan_value target;
    GRAFT_TRY(graft_trainer_gradient_target(trainer, node, &target));
    GRAFT_TRY(emit_backward(trainer, node, a, result, *gradient, target));
    *gradient = target;
    return GRAFT_OK;
}

graft_status graft_train_backward_activation(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const activation *a = at->node->attributes;
    graft_plan_value target = at->gradient, known = at->kept[0];
    if (a->kind != GRAFT_ACT_LINEAR) {
        if (by_result(a))
            GRAFT_TRY(graft_trainer_again(trainer, node, &known));
        else if (known.buffer == graft_trainer_input(trainer, node, 0).buffer)
            GRAFT_TRY(source_again(trainer, node, &known));
        GRAFT_TRY(graft_trainer_gradient_target(trainer, node, &target));
        GRAFT_TRY(emit_backward(trainer, node, a, known, at->gradient, target));
    }
    return graft_trainer_give(trainer, node, 0, target);
}
