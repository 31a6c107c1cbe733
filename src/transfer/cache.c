/* Stores of the boundary cache: open, read, append. The layout stands in cache.h. */
#include "transfer/cache.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "transfer/cache-evict.h"
#include "transfer/cache-index.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file_header {
    char magic[8];
    uint32_t version, dtype;
    uint64_t width, key_high, key_low, reserved[2], checksum;
} file_header;
_Static_assert(sizeof(file_header) == 64, "the header has no padding");

typedef struct record_header {
    uint64_t checksum, content_high, content_low, view;
} record_header;

struct graft_cache_store {
    graft_context *context;
    char *path;      /* of the named file; NULL: there is none */
    int file, spill; /* -1: not open */
    off_t spill_end;
    bool file_closed;  /* the named file takes no more records */
    bool spill_closed; /* nor does the temporary one */
    bool told_clipped;
    size_t width, record_bytes;
    graft_dtype dtype;
    graft_hash key;
    graft_cache_index index;
    char *record; /* one record on its way into the file, under the lock */
    pthread_mutex_t lock;
};

/* Open-file-description locks: unlike flock's, they leave the "in use" mark alone; unlike fcntl's older ones, they are
 * not lost when another part of the process closes the file. */
static bool lock_appends(int fd, short type) {
    struct flock range = {.l_type = type, .l_whence = SEEK_SET};
    int outcome;
    do {
        outcome = fcntl(fd, F_OFD_SETLKW, &range);
    } while (outcome != 0 && errno == EINTR);
    return outcome == 0;
}

