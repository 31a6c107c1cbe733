/* oneDNN's threads, lent to loops of graft's own: two pools would fight for the cores. */
#include "dnn/kernel.h"

/* Declared here because each compiler keeps omp.h elsewhere, and some without one beside libgomp. GOMP_parallel is
 * what "#pragma omp parallel" turns into (the GNU OpenMP runtime's interface). */
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int count);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern void GOMP_parallel(void (*work)(void *), void *argument, unsigned threads, unsigned flags);

enum { LEAST_PART = 4096 }; /* below, waking a thread costs more than it brings */

int graft_dnn_threads_begin(int threads) {
    const int previous = omp_get_max_threads();
    omp_set_num_threads(threads);
    return previous;
}

typedef struct parallel_loop {
    size_t count;
    graft_dnn_work work;
    void *argument;
} parallel_loop;

static void run_part(void *argument) {
    const parallel_loop *loop = argument;
    const size_t threads = (size_t)omp_get_num_threads(), mine = (size_t)omp_get_thread_num();
    const size_t part = loop->count / threads, rest = loop->count % threads;
    const size_t begin = mine * part + (mine < rest ? mine : rest);
    loop->work(loop->argument, begin, begin + part + (mine < rest));
}

void graft_dnn_share(size_t count, graft_dnn_work work, void *argument) {
    parallel_loop loop = {count, work, argument};
    if (count < 2 || omp_get_max_threads() == 1)
        work(argument, 0, count);
    else
        GOMP_parallel(run_part, &loop, 0, 0);
}

void graft_dnn_parallel(size_t count, graft_dnn_work work, void *argument) {
    if (count < LEAST_PART)
        work(argument, 0, count);
    else
        graft_dnn_share(count, work, argument);
}
