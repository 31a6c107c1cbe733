#include "base/alloc.h"
#include "base/file.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LEAST_SUFFIX = 6 }; /* what mkostemp puts in; a number may be longer */

/* NAME.tmp-SUFFIX, of letters and digits. */
static bool is_temporary(const char *name) {
    const char *suffix = NULL;
    for (const char *at = strstr(name, GRAFT_FILE_TEMPORARY); at; at = strstr(suffix, GRAFT_FILE_TEMPORARY))
        suffix = at + strlen(GRAFT_FILE_TEMPORARY);
    if (!suffix || suffix - name == (ptrdiff_t)strlen(GRAFT_FILE_TEMPORARY)) return false;
    size_t length = 0;
    while (isalnum((unsigned char)suffix[length]))
        length++;
    return suffix[length] == '\0' && length >= LEAST_SUFFIX;
}

static void remove_old(const char *path, double age) {
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) return;
    if (age > 0 && !(difftime(time(NULL), info.st_mtim.tv_sec) > age)) return;
    (void)unlink(path);
}

void graft_file_sweep(const char *folder, const char *stem, double age) {
    graft_names names;
    if (graft_file_kind_of(folder) != GRAFT_FILE_FOLDER || graft_folder_list(folder, &names) != GRAFT_OK) return;
    for (size_t i = 0; i < names.count; i++) {
        if (strncmp(names.name[i], stem, strlen(stem)) != 0 || !is_temporary(names.name[i])) continue;
        char *path = graft_path_join(folder, names.name[i]);
        if (path) remove_old(path, age);
        graft_release(path);
    }
    graft_names_free(&names);
}
