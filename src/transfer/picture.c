#include "transfer/picture.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

enum { KEPT_BYTES = 16 << 20 }; /* a giant's memory does not wait for the next picture */

graft_status graft_picture_loader_init(graft_picture_loader *loader, const graft_dataset *data,
                                       const graft_preprocess *spec) {
    *loader = (graft_picture_loader){.data = data, .spec = spec};
    GRAFT_TRY(graft_decoder_new(&loader->decoder));
    loader->pixels = graft_allocate((size_t)spec->width * (size_t)spec->height, 3);
    return loader->pixels ? GRAFT_OK : graft_fail_memory("a worker's picture");
}

void graft_picture_loader_clear(graft_picture_loader *loader) {
    graft_decoder_free(loader->decoder);
    graft_release(loader->pixels);
    graft_release(loader->file);
    graft_release(loader->room);
    graft_resize_scratch_free(&loader->scratch);
    *loader = (graft_picture_loader){0};
}

graft_hash graft_sample_content(const graft_dataset *data, size_t sample) {
    const graft_sample *info = graft_dataset_sample(data, sample);
    return (graft_hash){info->content[0], info->content[1]};
}

void graft_preprocess_hash(const graft_preprocess *spec, graft_hasher *hasher) {
    const uint64_t part[] = {(uint64_t)spec->width, (uint64_t)spec->height, (uint64_t)spec->channels,
                             (uint64_t)spec->fit,   (uint64_t)spec->filter, (uint64_t)spec->bgr};
    for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
        graft_hasher_add_u64(hasher, part[i]);
    graft_hasher_add(hasher, spec->mean, sizeof(spec->mean));
    graft_hasher_add(hasher, spec->scale, sizeof(spec->scale));
}

void graft_picture_loader_use(graft_picture_loader *loader, const graft_picture_store *store) {
    loader->store = store;
}

/* The file's bytes, which must be those that were checked. */
static graft_status read_file(graft_picture_loader *loader, size_t sample, size_t *length) {
    GRAFT_TRY(graft_dataset_read_into(loader->data, sample, 0, &loader->file, &loader->file_capacity, length));
    if (graft_hash_equal(graft_hash_bytes(loader->file, *length), graft_sample_content(loader->data, sample)))
        return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: its bytes changed since they were checked: run again",
                      graft_dataset_sample(loader->data, sample)->path);
}

static graft_status show_file(graft_picture_loader *loader, size_t sample, const graft_view *view) {
    size_t length;
    GRAFT_TRY(read_file(loader, sample, &length));
    const unsigned char *file = (const unsigned char *)loader->file;
    graft_status status =
        view->number == 0
            ? graft_image_prepare(loader->decoder, file, length, loader->spec, loader->pixels, NULL)
            : graft_image_prepare_view(loader->decoder, file, length, loader->spec, view, loader->pixels, NULL);
    return status == GRAFT_OK ? status : graft_fail_in(status, "%s", graft_dataset_sample(loader->data, sample)->path);
}

static graft_status show_stored(graft_picture_loader *loader, size_t sample, const graft_view *view) {
    graft_image picture;
    if (!graft_picture_store_find(loader->store, view->content, &picture)) {
        const int side = graft_picture_store_side(loader->store), least = graft_picture_least(side);
        graft_image decoded;
        size_t length;
        GRAFT_TRY(read_file(loader, sample, &length));
        GRAFT_TRY(graft_decode(loader->decoder, (const unsigned char *)loader->file, length, least, least, &decoded));
        GRAFT_TRY(
            graft_picture_reduce(side, &decoded, &loader->room, &loader->room_capacity, &loader->scratch, &picture));
    }
    return graft_image_show(loader->decoder, &picture, loader->spec, view, loader->pixels);
}

graft_status graft_picture_load(graft_picture_loader *loader, size_t sample, const graft_views *views, uint32_t view,
                                float *input) {
    graft_view what = {.content = graft_sample_content(loader->data, sample), .number = view};
    if (views) {
        what.augment = views->augment;
        what.seed = views->seed;
    }
    graft_status status = loader->store ? show_stored(loader, sample, &what) : show_file(loader, sample, &what);
    if (loader->file_capacity > KEPT_BYTES) {
        graft_release(loader->file);
        loader->file = NULL;
        loader->file_capacity = 0;
    }
    if (status == GRAFT_OK) graft_image_normalize(loader->spec, loader->pixels, input);
    return status;
}
