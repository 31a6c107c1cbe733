/* Filling the store of decoded pictures, a shard at a time. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "transfer/cache-evict.h"
#include "transfer/picture-store-internal.h"

#include <string.h>

/* What a worker keeps from picture to picture. */
typedef struct worker {
    graft_decoder *decoder;
    char *file;
    size_t file_capacity;
    unsigned char *room;
    size_t room_capacity;
    graft_resize_scratch scratch;
} worker;

typedef struct filling {
    graft_picture_store *store;
    const graft_dataset *data;
    const size_t *missing;  /* samples of this shard */
    unsigned char **record; /* one a sample; NULL: not to be stored */
    worker *workers;
    graft_phase *phase;
} filling;

static graft_hash content_of(const graft_dataset *data, size_t sample) {
    const graft_sample *info = graft_dataset_sample(data, sample);
    return (graft_hash){info->content[0], info->content[1]};
}

static graft_status make_record(filling *all, size_t index, graft_hash content, const graft_image *picture) {
    size_t bytes = graft_stored_bytes((uint32_t)picture->width, (uint32_t)picture->height);
    graft_stored_header header = {.content_high = content.high,
                                  .content_low = content.low,
                                  .width = (uint32_t)picture->width,
                                  .height = (uint32_t)picture->height};
    if (bytes > GRAFT_STORED_BYTES) return GRAFT_OK;
    unsigned char *record = all->record[index] = graft_allocate_zero(1, bytes);
    if (!record) return graft_fail_memory("a decoded picture");
    memcpy(record, &header, sizeof(header));
    memcpy(record + sizeof(header), picture->rgb, (size_t)picture->width * (size_t)picture->height * 3);
    header.checksum = graft_checksum(record + sizeof(header.checksum), bytes - sizeof(header.checksum));
    memcpy(record, &header, sizeof(header));
    return GRAFT_OK;
}

static graft_status decode_one(void *argument, int number, size_t index) {
    filling *all = argument;
    worker *self = &all->workers[number];
    const size_t sample = all->missing[index];
    const graft_hash content = content_of(all->data, sample);
    const char *path = graft_dataset_sample(all->data, sample)->path;
    const int side = all->store->side, least = graft_picture_least(side);
    graft_image decoded, picture;
    size_t length = 0;
    double begun = graft_now();
    if (!self->decoder) GRAFT_TRY(graft_decoder_new(&self->decoder));
    GRAFT_TRY(graft_dataset_read_into(all->data, sample, 0, &self->file, &self->file_capacity, &length));
    const unsigned char *file = (const unsigned char *)self->file;
    if (!graft_hash_equal(graft_hash_bytes(file, length), content))
        return graft_fail(GRAFT_E_DATA, "%s: its bytes changed since they were checked: run again", path);
    graft_status status = graft_decode(self->decoder, file, length, least, least, &decoded);
    if (status == GRAFT_OK)
        status = graft_picture_reduce(side, &decoded, &self->room, &self->room_capacity, &self->scratch, &picture);
    if (status != GRAFT_OK) return graft_fail_in(status, "%s", path);
    GRAFT_TRY(make_record(all, index, content, &picture));
    return graft_phase_add(all->phase, 1, graft_now() - begun);
}

static graft_status write_shard(const filling *all, size_t count, const char *path) {
    const graft_shard_header header = graft_shard_header_of(all->store);
    graft_file_writer *writer;
    GRAFT_TRY(graft_file_writer_open(path, &writer));
    graft_status status = graft_file_writer_write(writer, &header, sizeof(header));
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        graft_stored_header record;
        if (!all->record[i]) continue;
        memcpy(&record, all->record[i], sizeof(record));
        status = graft_file_writer_write(writer, all->record[i], graft_stored_bytes(record.width, record.height));
    }
    if (status == GRAFT_OK) return graft_file_writer_commit(&writer);
    graft_file_writer_abort(writer);
    return status;
}

