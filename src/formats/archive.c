#include "formats/archive.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strmap.h"

#include <string.h>
#include <zip.h>

#define MAX_MEMBERS 131072
#define LOCAL_HEADER 30 /* bytes before a member's name */

typedef struct member {
    char *name;
    uint64_t size;
} member;

struct graft_archive {
    char *path;
    graft_mapping mapping;
    zip_t *zip;
    member *members;
    size_t count;
    graft_strmap *names;
};

bool graft_archive_is_bomb(uint64_t file_bytes, uint64_t unpacked_bytes) {
    return unpacked_bytes > GRAFT_ARCHIVE_FREE_BYTES && unpacked_bytes / GRAFT_ARCHIVE_MAX_RATIO > file_bytes;
}

const char *graft_archive_first_name(const unsigned char *head, size_t length, size_t *name_length) {
    if (length < LOCAL_HEADER || memcmp(head, "PK\3\4", 4) != 0) return NULL;
    *name_length = head[26] + ((size_t)head[27] << 8);
    return *name_length <= length - LOCAL_HEADER ? (const char *)head + LOCAL_HEADER : NULL;
}

static graft_status open_zip(graft_archive *archive) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(archive->mapping.data, archive->mapping.length, 0, &error);
    archive->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    graft_status status = GRAFT_OK;
    if (!archive->zip) {
        status = graft_fail(GRAFT_E_DATA, "%s: no whole zip archive: %s (truncated? copy or download it again)",
                            archive->path, zip_error_strerror(&error));
        if (source) zip_source_free(source);
    }
    zip_error_fini(&error);
    return status;
}

static graft_status check_member(const graft_archive *archive, const zip_stat_t *info) {
    const zip_uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((info->valid & wanted) != wanted) {
        return graft_fail(GRAFT_E_DATA, "%s: damaged table of members (copy or download it again)", archive->path);
    }
    size_t other = 0;
    if (graft_strmap_get(archive->names, info->name, &other)) {
        return graft_fail(GRAFT_E_DATA, "%s: two members called %s, expected unique names", archive->path, info->name);
    }
    bool locked = (info->valid & ZIP_STAT_ENCRYPTION_METHOD) && info->encryption_method != ZIP_EM_NONE;
    if (locked || (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE)) {
        return graft_fail(GRAFT_E_DATA, "%s: %s is %s %d, expected members stored or deflated (pack it anew)",
                          archive->path, info->name, locked ? "encrypted by method" : "packed by method",
                          locked ? info->encryption_method : info->comp_method);
    }
    if (info->comp_method == ZIP_CM_STORE && info->size != info->comp_size) {
        return graft_fail(GRAFT_E_DATA, "%s: %s is stored, but its two sizes differ (damaged)", archive->path,
                          info->name);
    }
    return GRAFT_OK;
}

static graft_status list_members(graft_archive *archive) {
    uint64_t unpacked = 0, packed = 0, length = archive->mapping.length;
    zip_int64_t count = zip_get_num_entries(archive->zip, 0);
    if (count < 0 || count > MAX_MEMBERS) {
        return graft_fail(GRAFT_E_DATA, "%s: %lld members, expected at most %d", archive->path, (long long)count,
                          MAX_MEMBERS);
    }
    archive->members = graft_allocate_zero((size_t)count, sizeof *archive->members);
    if (!archive->members) return graft_fail_memory("an archive's members");
    for (zip_int64_t i = 0; i < count; i++) {
        zip_stat_t info;
        zip_stat_init(&info);
        if (zip_stat_index(archive->zip, (zip_uint64_t)i, 0, &info) != 0) info.valid = 0;
        GRAFT_TRY(check_member(archive, &info));
        if (info.comp_size > length - packed) {
            return graft_fail(GRAFT_E_DATA, "%s: its members overlap (a zip bomb?)", archive->path);
        }
        packed += info.comp_size;
        if (info.size > UINT64_MAX - unpacked || graft_archive_is_bomb(length, unpacked + info.size)) {
            return graft_fail(GRAFT_E_DATA, "%s: unpacks to more than %d times its own %llu bytes (a zip bomb?)",
                              archive->path, GRAFT_ARCHIVE_MAX_RATIO, (unsigned long long)length);
        }
        unpacked += info.size;
        archive->members[i] = (member){graft_text_copy(info.name), info.size};
        if (!archive->members[i].name) return graft_fail_memory("an archive's members");
        archive->count++;
        GRAFT_TRY(graft_strmap_set(archive->names, info.name, (size_t)i));
    }
    return GRAFT_OK;
}

