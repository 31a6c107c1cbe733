#include "stats/lbfgs.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

graft_status graft_lbfgs_make(graft_lbfgs *m, size_t classes, size_t width) {
    *m = (graft_lbfgs){.classes = classes, .weights = classes * width, .size = classes * width + classes};
    double **vectors[] = {&m->x, &m->gradient, &m->trial, &m->trial_gradient, &m->direction};
    bool complete = true;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        *vectors[i] = graft_allocate_zero(m->size, sizeof(double));
        complete = complete && *vectors[i] != NULL;
    }
    m->solved = graft_allocate(m->weights, sizeof(float));
    for (int i = 0; i < GRAFT_LBFGS_HISTORY; i++) {
        m->move[i] = graft_allocate(m->size, sizeof(float));
        m->turn[i] = graft_allocate(m->size, sizeof(float));
        complete = complete && m->move[i] != NULL && m->turn[i] != NULL;
    }
    if (complete && m->solved != NULL) return GRAFT_OK;
    graft_lbfgs_free(m);
    return graft_fail_memory("logistic regression");
}

void graft_lbfgs_free(graft_lbfgs *m) {
    graft_release(m->x);
    graft_release(m->gradient);
    graft_release(m->trial);
    graft_release(m->trial_gradient);
    graft_release(m->direction);
    graft_release(m->solved);
    for (int i = 0; i < GRAFT_LBFGS_HISTORY; i++) {
        graft_release(m->move[i]);
        graft_release(m->turn[i]);
    }
    *m = (graft_lbfgs){0};
}

