#include "nn/ops/ops.h"

typedef graft_reshape_attributes reshape;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INTS(reshape, "shape", shape, 4, NULL, -1, GRAFT_MAX_DIMENSION,
                         "the new dimensions, -1 for what is left; the rest 0"),
    GRAFT_ATTRIBUTE_INT(reshape, "rank", rank, "1", 1, 4, "how many of them count"),
    GRAFT_ATTRIBUTE_ENUM(reshape, "order", order, "chw", GRAFT_FLATTEN_CHOICES,
                         "the order of the dimensions and of the elements"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const reshape *a = node->attributes;
    if (a->rank != 1 && a->rank != 3)
        return graft_fail(GRAFT_E_DATA, "%lld dimensions, expected 1 or 3", (long long)a->rank);
    int64_t total = graft_shape_count(&inputs[0]), known = 1;
    int open = -1;
    graft_shape shape = graft_shape_make((int)a->rank, a->shape);
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] > 0 && known <= GRAFT_MAX_ELEMENTS)
            known *= shape.dim[i];
        else if (shape.dim[i] == -1 && open < 0)
            open = i;
        else
            known = 0;
    }
    if (open >= 0 && known > 0) {
        shape.dim[open] = total / known;
        known *= shape.dim[open];
    }
    if (known != total) {
        char text[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "input %s of %lld elements, expected as many as the new shape has (%lld)",
                          graft_shape_text(&inputs[0], text), (long long)total, (long long)known);
    }
    *output = shape;
    if (shape.rank == 3 && a->order == 1) *output = GRAFT_SHAPE(shape.dim[2], shape.dim[0], shape.dim[1]);
    return GRAFT_OK;
}

const graft_op graft_op_reshape = {
    .name = "reshape",
    .help = "the same elements in another shape",
    .attribute_size = sizeof(reshape),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = NULL,
};
