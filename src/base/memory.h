/* How much memory there is. */
#ifndef GRAFT_SRC_BASE_MEMORY_H
#define GRAFT_SRC_BASE_MEMORY_H

#include <stdint.h>

/* Bytes that this process may use: those of the machine, or what its control group (of a container, a batch system)
 * leaves of them. */
uint64_t graft_memory_present(void);
/* The least limit of the groups that `groups`, the text of /proc/self/cgroup, names, below the folder `root` where
 * both versions' files are (/sys/fs/cgroup); UINT64_MAX: none. A group's ancestors count too. */
uint64_t graft_memory_of_groups(const char *groups, const char *root);

#endif
