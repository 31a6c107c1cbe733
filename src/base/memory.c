#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, GROUPS_SIZE = 16384 };

/* The number in a file; UINT64_MAX for "max" and for no such file. */
static uint64_t read_limit(const char *path) {
    char text[32];
    FILE *file = fopen(path, "re");
    const bool read = file && fgets(text, sizeof text, file);
    if (file) fclose(file);
    if (!read || text[0] < '0' || text[0] > '9') return UINT64_MAX;
    return strtoull(text, NULL, 10);
}

/* The least limit of a group and its ancestors. Seen from a container the group's own folder may not be there. */
static uint64_t least(const char *root, const char *group, size_t length, const char *name) {
    uint64_t found = UINT64_MAX;
    for (;;) {
        char path[PATH_SIZE];
        if (snprintf(path, sizeof path, "%s%.*s/%s", root, (int)length, group, name) < PATH_SIZE) {
            const uint64_t limit = read_limit(path);
            if (limit < found) found = limit;
        }
        if (length == 0) return found;
        while (length > 0 && group[length - 1] != '/')
            length--;
        if (length > 0) length--;
    }
}

uint64_t graft_memory_of_groups(const char *groups, const char *root) {
    char below[PATH_SIZE];
    uint64_t found = UINT64_MAX;
    for (const char *line = groups; *line;) {
        const size_t length = strcspn(line, "\n");
        const char *first = memchr(line, ':', length);
        const char *second = first ? memchr(first + 1, ':', length - (size_t)(first + 1 - line)) : NULL;
        if (second) {
            const size_t path = length - (size_t)(second + 1 - line);
            const bool unified = second == first + 1;
            const bool memory = second - first == 7 && strncmp(first + 1, "memory", 6) == 0;
            if ((unified || memory) &&
                snprintf(below, sizeof below, "%s%s", root, unified ? "" : "/memory") < PATH_SIZE) {
                const uint64_t limit = least(below, second + 1, path, unified ? "memory.max" : "memory.limit_in_bytes");
                if (limit < found) found = limit;
            }
        }
        line += length + (line[length] == '\n');
    }
    return found;
}

uint64_t graft_memory_present(void) {
    char groups[GROUPS_SIZE] = "";
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const uint64_t machine = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : (uint64_t)2 << 30;
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file) {
        groups[fread(groups, 1, sizeof groups - 1, file)] = '\0';
        fclose(file);
    }
    const uint64_t limit = graft_memory_of_groups(groups, "/sys/fs/cgroup");
    return limit < machine ? limit : machine;
}
