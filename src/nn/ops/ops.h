/* What the files of this folder share: the vtables' declarations, rules of shape, rows of attribute tables. */
#ifndef GRAFT_SRC_NN_OPS_OPS_H
#define GRAFT_SRC_NN_OPS_OPS_H

#include "base/error.h"
#include "nn/op.h"

#define GRAFT_OP(name) extern const graft_op graft_op_##name;
#include "nn/ops.def"
#undef GRAFT_OP

#define GRAFT_MAX_WINDOW 4096 /* of kernels, strides, dilations and paddings */

/* Rows of an attribute table over the struct `owner`; `member` without dimensions. */
#define GRAFT_ATTRIBUTE_INT(owner, text, member, fallback_text, low, high, help_text)                         \
    {                                                                                                         \
        .name = text, .type = GRAFT_OPTION_INT, .offset = offsetof(owner, member), .fallback = fallback_text, \
        .min = (double)(low), .max = (double)(high), .help = help_text                                        \
    }
#define GRAFT_ATTRIBUTE_INTS(owner, text, member, n, fallback_text, low, high, help_text)                      \
    {                                                                                                          \
        .name = text, .type = GRAFT_OPTION_INTS, .offset = offsetof(owner, member), .fallback = fallback_text, \
        .min = (double)(low), .max = (double)(high), .count = n, .help = help_text                             \
    }
#define GRAFT_ATTRIBUTE_REAL(owner, text, member, fallback_text, low, high, help_text)                           \
    {                                                                                                            \
        .name = text, .type = GRAFT_OPTION_DOUBLE, .offset = offsetof(owner, member), .fallback = fallback_text, \
        .min = low, .max = high, .help = help_text                                                               \
    }
#define GRAFT_ATTRIBUTE_FLAG(owner, text, member, fallback_text, help_text)                                    \
    {                                                                                                          \
        .name = text, .type = GRAFT_OPTION_FLAG, .offset = offsetof(owner, member), .fallback = fallback_text, \
        .help = help_text                                                                                      \
    }
#define GRAFT_ATTRIBUTE_ENUM(owner, text, member, fallback_text, choice_text, help_text)                       \
    {                                                                                                          \
        .name = text, .type = GRAFT_OPTION_ENUM, .offset = offsetof(owner, member), .fallback = fallback_text, \
        .choices = choice_text, .help = help_text                                                              \
    }

/* Fails unless `shape` has the rank. */
GRAFT_MUST_CHECK graft_status graft_need_rank(const graft_shape *shape, int rank);
/* The output is the input. */
GRAFT_MUST_CHECK graft_status graft_infer_same(const graft_node *node, const graft_shape *inputs, graft_shape *output);
/* A vector of `count` numbers as a parameter. */
GRAFT_MUST_CHECK graft_status graft_declare_vector(graft_node *node, const char *name, int64_t count);

/* A window that slides over height and width. */
typedef struct graft_window {
    const int64_t *size, *strides, *dilations; /* [2]; dilations NULL: 1 */
    const int64_t *padding;                    /* [4] */
    bool same;
} graft_window;
void graft_window_padding(const graft_window *window, const graft_shape *input, int64_t out[4]);
/* Output height and width of a window over C,H,W. Errors: no C,H,W; "same" beside padding; smaller than the window. */
GRAFT_MUST_CHECK graft_status graft_window_infer(const graft_window *window, const graft_shape *input, int64_t channels,
                                                 graft_shape *output);

/* gru and lstm. */
extern const graft_option graft_recurrent_attribute_table[];
GRAFT_MUST_CHECK graft_status graft_infer_recurrent(const graft_node *node, const graft_shape *inputs,
                                                    graft_shape *output);
GRAFT_MUST_CHECK graft_status graft_params_recurrent(graft_node *node, const graft_shape *inputs);
int64_t graft_multiply_adds_recurrent(const graft_node *node);

/* maxpool2d and avgpool2d. */
extern const graft_option graft_pool_attribute_table[];
GRAFT_MUST_CHECK graft_status graft_infer_pool(const graft_node *node, const graft_shape *inputs, graft_shape *output);
/* global_avgpool and global_maxpool. */
extern const graft_option graft_global_pool_attribute_table[];
GRAFT_MUST_CHECK graft_status graft_infer_global_pool(const graft_node *node, const graft_shape *inputs,
                                                      graft_shape *output);
/* add and multiply: equal shapes, or C,1,1 beside C,H,W. */
GRAFT_MUST_CHECK graft_status graft_infer_broadcast(const graft_node *node, const graft_shape *inputs,
                                                    graft_shape *output);

#endif
