#include "data/findings.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* The name changes with the record's meaning (decoder, hash, thumbnail). */
static const char file_name[] = "findings-2";
static const uint32_t byte_order = 0x01020304;

typedef struct header {
    char magic[12];
    uint32_t byte_order;
} header;

_Static_assert(sizeof(graft_finding) == 16 + 8 + GRAFT_LIKENESS_BYTES + 8 + 8 + 4 + GRAFT_FAULT_SIZE + 8,
               "a record has no padding, which the checksum would cover");
_Static_assert(sizeof(header) == 16, "records are aligned in the file");

enum {
    record_limit = 200000, /* 67 MB */
    share_of_cache = 8,    /* at most this part of the cache's limit */
};

struct graft_findings {
    graft_finding *record; /* valid ones; in the order of the file while saving, else sorted by content */
    size_t count;
};

static int compare_content(const void *a, const void *b) {
    return graft_hash_compare(((const graft_finding *)a)->content, ((const graft_finding *)b)->content);
}

static uint64_t checksum_of(const graft_finding *finding) {
    return graft_checksum(finding, offsetof(graft_finding, checksum));
}

static bool is_valid(const graft_finding *f) {
    return f->checksum == checksum_of(f) && f->fault[GRAFT_FAULT_SIZE - 1] == '\0' && f->type > GRAFT_IMAGE_UNKNOWN &&
           f->type <= GRAFT_IMAGE_WEBP && f->orientation >= 1 && f->orientation <= 8 && f->width >= 0 && f->height >= 0;
}

static char *findings_path(graft_context *context) {
    const char *folder = graft_context_cache_dir(context);
    return folder ? graft_path_join(folder, file_name) : NULL;
}

/* The valid records of a file, in its order. Anything else than memory that fails means that nothing is known. */
static graft_status read_records(const char *path, graft_findings *out) {
    char *bytes;
    size_t length;
    header head;
    *out = (graft_findings){0};
    if (graft_file_kind_of(path) != GRAFT_FILE_REGULAR) return GRAFT_OK;
    graft_status status = graft_file_read(path, sizeof(header) + record_limit * sizeof(graft_finding), &bytes, &length);
    if (status == GRAFT_E_MEMORY) return status;
    if (status != GRAFT_OK) return GRAFT_OK;
    if (length >= sizeof head) memcpy(&head, bytes, sizeof head);
    if (length < sizeof head || memcmp(head.magic, "graft found", sizeof head.magic) != 0 ||
        head.byte_order != byte_order) {
        graft_release(bytes);
        return GRAFT_OK;
    }
    size_t count = (length - sizeof head) / sizeof(graft_finding);
    out->record = graft_allocate(count, sizeof(graft_finding));
    if (!out->record) status = graft_fail_memory("what earlier checks found");
    for (size_t i = 0; out->record && i < count; i++) {
        graft_finding *into = &out->record[out->count];
        memcpy(into, bytes + sizeof head + i * sizeof *into, sizeof *into);
        if (is_valid(into)) out->count++;
    }
    graft_release(bytes);
    return status;
}

graft_status graft_findings_open(graft_context *context, graft_findings **out) {
    *out = graft_allocate_zero(1, sizeof **out);
    if (!*out) return graft_fail_memory("what earlier checks found");
    char *path = findings_path(context);
    graft_status status = path ? read_records(path, *out) : GRAFT_OK;
    graft_release(path);
    if (status != GRAFT_OK) {
        graft_findings_free(*out);
        *out = NULL;
        return status;
    }
    if ((*out)->count > 0) qsort((*out)->record, (*out)->count, sizeof *(*out)->record, compare_content);
    return GRAFT_OK;
}

void graft_findings_free(graft_findings *findings) {
    if (!findings) return;
    graft_release(findings->record);
    graft_release(findings);
}

const graft_finding *graft_findings_get(const graft_findings *findings, graft_hash content) {
    graft_finding key = {.content = content};
    if (findings->count == 0) return NULL;
    return bsearch(&key, findings->record, findings->count, sizeof *findings->record, compare_content);
}

static size_t remove_repeated(graft_finding *found, size_t count) {
    size_t kept = 0;
    qsort(found, count, sizeof *found, compare_content);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !graft_hash_equal(found[i].content, found[kept - 1].content)) found[kept++] = found[i];
    return kept;
}

/* Old records that are not found anew, the oldest dropped when there are too many; then the new ones. */
static graft_status write_records(graft_file_writer *writer, const graft_findings *old, graft_finding *found,
                                  size_t count, size_t limit) {
    const header head = {"graft found", byte_order};
    size_t kept_old = count < limit ? limit - count : 0;
    size_t first = old->count > kept_old ? old->count - kept_old : 0;
    GRAFT_TRY(graft_file_writer_write(writer, &head, sizeof head));
    for (size_t i = first; i < old->count; i++)
        if (!bsearch(&old->record[i], found, count, sizeof *found, compare_content))
            GRAFT_TRY(graft_file_writer_write(writer, &old->record[i], sizeof old->record[i]));
    for (size_t i = 0; i < count && i < limit; i++) {
        found[i].checksum = checksum_of(&found[i]);
        GRAFT_TRY(graft_file_writer_write(writer, &found[i], sizeof found[i]));
    }
    return GRAFT_OK;
}

static graft_status save(graft_context *context, const char *path, graft_finding *found, size_t count) {
    graft_findings old;
    graft_file_writer *writer = NULL;
    uint64_t share = graft_context_cache_limit(context) / share_of_cache / sizeof(graft_finding);
    size_t limit = share < record_limit ? (size_t)share : record_limit;
    GRAFT_TRY(read_records(path, &old));
    graft_status status = graft_file_writer_open(path, &writer);
    if (status == GRAFT_OK) status = write_records(writer, &old, found, remove_repeated(found, count), limit);
    if (status == GRAFT_OK)
        status = graft_file_writer_commit(&writer);
    else
        graft_file_writer_abort(writer);
    graft_release(old.record);
    return status;
}

void graft_findings_save(graft_context *context, graft_finding *found, size_t count) {
    char *path = count > 0 ? findings_path(context) : NULL;
    if (path && save(context, path, found, count) != GRAFT_OK)
        graft_log(context, GRAFT_LOG_WARNING, "what the check found is not remembered: %s", graft_error_text());
    graft_release(path);
}
