#include "nn/ops/ops.h"

graft_status graft_need_rank(const graft_shape *shape, int rank) {
    if (shape->rank == rank) return GRAFT_OK;
    char text[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "input %s, expected %s", graft_shape_text(shape, text),
                      rank == 1 ? "a vector (flatten or pool before it)" : "channels x height x width");
}

graft_status graft_infer_same(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    (void)node;
    *output = inputs[0];
    return GRAFT_OK;
}

graft_status graft_declare_vector(graft_node *node, const char *name, int64_t count) {
    graft_shape shape = GRAFT_SHAPE(count);
    return graft_node_declare(node, name, &shape);
}

/* Cells a window covers, from its first to its last. */
static int64_t reach(const graft_window *window, int axis) {
    return (window->size[axis] - 1) * (window->dilations ? window->dilations[axis] : 1) + 1;
}

void graft_window_padding(const graft_window *window, const graft_shape *input, int64_t out[4]) {
    for (int axis = 0; axis < 2; axis++) {
        out[2 * axis] = window->padding[2 * axis];
        out[2 * axis + 1] = window->padding[2 * axis + 1];
        if (!window->same) continue;
        /* TensorFlow: the output is ceil(in / stride); the odd cell of the padding goes below and to the right. */
        int64_t in = input->dim[1 + axis], stride = window->strides[axis];
        int64_t total = ((in + stride - 1) / stride - 1) * stride + reach(window, axis) - in;
        if (total < 0) total = 0;
        out[2 * axis] = total / 2;
        out[2 * axis + 1] = total - total / 2;
    }
}

graft_status graft_window_infer(const graft_window *window, const graft_shape *input, int64_t channels,
                                graft_shape *output) {
    GRAFT_TRY(graft_need_rank(input, 3));
    const int64_t *fixed = window->padding;
    if (window->same && (fixed[0] || fixed[1] || fixed[2] || fixed[3]))
        return graft_fail(GRAFT_E_DATA, "padding %lld,%lld,%lld,%lld beside \"same\", expected one of the two",
                          (long long)fixed[0], (long long)fixed[1], (long long)fixed[2], (long long)fixed[3]);
    int64_t padding[4], size[2];
    graft_window_padding(window, input, padding);
    for (int axis = 0; axis < 2; axis++) {
        int64_t room = input->dim[1 + axis] + padding[2 * axis] + padding[2 * axis + 1] - reach(window, axis);
        if (room < 0) {
            char text[GRAFT_SHAPE_TEXT];
            return graft_fail(GRAFT_E_DATA, "input %s with padding %lld+%lld, expected a %s of at least %lld",
                              graft_shape_text(input, text), (long long)padding[2 * axis],
                              (long long)padding[2 * axis + 1], axis == 0 ? "height" : "width",
                              (long long)(input->dim[1 + axis] - room));
        }
        size[axis] = room / window->strides[axis] + 1;
    }
    *output = GRAFT_SHAPE(channels, size[0], size[1]);
    return GRAFT_OK;
}
