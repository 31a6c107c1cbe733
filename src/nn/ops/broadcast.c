/* What add and multiply share. */
#include "nn/ops/ops.h"

static bool fits(const graft_shape *small, const graft_shape *large) {
    if (graft_shape_equal(small, large)) return true;
    return small->rank == 3 && large->rank == 3 && small->dim[0] == large->dim[0] && small->dim[1] == 1 &&
           small->dim[2] == 1;
}

graft_status graft_infer_broadcast(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const graft_shape *largest = &inputs[0];
    for (int i = 1; i < node->input_count; i++)
        if (fits(largest, &inputs[i])) largest = &inputs[i];
    for (int i = 0; i < node->input_count; i++) {
        if (fits(&inputs[i], largest)) continue;
        char one[GRAFT_SHAPE_TEXT], other[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "input %d is %s beside %s, expected equal shapes or Cx1x1 beside CxHxW", i,
                          graft_shape_text(&inputs[i], one), graft_shape_text(largest, other));
    }
    *output = *largest;
    return GRAFT_OK;
}