static double dot(const float *a, const double *b, size_t size) {
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static double weights_squared(const graft_lbfgs *m, const double *x) {
    double sum = 0;
    for (size_t i = 0; i < m->weights; i++)
        sum += x[i] * x[i];
    return sum;
}

void graft_lbfgs_restart(graft_lbfgs *m, double penalty, const graft_lbfgs_limits *limits) {
    double change = penalty - m->penalty;
    m->penalty = penalty;
    m->limits = *limits;
    m->iterations = m->shortened = 0;
    m->stopped = m->converged = false;
    if (!m->started) return;
    m->value += change / 2 * weights_squared(m, m->x);
    for (size_t i = 0; i < m->weights; i++)
        m->gradient[i] += change * m->x[i];
    /* The Hessian changes by change * I, so the stored pairs stay exact. */
    for (int back = 0; back < m->stored; back++) {
        int h = (m->newest - back + GRAFT_LBFGS_HISTORY) % GRAFT_LBFGS_HISTORY;
        double product = 0;
        for (size_t i = 0; i < m->weights; i++)
            m->turn[h][i] += (float)change * m->move[h][i];
        for (size_t i = 0; i < m->size; i++)
            product += (double)m->move[h][i] * (double)m->turn[h][i];
        m->inverse[h] = product > 0 ? 1 / product : 0;
    }
}

static void set_trial(graft_lbfgs *m) {
    for (size_t i = 0; i < m->size; i++)
        m->trial[i] = m->x[i] + m->step * m->direction[i];
}

/* direction <- the preconditioner's inverse of direction. */
static void apply_preconditioner(graft_lbfgs *m, const graft_preconditioner *preconditioner) {
    for (size_t i = 0; i < m->weights; i++)
        m->solved[i] = (float)m->direction[i];
    graft_precondition_solve(preconditioner, m->solved, m->classes);
    for (size_t i = 0; i < m->weights; i++)
        m->direction[i] = (double)m->solved[i];
    for (size_t i = m->weights; i < m->size; i++)
        m->direction[i] /= preconditioner->curvature;
}

static void find_direction(graft_lbfgs *m, const graft_preconditioner *preconditioner) {
    double share[GRAFT_LBFGS_HISTORY];
    for (size_t i = 0; i < m->size; i++)
        m->direction[i] = -m->gradient[i];
    for (int back = 0; back < m->stored; back++) {
        int h = (m->newest - back + GRAFT_LBFGS_HISTORY) % GRAFT_LBFGS_HISTORY;
        share[h] = m->inverse[h] * dot(m->move[h], m->direction, m->size);
        for (size_t i = 0; i < m->size; i++)
            m->direction[i] -= share[h] * (double)m->turn[h][i];
    }
    apply_preconditioner(m, preconditioner);
    for (int back = m->stored - 1; back >= 0; back--) {
        int h = (m->newest - back + GRAFT_LBFGS_HISTORY) % GRAFT_LBFGS_HISTORY;
        double other = share[h] - m->inverse[h] * dot(m->turn[h], m->direction, m->size);
        for (size_t i = 0; i < m->size; i++)
            m->direction[i] += other * (double)m->move[h][i];
    }
    m->slope = 0;
    for (size_t i = 0; i < m->size; i++)
        m->slope += m->direction[i] * m->gradient[i];
}

void graft_lbfgs_propose(graft_lbfgs *m, const graft_preconditioner *preconditioner) {
    if (!m->started) {
        memcpy(m->trial, m->x, m->size * sizeof(*m->x));
        return;
    }
    double largest = 0;
    for (size_t i = 0; i < m->size; i++)
        largest = fmax(largest, fabs(m->gradient[i]));
    m->converged = largest <= m->limits.gradient;
    if ((m->converged && m->limits.rest == 0) || m->iterations >= m->limits.iterations) {
        m->stopped = true;
        return;
    }
    find_direction(m, preconditioner);
    if (!(m->slope < 0)) { /* rounding spoilt the history */
        m->stored = 0;
        find_direction(m, preconditioner);
    }
    if (-m->slope / 2 <= (m->converged ? m->limits.rest : m->limits.decrease) * m->value) {
        m->converged = m->stopped = true;
        return;
    }
    m->step = 1;
    m->shortened = 0;
    set_trial(m);
}

static void store_pair(graft_lbfgs *m) {
    int h = (m->newest + 1) % GRAFT_LBFGS_HISTORY;
    double product = 0;
    for (size_t i = 0; i < m->size; i++) {
        m->move[h][i] = (float)(m->trial[i] - m->x[i]);
        m->turn[h][i] = (float)(m->trial_gradient[i] - m->gradient[i]);
        product += (double)m->move[h][i] * (double)m->turn[h][i];
    }
    if (!(product > 0)) { /* rounding; what was written went over the oldest pair */
        if (m->stored == GRAFT_LBFGS_HISTORY) m->stored--;
        return;
    }
    m->inverse[h] = 1 / product;
    m->newest = h;
    if (m->stored < GRAFT_LBFGS_HISTORY) m->stored++;
}

bool graft_lbfgs_judge(graft_lbfgs *m, double value) {
    for (size_t i = 0; i < m->weights; i++)
        m->trial_gradient[i] += m->penalty * m->trial[i];
    value += m->penalty / 2 * weights_squared(m, m->trial);
    if (m->started) {
        /* The allowance is the rounding of a value whose products run in float. */
        double allowed = m->value + 1e-4 * m->step * m->slope + 1e-7 * fabs(m->value);
        if (!(value <= allowed)) {
            /* Minimum of the parabola through both values and the slope, within a tenth and a half. */
            double curve = value - m->value - m->step * m->slope;
            double shorter = isfinite(curve) && curve > 0 ? -m->slope * m->step * m->step / (2 * curve) : 0;
            m->step = fmin(fmax(shorter, 0.1 * m->step), 0.5 * m->step);
            m->stopped = ++m->shortened > 30;
            set_trial(m);
            return false;
        }
        store_pair(m);
        m->iterations++;
    }
    m->started = true;
    m->value = value;
    double *swap = m->x;
    m->x = m->trial;
    m->trial = swap;
    swap = m->gradient;
    m->gradient = m->trial_gradient;
    m->trial_gradient = swap;
    return true;
}
