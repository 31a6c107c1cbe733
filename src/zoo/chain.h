/* The chain language: networks and heads as text.
 *
 * Words follow each other from the input to the output; white space divides them, `#` begins a comment.
 *   conv:64:3/2:relu   64 filters of 3x3, stride 2, then relu     gap dropout:0.2 dense:256:relu dense   a head
 * Layers (KERNEL is 3 or 1,7; /STRIDE 2 or 2,1; a list has commas):
 *   conv:FILTERS:KERNEL[/STRIDE]  dwconv:KERNEL[/STRIDE] (depthwise)  sepconv:FILTERS:KERNEL[/STRIDE] (both)
 *   convt:FILTERS:KERNEL[/STRIDE] (transposed)  reshape:CHANNELS,HEIGHT,WIDTH  slice:FIRST:COUNT (of channels)
 *   dense[:UNITS] (without: the classes)  bn  maxpool:SIZE[/STRIDE]  avgpool:SIZE[/STRIDE] (stride: the size)
 *   adapt:SIZE (mean of SIZExSIZE equal parts)  gap  gmp (global mean, maximum)  flatten  dropout[:RATE]
 *   pad:N or pad:TOP,BOTTOM,LEFT,RIGHT  scale:FACTOR[:SHIFT] (one number, or a list of one a channel)  softmax
 *   relu relu6 leaky_relu[:SLOPE] elu selu sigmoid tanh swish hard_sigmoid hard_swish gelu softplus softsign exp
 * Options, after the arguments: outpad=N (convt: rows and columns more)  same (TensorFlow's padding)  half (KERNEL/2 on
 * every side: PyTorch's habit)  valid pad=N  ceil (pools: sizes round up)  count (avgpool: padding counts)  bias nobias
 * groups=N  dilation=N epsilon=X  noscale  nocenter (bn)  keep (gap, gmp: C,1,1)  hwc  chw (flatten)  an activation or
 * softmax default:OPTION...  sets padding (of conv), bias, epsilon and order for what follows Branches: add( A | B |
 * ... )  multiply( ... )  concat( ... )  sample( MEAN | LOG_VARIANCE ) (a draw in training): each begins where the word
 * stands; an empty one passes on. from:NAME goes on from an earlier layer; from:in from where the block was entered.
 * Names: NAME=word; {EXPRESSION} inside a name is a number, {EXPRESSION:a} a letter (0 is a). Layers without one are
 * numbered as Keras does: conv2d, conv2d_1, ... A word with an activation gives two layers, NAME/linear and NAME;
 * sepconv gives NAME/depthwise and NAME. Programs: let N=EXPRESSION or a list (read as N[1], N[2], ...)   for
 * I=FIRST..LAST ( ... )   if CONDITION ( ... ) else ( ... ) define BLOCK:PARAMETER:... ( ... ), used as
 * BLOCK:ARGUMENT:...; in NAME=BLOCK names of layers begin with NAME. top ( ... ) the published classifier, left out on
 * request   input:HEIGHT[,WIDTH][:CHANNELS] first, in files Expressions have no white space: + - * / % ^ comparisons &&
 * || ( ), if(a,b,c) min max int ceil sqrt, round8 (to a multiple of 8, never below 9/10), and the variables classes,
 * channels, width (the multiplier), c h w (the shape here). Where a stride may follow, division needs brackets. */
#ifndef GRAFT_SRC_ZOO_CHAIN_H
#define GRAFT_SRC_ZOO_CHAIN_H

#include "nn/graph.h"

typedef struct graft_chain_options {
    int64_t classes;    /* what `dense` without a number gives; 0: such a dense is an error */
    const char *prefix; /* begins the names of the layers; NULL: nothing */
    const char *what;   /* names the text in errors, such as "--head"; NULL: "chain" */
} graft_chain_options;

/* Appends the layers of `text` behind node `from`; *out gets the last one, which becomes the graph's output. Values of
 * parameters are left unset, but for scale's. Errors: GRAFT_E_USAGE: "WHAT:LINE:COLUMN: received, expected"; the graph
 * then may have some of the layers. */
GRAFT_MUST_CHECK graft_status graft_chain_append(graft_graph *graph, const char *text, int from,
                                                 const graft_chain_options *options, int *out);

#endif
