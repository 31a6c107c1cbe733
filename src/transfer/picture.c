#include "transfer/picture.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

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
    *loader = (graft_picture_loader){0};
}

graft_hash graft_sample_content(const graft_dataset *data, size_t sample) {
    const graft_sample *info = graft_dataset_sample(data, sample);
    return (graft_hash){info->content[0], info->content[1]};
}

graft_status graft_picture_load(graft_picture_loader *loader, size_t sample, const graft_views *views, uint32_t view,
                                float *input) {
    const graft_sample *info = graft_dataset_sample(loader->data, sample);
    graft_hash content = graft_sample_content(loader->data, sample);
    size_t length = 0;
    GRAFT_TRY(graft_file_read_into(info->path, 0, &loader->file, &loader->file_capacity, &length));
    const unsigned char *file = (const unsigned char *)loader->file;
    graft_status status = GRAFT_OK;
    if (!graft_hash_equal(graft_hash_bytes(file, length), content)) {
        status = graft_fail(GRAFT_E_DATA, "%s: its bytes changed since they were checked: run again", info->path);
    } else {
        graft_view what = {.content = content, .number = view};
        if (views) {
            what.augment = views->augment;
            what.seed = views->seed;
        }
        status = view == 0 ? graft_image_prepare(loader->decoder, file, length, loader->spec, loader->pixels, NULL)
                           : graft_image_prepare_view(loader->decoder, file, length, loader->spec, &what,
                                                      loader->pixels, NULL);
        if (status != GRAFT_OK) status = graft_fail_in(status, "%s", info->path);
    }
    if (loader->file_capacity > KEPT_BYTES) {
        graft_release(loader->file);
        loader->file = NULL;
        loader->file_capacity = 0;
    }
    if (status == GRAFT_OK) graft_image_normalize(loader->spec, loader->pixels, input);
    return status;
}
