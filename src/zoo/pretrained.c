#include "zoo/pretrained.h"

#include "base/file.h"

#include <string.h>

#define TEXT(x) #x
static const graft_pretrained rows[] = {
#define GRAFT_PRETRAINED(arch_, tag_, top_, format_, url_, kind_, hash_, scaling_, size_, filter_, licence_, notes_) \
    {.name = arch_ "." tag_,                                                                                         \
     .help = TEXT(size_) " px, " TEXT(scaling_) ", " format_ ", " licence_ ": " url_,                                \
     .arch = arch_,                                                                                                  \
     .tag = tag_,                                                                                                    \
     .top = (top_),                                                                                                  \
     .format = format_,                                                                                              \
     .url = url_,                                                                                                    \
     .hash_kind = GRAFT_HASH_##kind_,                                                                                \
     .hash = hash_,                                                                                                  \
     .scaling = GRAFT_SCALING_##scaling_,                                                                            \
     .size = (size_),                                                                                                \
     .classes = 1000,                                                                                                \
     .filter = GRAFT_FILTER_##filter_,                                                                               \
     .licence = licence_,                                                                                            \
     .notes = notes_},
#include "zoo/weights.def"
#undef GRAFT_PRETRAINED
};
#undef TEXT

enum { ROW_COUNT = sizeof rows / sizeof *rows };

const graft_pretrained *graft_pretrained_at(size_t index) {
    return index < ROW_COUNT ? &rows[index] : NULL;
}

const graft_pretrained *graft_pretrained_find(const char *arch, const char *path, bool *named) {
    const graft_pretrained *first = NULL;
    const char *name = graft_path_name(path);
    *named = false;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].arch, arch) != 0) continue;
        if (!first) first = &rows[i];
        const char *file = strrchr(rows[i].url, '/');
        /* The hub calls all its files model.safetensors. */
        if (!file || strcmp(file + 1, name) != 0 || strcmp(name, "model.safetensors") == 0) continue;
        *named = true;
        return &rows[i];
    }
    return first;
}