graft_status graft_archive_open(const char *path, graft_archive **out) {
    *out = NULL;
    graft_archive *archive = graft_allocate_zero(1, sizeof *archive);
    if (!archive) return graft_fail_memory("an archive");
    archive->path = graft_text_copy(path);
    graft_status status = archive->path ? graft_strmap_new(&archive->names) : graft_fail_memory("an archive");
    if (status == GRAFT_OK) status = graft_file_map(path, &archive->mapping);
    if (status == GRAFT_OK) status = open_zip(archive);
    if (status == GRAFT_OK) status = list_members(archive);
    if (status != GRAFT_OK) {
        graft_archive_close(archive);
        return status;
    }
    *out = archive;
    return GRAFT_OK;
}

void graft_archive_close(graft_archive *archive) {
    if (!archive) return;
    if (archive->zip) zip_discard(archive->zip);
    graft_file_unmap(&archive->mapping);
    for (size_t i = 0; i < archive->count; i++)
        graft_release(archive->members[i].name);
    graft_release(archive->members);
    graft_strmap_free(archive->names);
    graft_release(archive->path);
    graft_release(archive);
}

uint64_t graft_archive_file_bytes(const graft_archive *archive) {
    return archive->mapping.length;
}

size_t graft_archive_count(const graft_archive *archive) {
    return archive->count;
}

const char *graft_archive_name(const graft_archive *archive, size_t index) {
    return archive->members[index].name;
}

uint64_t graft_archive_size(const graft_archive *archive, size_t index) {
    return archive->members[index].size;
}

bool graft_archive_find(const graft_archive *archive, const char *name, size_t *index) {
    return graft_strmap_get(archive->names, name, index);
}

graft_status graft_archive_read(graft_archive *archive, size_t index, void *out, size_t length) {
    const member *wanted = &archive->members[index];
    char *to = out, end = 0;
    zip_file_t *file = zip_fopen_index(archive->zip, index, 0);
    bool good = file != NULL;
    for (size_t done = 0; good && done < length;) {
        zip_int64_t got = zip_fread(file, to + done, length - done);
        good = got > 0;
        if (good) done += (size_t)got;
    }
    /* At the end libzip compares the checksum. */
    if (good && length == wanted->size) good = zip_fread(file, &end, 1) == 0;
    graft_status status = GRAFT_OK;
    if (!good) {
        status = graft_fail(GRAFT_E_DATA, "%s: %s: damaged: %s (copy or download it again)", archive->path,
                            wanted->name, file ? zip_file_strerror(file) : zip_strerror(archive->zip));
    }
    if (file) zip_fclose(file);
    return status;
}

graft_status graft_archive_take(graft_archive *archive, size_t index, uint64_t limit, char **out, size_t *length) {
    const member *wanted = &archive->members[index];
    *out = NULL;
    if (wanted->size > limit) {
        return graft_fail(GRAFT_E_DATA, "%s: %s has %llu bytes, expected at most %llu", archive->path, wanted->name,
                          (unsigned long long)wanted->size, (unsigned long long)limit);
    }
    *length = (size_t)wanted->size;
    char *bytes = graft_allocate(*length + 1, 1);
    if (!bytes) return graft_fail_memory("an archive's member");
    graft_status status = graft_archive_read(archive, index, bytes, *length);
    if (status != GRAFT_OK) {
        graft_release(bytes);
        return status;
    }
    bytes[*length] = '\0';
    *out = bytes;
    return GRAFT_OK;
}