static bool write_all(int fd, const void *bytes, size_t length, off_t offset) {
    const char *from = bytes;
    while (length > 0) {
        ssize_t written = pwrite(fd, from, length, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        from += written;
        offset += written;
        length -= (size_t)written;
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t length, off_t offset) {
    char *to = bytes;
    while (length > 0) {
        ssize_t got = pread(fd, to, length, offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        offset += got;
        length -= (size_t)got;
    }
    return true;
}

static file_header header_of(const graft_cache_store *store) {
    file_header header = {.magic = "graftcut",
                          .version = GRAFT_CACHE_VERSION,
                          .dtype = (uint32_t)store->dtype,
                          .width = store->width,
                          .key_high = store->key.high,
                          .key_low = store->key.low};
    header.checksum = graft_checksum(&header, offsetof(file_header, checksum));
    return header;
}

/* Opens the named file and marks it as in use; a new file gets its header. *damaged: it is not this store's. */
static bool open_named(graft_cache_store *store, bool *damaged) {
    file_header header = header_of(store), found;
    *damaged = false;
    store->file = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->file < 0) return false;
    bool sound = flock(store->file, LOCK_SH) == 0 && lock_appends(store->file, F_WRLCK);
    struct stat info;
    sound = sound && fstat(store->file, &info) == 0;
    if (sound && info.st_size == 0) {
        sound = write_all(store->file, &header, sizeof(header), 0);
    } else if (sound) {
        *damaged = !read_all(store->file, &found, sizeof(found), 0) || memcmp(&found, &header, sizeof(header)) != 0;
        sound = !*damaged;
    }
    if (sound) sound = lock_appends(store->file, F_UNLCK);
    if (!sound) {
        close(store->file);
        store->file = -1;
        return false;
    }
    (void)futimens(store->file, NULL); /* "used now", for eviction; failing only makes the store look older */
    return true;
}

/* Reads the record headers. Checksums are for reading: a damaged header names a content nobody asks for. */
static graft_status scan(graft_cache_store *store) {
    struct stat info;
    if (fstat(store->file, &info) != 0) return GRAFT_OK;
    off_t record = (off_t)store->record_bytes;
    for (off_t at = (off_t)sizeof(file_header); at + record <= info.st_size; at += record) {
        record_header header;
        if (!read_all(store->file, &header, sizeof(header), at)) break;
        graft_cache_place place = {
            .content = {header.content_high, header.content_low}, .view = header.view, .fd = store->file, .offset = at};
        GRAFT_TRY(graft_cache_index_put(&store->index, &place));
    }
    return GRAFT_OK;
}

static graft_status name_store(graft_cache_store *store) {
    const char *cache = graft_context_cache_dir(store->context);
    if (!cache) return GRAFT_OK;
    char key[GRAFT_HASH_TEXT];
    graft_hash_to_text(store->key, key);
    char *folder = graft_path_join(cache, "features");
    if (!folder) return graft_fail_memory("a cache path");
    if (graft_folder_make(folder) == GRAFT_OK) {
        store->path = graft_text_format("%s/%s.cut", folder, key);
    } else {
        graft_log(store->context, GRAFT_LOG_WARNING, "cache: %s; going on without it", graft_error_text());
    }
    bool out_of_memory = !store->path && graft_file_kind_of(folder) == GRAFT_FILE_FOLDER;
    graft_release(folder);
    return out_of_memory ? graft_fail_memory("a cache path") : GRAFT_OK;
}

graft_status graft_cache_open(graft_context *context, graft_hash key, size_t width, graft_dtype dtype,
                              graft_cache_store **out) {
    *out = NULL;
    size_t payload;
    if (width == 0 || !graft_multiply_sizes(width, graft_dtype_size(dtype), &payload) || payload > (size_t)1 << 40)
        return graft_fail(GRAFT_E_INTERNAL, "cache: a record of %zu values", width);
    graft_cache_store *store = graft_allocate_zero(1, sizeof(*store));
    if (!store) return graft_fail_memory("a store of cached features");
    store->context = context;
    store->file = store->spill = -1;
    store->width = width;
    store->dtype = dtype;
    store->key = key;
    store->record_bytes = sizeof(record_header) + (payload + 7) / 8 * 8;
    pthread_mutex_init(&store->lock, NULL);
    store->record = graft_allocate_aligned(1, store->record_bytes);
    graft_status status = store->record ? name_store(store) : graft_fail_memory("a record of cached features");
    bool damaged = false;
    if (status == GRAFT_OK && store->path && !open_named(store, &damaged)) {
        if (damaged) {
            graft_log(context, GRAFT_LOG_WARNING, "cache: %s is damaged: starting it anew", store->path);
            if (unlink(store->path) == 0) (void)open_named(store, &damaged);
        }
        if (store->file < 0)
            graft_log(context, GRAFT_LOG_WARNING, "cache: cannot use %s (%s): going on without it", store->path,
                      strerror(errno));
    }
    if (status == GRAFT_OK && store->file >= 0) status = scan(store);
    if (status != GRAFT_OK) {
        graft_cache_close(store);
        return status;
    }
    *out = store;
    return GRAFT_OK;
}

void graft_cache_close(graft_cache_store *store) {
    if (!store) return;
    if (store->file >= 0) close(store->file);
    if (store->spill >= 0) close(store->spill);
    graft_cache_index_clear(&store->index);
    pthread_mutex_destroy(&store->lock);
    graft_release(store->record);
    graft_release(store->path);
    graft_release(store);
}

size_t graft_cache_record_bytes(const graft_cache_store *store) {
    return store->record_bytes;
}

graft_status graft_cache_make_room(graft_context *context, graft_cache_store **stores, size_t count, uint64_t bytes) {
    bool fits;
    if (count == 0) return GRAFT_OK;
    graft_status status = graft_cache_fit(context, bytes, &fits);
    if (status == GRAFT_OK && !fits) {
        graft_log(context, GRAFT_LOG_WARNING,
                  "cache: %.1f MiB of features would pass its limit of %.1f MiB: new ones are not kept (--cache-limit "
                  "raises it)",
                  (double)bytes / 1048576, (double)graft_context_cache_limit(context) / 1048576);
        for (size_t i = 0; i < count; i++)
            stores[i]->file_closed = true;
    }
    return status;
}

static bool fetch(const graft_cache_store *store, const graft_cache_place *place, char *record) {
    if (place->fd < 0) {
        memcpy(record, place->memory, store->record_bytes);
        return true;
    }
    return read_all(place->fd, record, store->record_bytes, place->offset);
}

static uint64_t checksum_of(const graft_cache_store *store, const char *record) {
    return graft_checksum(record + sizeof(uint64_t), store->record_bytes - sizeof(uint64_t));
}

static void unpack(const graft_cache_store *store, const char *record, float *row) {
    const char *values = record + sizeof(record_header);
    if (store->dtype == GRAFT_F16)
        graft_f16_to_f32((const uint16_t *)(const void *)values, row, store->width);
    else
        memcpy(row, values, store->width * sizeof(float));
}

static bool read_record(const graft_cache_store *store, const graft_cache_place *place, char *record, float *row) {
    record_header header;
    if (!fetch(store, place, record)) return false;
    memcpy(&header, record, sizeof(header));
    bool sound = header.content_high == place->content.high && header.content_low == place->content.low &&
                 header.view == place->view && header.checksum == checksum_of(store, record);
    if (sound) unpack(store, record, row);
    return sound;
}

/* The lock is for the index alone: records are read and checked side by side. */
bool graft_cache_read(graft_cache_store *store, graft_hash content, uint64_t view, void *record, float *row) {
    pthread_mutex_lock(&store->lock);
    const graft_cache_place *found = graft_cache_index_get(&store->index, content, view);
    graft_cache_place place = found ? *found : (graft_cache_place){0};
    pthread_mutex_unlock(&store->lock);
    return found && read_record(store, &place, record, row);
}

/* Appends to the named file under its lock, over a torn tail if another process left one. */
static bool append_named(graft_cache_store *store, graft_cache_place *place) {
    if (store->file < 0 || store->file_closed) return false;
    if (!lock_appends(store->file, F_WRLCK)) return false;
    struct stat info;
    bool written = false;
    if (fstat(store->file, &info) == 0 && info.st_size >= (off_t)sizeof(file_header)) {
        off_t records = (info.st_size - (off_t)sizeof(file_header)) / (off_t)store->record_bytes;
        off_t end = (off_t)sizeof(file_header) + records * (off_t)store->record_bytes;
        written = write_all(store->file, store->record, store->record_bytes, end);
        if (!written && ftruncate(store->file, end) != 0) store->file_closed = true;
        place->fd = store->file;
        place->offset = end;
    }
    int reason = errno;
    (void)lock_appends(store->file, F_UNLCK);
    if (!written) {
        store->file_closed = true;
        graft_log(store->context, GRAFT_LOG_WARNING, "cache: cannot write %s (%s): new features are not kept",
                  store->path, strerror(reason));
    }
    return written;
}

/* A file without a name disappears with the process, whatever ends it. */
static bool append_spilled(graft_cache_store *store, graft_cache_place *place) {
    if (store->spill_closed) return false;
    if (store->spill < 0) store->spill = open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (store->spill < 0 || !write_all(store->spill, store->record, store->record_bytes, store->spill_end)) {
        store->spill_closed = true;
        graft_log(store->context, GRAFT_LOG_WARNING, "%s: no room for a temporary file (%s): features stay in memory",
                  P_tmpdir, strerror(errno));
        return false;
    }
    place->fd = store->spill;
    place->offset = store->spill_end;
    store->spill_end += (off_t)store->record_bytes;
    return true;
}

/* Training from clipped values is not training from the network's: said once, as nothing else would say it. */
static void tell_clipped(graft_cache_store *store, const float *row) {
    const float largest = 65504.0F; /* of binary16 */
    for (size_t i = 0; i < store->width && !store->told_clipped; i++) {
        if (fabsf(row[i]) <= largest) continue;
        store->told_clipped = true;
        graft_log(store->context, GRAFT_LOG_WARNING,
                  "features: a layer puts out %g, beyond the +-%g that is kept of it; is the preprocessing "
                  "(--preprocess) the network's own?",
                  (double)row[i], (double)largest);
    }
}

static void fill_record(graft_cache_store *store, graft_hash content, uint64_t view, const float *row) {
    record_header header = {.content_high = content.high, .content_low = content.low, .view = view};
    char *values = store->record + sizeof(header);
    memset(store->record, 0, store->record_bytes);
    if (store->dtype == GRAFT_F16) {
        tell_clipped(store, row);
        graft_f32_to_f16(row, (uint16_t *)(void *)values, store->width);
    } else {
        memcpy(values, row, store->width * sizeof(float));
    }
    memcpy(store->record, &header, sizeof(header));
    header.checksum = checksum_of(store, store->record);
    memcpy(store->record, &header, sizeof(header));
}

graft_status graft_cache_append(graft_cache_store *store, graft_hash content, uint64_t view, const float *row) {
    graft_cache_place place = {.content = content, .view = view, .fd = -1};
    graft_status status = GRAFT_OK;
    pthread_mutex_lock(&store->lock);
    fill_record(store, content, view, row);
    if (!append_named(store, &place) && !append_spilled(store, &place)) {
        place.fd = -1;
        place.memory = graft_allocate(1, store->record_bytes);
        if (place.memory)
            memcpy(place.memory, store->record, store->record_bytes);
        else
            status = graft_fail_memory("features that no file has room for");
    }
    if (status == GRAFT_OK) status = graft_cache_index_put(&store->index, &place);
    if (status != GRAFT_OK) graft_release(place.memory);
    pthread_mutex_unlock(&store->lock);
    return status;
}
