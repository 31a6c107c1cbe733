#include "base/library_lock.h"

#include <pthread.h>

static pthread_mutex_t locks[GRAFT_LIBRARY_COUNT] = {
    [GRAFT_LIBRARY_HDF5] = PTHREAD_MUTEX_INITIALIZER,
    [GRAFT_LIBRARY_GRAPHVIZ] = PTHREAD_MUTEX_INITIALIZER,
    [GRAFT_LIBRARY_CURL] = PTHREAD_MUTEX_INITIALIZER,
};

void graft_library_enter(graft_library library) {
    pthread_mutex_lock(&locks[library]);
}

void graft_library_leave(graft_library library) {
    pthread_mutex_unlock(&locks[library]);
}
