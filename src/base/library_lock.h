/* Process-wide locks for libraries below graft that one thread at a time may enter. They hold among graft's own
 * calls; a program that uses such a library itself must see to its side. */
#ifndef GRAFT_SRC_BASE_LIBRARY_LOCK_H
#define GRAFT_SRC_BASE_LIBRARY_LOCK_H

typedef enum graft_library {
    GRAFT_LIBRARY_HDF5,
    GRAFT_LIBRARY_GRAPHVIZ,
    GRAFT_LIBRARY_CURL,
    GRAFT_LIBRARY_COUNT,
} graft_library;

/* Not recursive: a thread that holds a lock must not take it again. */
void graft_library_enter(graft_library library);
void graft_library_leave(graft_library library);

#endif
