/* Pictures a second from file to a 224x224 network input, by threads: bench-decode [--plain] FOLDER...
 * Each folder's files are read once into memory; then come decoding alone, decoding and resampling, both with the
 * files read again, and, unless --plain, augmented views. Prints CSV. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/file.h"
#include "base/threads.h"
#include "data/augment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum work_kind { DECODE, PREPARE, READ_AND_PREPARE, VIEW } work_kind;
typedef struct bench_stage {
    work_kind kind;
    const char *name; /* of a view: its chain */
} bench_stage;
static const bench_stage stages[] = {
    {DECODE, "decode"},
    {PREPARE, "decode+resize"},
    {READ_AND_PREPARE, "read+decode+resize"},
    {VIEW, "flip:p=1"},
    {VIEW, "crop:scale=0.6;1"},
    {VIEW, "rotate:10"},
    {VIEW, "flip rotate:10 crop:0.6;1 brightness:0.2 contrast:0.2 saturation:0.2 hue:0.05"},
    {VIEW, "randaugment"},
    {VIEW, "augmix"},
};

typedef struct bench_picture {
    char *path, *bytes;
    size_t length;
} bench_picture;

typedef struct bench_work {
    bench_picture *pictures;
    size_t count, capacity;
    graft_decoder *decoder[2];
    unsigned char *pixels[2];
    graft_preprocess spec;
    work_kind kind;
    graft_augment *augment;
} bench_work;

static void fail(const char *what) {
    fprintf(stderr, "bench-decode: %s: %s\n", what, graft_error_text());
    exit(1);
}

static void add_folder(bench_work *work, const char *folder) {
    graft_names names = {0};
    if (graft_folder_list(folder, &names) != GRAFT_OK) fail(folder);
    for (size_t i = 0; i < names.count; i++) {
        bench_picture picture = {.path = graft_path_join(folder, names.name[i])};
        if (!picture.path || !graft_reserve(&work->pictures, &work->capacity, work->count + 1, sizeof picture))
            fail(folder);
        if (graft_file_read(picture.path, 0, &picture.bytes, &picture.length) != GRAFT_OK) fail(picture.path);
        work->pictures[work->count++] = picture;
    }
    graft_names_free(&names);
}

static graft_status one_picture(void *argument, int worker, size_t index) {
    bench_work *work = argument;
    bench_picture *picture = &work->pictures[index];
    graft_image image;
    if (work->kind == DECODE)
        return graft_decode(work->decoder[worker], (unsigned char *)picture->bytes, picture->length, 0, 0, &image);
    char *bytes = picture->bytes;
    size_t length = picture->length;
    if (work->kind == READ_AND_PREPARE && graft_file_read(picture->path, 0, &bytes, &length) != GRAFT_OK)
        return GRAFT_E_DATA;
    graft_view view = {.augment = work->augment, .content.low = index, .number = 1};
    graft_status status = graft_image_prepare_view(work->decoder[worker], (unsigned char *)bytes, length, &work->spec,
                                                   &view, work->pixels[worker], NULL);
    if (bytes != picture->bytes) graft_release(bytes);
    return status;
}

static void parse_chain(bench_work *work, const char *name) {
    char chain[128];
    snprintf(chain, sizeof chain, "%s", name);
    for (char *c = chain; *c; c++)
        if (*c == ';') *c = ','; /* a comma would end the CSV's field */
    if (graft_augment_parse(chain, &work->augment) != GRAFT_OK) fail(name);
}

static void measure(bench_work *work, const bench_stage *stage, int threads) {
    work->kind = stage->kind;
    if (stage->kind == VIEW) parse_chain(work, stage->name);
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.no_cache = true;
    graft_context *context = NULL;
    if (graft_context_new(&context, &options) != GRAFT_OK) fail("context");
    double start = graft_now();
    if (graft_parallel_for(context, work->count, one_picture, work) != GRAFT_OK) fail(stage->name);
    double seconds = graft_now() - start;
    printf("%s,%d,%zu,%.3f,%.0f\n", stage->name, threads, work->count, seconds, (double)work->count / seconds);
    graft_context_free(context);
    graft_augment_free(work->augment);
    work->augment = NULL;
}

int main(int argc, char **argv) {
    bench_work work = {0};
    const bool plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
    for (int i = 1 + plain; i < argc; i++)
        add_folder(&work, argv[i]);
    graft_preprocess_init(&work.spec, GRAFT_SCALING_TF);
    for (int i = 0; i < 2; i++) {
        work.pixels[i] = graft_allocate((size_t)work.spec.width * (size_t)work.spec.height, 3);
        if (!work.pixels[i] || graft_decoder_new(&work.decoder[i]) != GRAFT_OK) fail("decoder");
    }
    printf("stage,threads,pictures,seconds,pictures_per_second\n");
    for (int threads = 1; threads <= 2; threads++)
        for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
            if (!plain || stages[i].kind != VIEW) measure(&work, &stages[i], threads);
    for (int i = 0; i < 2; i++) {
        graft_release(work.pixels[i]);
        graft_decoder_free(work.decoder[i]);
    }
    for (size_t i = 0; i < work.count; i++) {
        graft_release(work.pictures[i].path);
        graft_release(work.pictures[i].bytes);
    }
    graft_release(work.pictures);
    return 0;
}
