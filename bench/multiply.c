/* bench-multiply FOLDER OUT COUNT: COUNT photographs from those in FOLDER (class folders of pictures), for measuring
 * how cost grows. Each source is used as often as any other: its first copy as it is, every other one cut out anew,
 * perhaps mirrored, and written at a quality of its own, so that neither bytes nor contents repeat. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/threads.h"
#include "data/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench {
    char **path, **folder; /* of each source, and where its copies go */
    size_t count, capacity, folder_capacity;
    size_t copies;           /* in all */
    graft_decoder **decoder; /* one a worker */
} bench;

static graft_status add_class(bench *b, const char *from, const char *to) {
    graft_names files = {0};
    GRAFT_TRY(graft_folder_list(from, &files));
    graft_status status = graft_folder_make(to);
    for (size_t i = 0; status == GRAFT_OK && i < files.count; i++) {
        if (!graft_reserve(&b->path, &b->capacity, b->count + 1, sizeof *b->path) ||
            !graft_reserve(&b->folder, &b->folder_capacity, b->count + 1, sizeof *b->folder))
            status = graft_fail_memory("paths");
        else {
            b->path[b->count] = graft_path_join(from, files.name[i]);
            b->folder[b->count] = graft_text_copy(to);
            if (b->path[b->count] == NULL || b->folder[b->count] == NULL) status = graft_fail_memory("paths");
            b->count++;
        }
    }
    graft_names_free(&files);
    return status;
}

static graft_status add_folder(bench *b, const char *from, const char *to) {
    graft_names classes;
    GRAFT_TRY(graft_folder_list(from, &classes));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; status == GRAFT_OK && i < classes.count; i++) {
        char *in = graft_path_join(from, classes.name[i]), *out = graft_path_join(to, classes.name[i]);
        if (in == NULL || out == NULL)
            status = graft_fail_memory("paths");
        else if (graft_file_kind_of(in) == GRAFT_FILE_FOLDER)
            status = add_class(b, in, out);
        graft_release(in);
        graft_release(out);
    }
    graft_names_free(&classes);
    if (status == GRAFT_OK && b->count == 0) status = graft_fail(GRAFT_E_DATA, "%s: no class folders with files", from);
    return status;
}

/* A window of 60 to 90 % of each side. */
static graft_status cut(const graft_image *image, graft_rng *rng, unsigned char **out, int *width, int *height) {
    *width = (int)(image->width * (0.6 + 0.3 * graft_rng_uniform(rng)));
    *height = (int)(image->height * (0.6 + 0.3 * graft_rng_uniform(rng)));
    *width = *width < 1 ? 1 : *width;
    *height = *height < 1 ? 1 : *height;
    const int left = (int)((image->width - *width) * graft_rng_uniform(rng));
    const int top = (int)((image->height - *height) * graft_rng_uniform(rng));
    const bool mirrored = graft_rng_uniform(rng) < 0.5;
    unsigned char *to = *out = graft_allocate((size_t)*width * (size_t)*height, 3);
    if (to == NULL) return graft_fail_memory("a picture");
    for (int y = 0; y < *height; y++) {
        const unsigned char *row = image->rgb + ((size_t)(top + y) * (size_t)image->width + (size_t)left) * 3;
        for (int x = 0; x < *width; x++, to += 3)
            memcpy(to, row + 3 * (mirrored ? *width - 1 - x : x), 3);
    }
    return GRAFT_OK;
}

static graft_status variant(bench *b, int worker, size_t index, const char *bytes, size_t length, const char *path) {
    graft_rng rng = graft_rng_make(3, GRAFT_RNG_TEST, 0, index);
    graft_image image;
    unsigned char *pixels, *jpeg;
    int width, height;
    size_t size;
    GRAFT_TRY(graft_decode(b->decoder[worker], (const unsigned char *)bytes, length, 0, 0, &image));
    GRAFT_TRY(cut(&image, &rng, &pixels, &width, &height));
    const int quality = 80 + (int)(15 * graft_rng_uniform(&rng));
    graft_status status = graft_jpeg_write(pixels, width, height, quality, &jpeg, &size);
    if (status == GRAFT_OK) status = graft_file_write(path, jpeg, size);
    graft_release(pixels);
    graft_release(jpeg);
    return status;
}

static graft_status one(void *argument, int worker, size_t index) {
    bench *b = argument;
    const size_t source = index * b->count / b->copies;
    const bool first = index == 0 || (index - 1) * b->count / b->copies != source;
    char name[32], *bytes;
    size_t length;
    GRAFT_TRY(graft_file_read(b->path[source], 0, &bytes, &length));
    snprintf(name, sizeof name, "%08zu.jpg", index);
    char *path = graft_path_join(b->folder[source], name);
    graft_status status = path == NULL ? graft_fail_memory("a path")
                          : first      ? graft_file_write(path, bytes, length)
                                       : variant(b, worker, index, bytes, length, path);
    graft_release(path);
    graft_release(bytes);
    return status;
}

static graft_status run(graft_context *context, bench *b, char **words) {
    const size_t workers = (size_t)graft_context_threads(context);
    GRAFT_TRY(add_folder(b, words[1], words[2]));
    b->decoder = graft_allocate_zero(workers, sizeof(graft_decoder *));
    if (b->decoder == NULL) return graft_fail_memory("decoders");
    graft_status status = GRAFT_OK;
    for (size_t i = 0; status == GRAFT_OK && i < workers; i++)
        status = graft_decoder_new(&b->decoder[i]);
    if (status == GRAFT_OK) status = graft_parallel_for(context, b->copies, one, b);
    for (size_t i = 0; i < workers; i++)
        graft_decoder_free(b->decoder[i]);
    graft_release(b->decoder);
    return status;
}

int main(int argc, char **argv) {
    graft_context *context = NULL;
    bench b = {.copies = argc == 4 ? strtoul(argv[3], NULL, 10) : 0};
    if (b.copies == 0) {
        fprintf(stderr, "usage: bench-multiply FOLDER OUT COUNT\n");
        return 2;
    }
    graft_status status = graft_context_new(&context, NULL);
    if (status == GRAFT_OK) status = run(context, &b, argv);
    if (status != GRAFT_OK) fprintf(stderr, "bench-multiply: %s\n", graft_error_text());
    for (size_t i = 0; i < b.count; i++) {
        graft_release(b.path[i]);
        graft_release(b.folder[i]);
    }
    graft_release(b.path);
    graft_release(b.folder);
    graft_context_free(context);
    return graft_status_exit_code(status);
}