/* A shard of another process may have taken the number meanwhile. */
static char *next_path(graft_picture_store *store) {
    for (;;) {
        char *path = graft_text_format("%s/%s-%08u.pix", store->folder, store->key, store->next++);
        if (!path || graft_file_kind_of(path) == GRAFT_FILE_MISSING) return path;
        graft_release(path);
    }
}

/* A disk that is full ends the storing, not the run. */
static graft_status fill_shard(filling *all, size_t count, bool *go_on) {
    graft_picture_store *store = all->store;
    uint64_t bytes = sizeof(graft_shard_header);
    bool fits = false;
    *go_on = true;
    memset(all->record, 0, GRAFT_SHARD_PICTURES * sizeof(*all->record));
    graft_status status = graft_parallel_for(store->context, count, decode_one, all);
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        graft_stored_header record = {0};
        if (all->record[i]) memcpy(&record, all->record[i], sizeof(record));
        if (all->record[i]) bytes += graft_stored_bytes(record.width, record.height);
    }
    if (status == GRAFT_OK) status = graft_cache_fit(store->context, bytes, &fits);
    if (status == GRAFT_OK && !fits) {
        graft_log(store->context, GRAFT_LOG_WARNING,
                  "cache: decoded pictures would pass its limit: %zu are kept, the others are decoded in every epoch "
                  "(--cache-limit raises it)",
                  store->index.count);
        *go_on = false;
    } else if (status == GRAFT_OK) {
        char *path = next_path(store);
        status = path ? write_shard(all, count, path) : graft_fail_memory("a cache path");
        if (status == GRAFT_OK) {
            status = graft_picture_store_add(store, path);
        } else if (status == GRAFT_E_DATA) {
            graft_log(store->context, GRAFT_LOG_WARNING, "cache: %s; decoded pictures are not kept",
                      graft_error_text());
            *go_on = false;
            status = GRAFT_OK;
        }
        graft_release(path);
    }
    for (size_t i = 0; i < count; i++)
        graft_release(all->record[i]);
    return status;
}

static graft_status fill_missing(graft_picture_store *store, const graft_dataset *data, const size_t *missing,
                                 size_t count) {
    filling all = {.store = store, .data = data};
    int threads = graft_context_threads(store->context);
    graft_status status = GRAFT_OK;
    bool go_on = true;
    all.workers = graft_allocate_zero((size_t)threads, sizeof(*all.workers));
    all.record = graft_allocate(GRAFT_SHARD_PICTURES, sizeof(*all.record));
    if (!all.workers || !all.record) GRAFT_TRY_TO(done, status, graft_fail_memory("decoded pictures"));
    GRAFT_TRY_TO(done, status, graft_phase_begin(store->context, "pictures", count, &all.phase));
    for (size_t at = 0; at < count && go_on && status == GRAFT_OK; at += GRAFT_SHARD_PICTURES) {
        size_t left = count - at;
        all.missing = missing + at;
        status = fill_shard(&all, left < GRAFT_SHARD_PICTURES ? left : GRAFT_SHARD_PICTURES, &go_on);
    }
    graft_phase_end(all.phase);
done:
    for (int i = 0; all.workers && i < threads; i++) {
        graft_decoder_free(all.workers[i].decoder);
        graft_release(all.workers[i].file);
        graft_release(all.workers[i].room);
        graft_resize_scratch_free(&all.workers[i].scratch);
    }
    graft_release(all.workers);
    graft_release(all.record);
    return status;
}

graft_status graft_picture_store_fill(graft_picture_store *store, const graft_dataset *data, const size_t *sample,
                                      size_t count) {
    if (!store->folder || count == 0) return GRAFT_OK;
    size_t *missing = graft_allocate(count, sizeof(*missing)), left = 0;
    if (!missing) return graft_fail_memory("the list of samples");
    for (size_t i = 0; i < count; i++)
        if (!graft_cache_index_get(&store->index, content_of(data, sample[i]), 0)) missing[left++] = sample[i];
    graft_status status = left > 0 ? fill_missing(store, data, missing, left) : GRAFT_OK;
    graft_release(missing);
    graft_log(store->context, GRAFT_LOG_INFO, "pictures: %zu decoded, %zu from the cache", left, count - left);
    return status;
}
