/* What the files of kernels share. */
#ifndef GRAFT_SRC_DNN_KERNEL_INTERNAL_H
#define GRAFT_SRC_DNN_KERNEL_INTERNAL_H

#include "dnn/dnn-internal.h"
#include "dnn/kernel.h"

typedef struct graft_dnn_operand {
    int argument;            /* DNNL_ARG_... */
    graft_dnn_layout layout; /* as told outside */
    dnnl_memory_desc_t desc; /* as the primitive sees it: of a part, or of fewer dimensions */
} graft_dnn_operand;

struct graft_dnn_kernel {
    const char *what;
    dnnl_primitive_desc_t desc; /* until bound */
    dnnl_primitive_t primitive;
    const char *implementation; /* oneDNN's text, static */
    graft_dnn_operand operands[GRAFT_DNN_MAX_OPERANDS];
    int count;
    dnnl_memory_desc_t scratch;
    dnnl_memory_t memories[GRAFT_DNN_MAX_OPERANDS + 1];
    dnnl_exec_arg_t arguments[GRAFT_DNN_MAX_OPERANDS + 1];
    int argument_count;
};

/* Asks for an implementation; `hint` is forward's descriptor, of backward ones. */
GRAFT_MUST_CHECK graft_status graft_dnn_describe(graft_dnn_engine *engine, const void *operation,
                                                 const graft_dnn_posts *posts, const_dnnl_primitive_desc_t hint,
                                                 const char *what, dnnl_primitive_desc_t *out);
/* A kernel for `desc` (taken over, also on failure); `arguments` in the operands' order, 0 ends the list. An argument
 * the primitive does not use (an empty workspace) is left out. */
GRAFT_MUST_CHECK graft_status graft_dnn_kernel_new(const char *what, dnnl_primitive_desc_t desc, const int *arguments,
                                                   graft_dnn_kernel **out);

#endif
