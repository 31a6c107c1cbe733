/* Folders of small pictures for the tests of datasets. */
#ifndef GRAFT_TESTS_UNIT_DATA_PICTURE_FOLDERS_H
#define GRAFT_TESTS_UNIT_DATA_PICTURE_FOLDERS_H

#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/rng.h"
#include "data/image.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { picture_width = 64, picture_height = 48 };

/* A folder to put them in, and a context without a cache. */
typedef struct folder_fixture {
    char *root;
    graft_context *context;
} folder_fixture;

static inline int folder_setup(void **state) {
    folder_fixture *f = *state = graft_allocate_zero(1, sizeof *f);
    f->root = test_folder();
    f->context = test_context(2);
    return 0;
}

static inline int folder_teardown(void **state) {
    folder_fixture *f = *state;
    graft_context_free(f->context);
    test_folder_remove(f->root);
    graft_release(f);
    return 0;
}

/* root/name; static storage, valid for seven more calls. */
static inline const char *path_in(const char *root, const char *name) {
    static char text[8][2048];
    static int next;
    next = (next + 1) % 8;
    snprintf(text[next], sizeof text[next], "%s/%s", root, name);
    return text[next];
}

static inline void put_folder(const char *root, const char *name) {
    assert_ok(graft_folder_make(path_in(root, name)));
}

/* Writes a file, with the folders above it. */
static inline void put_bytes(const char *root, const char *name, const void *bytes, size_t length) {
    char folder[1024];
    snprintf(folder, sizeof folder, "%s", path_in(root, name));
    *strrchr(folder, '/') = '\0';
    assert_ok(graft_folder_make(folder));
    assert_ok(graft_file_write(path_in(root, name), bytes, length));
}

static inline void put_text(const char *root, const char *name, const char *text) {
    put_bytes(root, name, text, strlen(text));
}

/* Smooth colours that differ from seed to seed: no two are near-duplicates. */
static inline void paint(uint64_t seed, unsigned char rgb[picture_height * picture_width * 3]) {
    unsigned char grid[6 * 8 * 3];
    graft_rng rng = graft_rng_make(seed, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < sizeof grid; i++)
        grid[i] = (unsigned char)(graft_rng_u32(&rng) & 255);
    for (int y = 0; y < picture_height; y++)
        for (int x = 0; x < picture_width; x++)
            memcpy(rgb + (y * picture_width + x) * 3, grid + (y / 8 * 8 + x / 8) * 3, 3);
}

static inline void jpeg_bytes(uint64_t seed, int quality, unsigned char **bytes, size_t *length) {
    unsigned char rgb[picture_height * picture_width * 3];
    paint(seed, rgb);
    assert_ok(graft_jpeg_write(rgb, picture_width, picture_height, quality, bytes, length));
}

static inline void put_jpeg(const char *root, const char *name, uint64_t seed, int quality) {
    unsigned char *bytes;
    size_t length;
    jpeg_bytes(seed, quality, &bytes, &length);
    put_bytes(root, name, bytes, length);
    graft_release(bytes);
}

static inline void put_picture(const char *root, const char *name, uint64_t seed) {
    put_jpeg(root, name, seed, 90);
}

/* `count` pictures root/folder/0000.jpg ..., painted from `seed` on. */
static inline void put_pictures(const char *root, const char *folder, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++) {
        char name[256];
        snprintf(name, sizeof name, "%s/%04zu.jpg", folder, i);
        put_picture(root, name, seed + i);
    }
}

#endif
