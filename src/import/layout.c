#include "import/layout.h"

#include "base/error.h"
#include "nn/op.h"

#include <string.h>

graft_shape graft_keras_stored_shape(graft_keras_layout layout, const graft_node *node, const char *param) {
    const graft_shape *shape = &graft_node_param(node, param)->shape;
    const graft_conv2d_attributes *conv = node->attributes;
    const int64_t *d = shape->dim;
    switch (layout) {
    case GRAFT_KERAS_CONV:
        return GRAFT_SHAPE(d[2], d[3], d[1], d[0]);
    case GRAFT_KERAS_CONV_TRANSPOSE:
        return GRAFT_SHAPE(d[2], d[3], d[0], d[1]);
    case GRAFT_KERAS_DEPTHWISE:
        return GRAFT_SHAPE(d[2], d[3], conv->groups, d[0] / conv->groups);
    case GRAFT_KERAS_DENSE:
    case GRAFT_KERAS_DENSE_AS_CONV:
        return GRAFT_SHAPE(d[1], d[0]);
    case GRAFT_KERAS_PLAIN:
    case GRAFT_KERAS_NORMALIZATION:
        break;
    }
    return *shape;
}

static graft_status change_layout(graft_keras_layout layout, const graft_shape *wanted, graft_tensor **tensor) {
    static const int conv[] = {3, 2, 0, 1}, depthwise[] = {2, 3, 0, 1}, dense[] = {1, 0};
    const int *axes = layout == GRAFT_KERAS_CONV        ? conv
                      : layout == GRAFT_KERAS_DEPTHWISE ? depthwise
                      : layout == GRAFT_KERAS_DENSE     ? dense
                                                        : NULL;
    if (layout == GRAFT_KERAS_DENSE_AS_CONV) axes = dense;
    if (layout == GRAFT_KERAS_CONV_TRANSPOSE) axes = depthwise;
    if (axes) {
        graft_tensor *turned;
        GRAFT_TRY(graft_tensor_permute(*tensor, axes, &turned));
        graft_tensor_free(*tensor);
        *tensor = turned;
    }
    return graft_tensor_reshape(*tensor, wanted);
}

bool graft_keras_fits(const graft_shape *entry, const graft_shape *stored) {
    graft_shape shape = *entry;
    while (shape.rank > stored->rank && shape.dim[0] == 1) {
        memmove(&shape.dim[0], &shape.dim[1], (size_t)(shape.rank - 1) * sizeof(shape.dim[0]));
        shape.rank--;
    }
    return graft_shape_equal(&shape, stored);
}

graft_status graft_keras_read_param(graft_container *container, size_t index, graft_keras_layout layout,
                                    graft_node *node, const char *param) {
    const graft_entry *entry = graft_container_entry(container, index);
    const graft_shape stored = graft_keras_stored_shape(layout, node, param);
    char received[GRAFT_SHAPE_TEXT], expected[GRAFT_SHAPE_TEXT];
    if (!graft_keras_fits(&entry->shape, &stored))
        return graft_fail(GRAFT_E_DATA, "%s: shape %s, expected %s (is this the file of another network?)", entry->name,
                          graft_shape_text(&entry->shape, received), graft_shape_text(&stored, expected));
    graft_tensor *tensor;
    GRAFT_TRY(graft_container_read(container, index, &tensor));
    graft_status status = graft_tensor_reshape(tensor, &stored);
    if (status == GRAFT_OK) status = change_layout(layout, &graft_node_param(node, param)->shape, &tensor);
    if (status != GRAFT_OK) {
        graft_tensor_free(tensor);
        return status;
    }
    GRAFT_TRY(graft_node_set_param(node, param, tensor));
    return layout == GRAFT_KERAS_NORMALIZATION ? graft_keras_finish_normalization(node) : GRAFT_OK;
}
