/* Preconditioned L-BFGS for one strictly convex problem, one step at a time: the caller evaluates `trial` wherever and
 * together with whatever else it likes, and advances.
 * Source: J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, algorithm 7.4; the initial Hessian is the
 * preconditioner's, so that the natural first step is 1. (liblbfgs offers neither a preconditioner nor a step-wise
 * call.) */
#ifndef GRAFT_SRC_STATS_LBFGS_H
#define GRAFT_SRC_STATS_LBFGS_H

#include "stats/precondition.h"

enum { GRAFT_LBFGS_HISTORY = 6 };

/* When a minimisation ends. */
typedef struct graft_lbfgs_limits {
    double gradient; /* at max |gradient| <= this */
    double rest;     /* and, unless 0, once the quadratic model promises to lower the value by no more than this part of
                        it: over very many features small gradients add up */
    double decrease; /* or, whatever the gradient, when it promises no more than this part; 0: never */
    int iterations;
} graft_lbfgs_limits;

/* Minimises value(x) + penalty / 2 * |weights of x|^2; x is classes x width weights, then `classes` biases. */
typedef struct graft_lbfgs {
    size_t classes, weights, size; /* weights = classes x width; size = weights + classes */
    double penalty;
    double *x, *gradient; /* the accepted point and the gradient there, with the penalty's part */
    double *trial, *trial_gradient, *direction;
    float *solved; /* weights */
    double value;  /* at x, with the penalty's part */
    double slope, step;
    float *move[GRAFT_LBFGS_HISTORY], *turn[GRAFT_LBFGS_HISTORY]; /* differences of x and of the gradient */
    double inverse[GRAFT_LBFGS_HISTORY];                          /* 1 / (move . turn) */
    int stored, newest, iterations, shortened;
    graft_lbfgs_limits limits;
    bool started, stopped, converged;
} graft_lbfgs;

GRAFT_MUST_CHECK graft_status graft_lbfgs_make(graft_lbfgs *minimiser, size_t classes, size_t width);
void graft_lbfgs_free(graft_lbfgs *minimiser);
/* Goes on from x under another penalty; what was learnt about the curvature is kept. */
void graft_lbfgs_restart(graft_lbfgs *minimiser, double penalty, const graft_lbfgs_limits *limits);
/* The next trial point from x, unless x is good enough: then `stopped`. */
void graft_lbfgs_propose(graft_lbfgs *minimiser, const graft_preconditioner *preconditioner);
/* Takes the value (without penalty; its gradient lies in trial_gradient) at `trial`. True: accepted, x is the trial
 * point; false: the step was shortened and `trial` is a new point. */
bool graft_lbfgs_judge(graft_lbfgs *minimiser, double value);

#endif
