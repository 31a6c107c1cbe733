#include "export/export-common.h"
#include "export/keras-out.h"

#include <string.h>

static graft_status lrn(graft_keras_out *out) {
    return graft_export_refuse(graft_keras_out_node(out), "Keras", "it has no such layer");
}

/* Every op has its row. */
graft_status graft_keras_out_op(graft_keras_out *out) {
    static const struct {
        const char *op;
        graft_status (*emit)(graft_keras_out *out);
    } rows[] = {
        {"input", graft_keras_out_input_layer},
        {"conv2d", graft_keras_out_conv2d},
        {"dense", graft_keras_out_dense},
        {"batchnorm", graft_keras_out_batchnorm},
        {"scale_shift", graft_keras_out_scale_shift},
        {"activation", graft_keras_out_activation},
        {"softmax", graft_keras_out_softmax},
        {"maxpool2d", graft_keras_out_pool},
        {"avgpool2d", graft_keras_out_pool},
        {"global_avgpool", graft_keras_out_global_pool},
        {"global_maxpool", graft_keras_out_global_pool},
        {"add", graft_keras_out_add},
        {"multiply", graft_keras_out_multiply},
        {"concat", graft_keras_out_concat},
        {"flatten", graft_keras_out_flatten},
        {"reshape", graft_keras_out_reshape},
        {"dropout", graft_keras_out_dropout},
        {"zeropad2d", graft_keras_out_zeropad},
        {"conv2d_transpose", graft_keras_out_conv2d_transpose},
        {"upsample2d", graft_keras_out_upsample},
        {"lrn", lrn},
        {"layernorm", graft_keras_out_layernorm},
    };
    const graft_node *node = graft_keras_out_node(out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcmp(rows[i].op, node->op->name) == 0) return rows[i].emit(out);
    return graft_export_refuse(node, "Keras", "there is no row for it");
}
