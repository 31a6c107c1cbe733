#include "transfer/model-seal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char mark[] = "\"" GRAFT_SEAL_KEY "\":\"";
enum { DIGITS = sizeof(GRAFT_SEAL_BLANK) - 1 };

/* Where the digest's digits begin. Inside other values of the metadata a quote is written \", so the mark cannot
 * appear. */
static graft_status find_seal(const char *path, const graft_mapping *file, size_t *offset) {
    uint64_t header = 0;
    if (file->length >= sizeof(header)) memcpy(&header, file->data, sizeof(header));
    if (file->length >= sizeof(header) && header <= file->length - sizeof(header)) {
        const unsigned char *begin = file->data + sizeof(header);
        const unsigned char *at = memmem(begin, header, mark, sizeof(mark) - 1);
        if (at && (size_t)(begin + header - at) >= sizeof(mark) - 1 + DIGITS) {
            *offset = (size_t)(at - file->data) + sizeof(mark) - 1;
            return GRAFT_OK;
        }
    }
    return graft_fail(GRAFT_E_DATA, "%s: no SHA-256 in its header: the file is cut short or damaged", path);
}

static graft_status compute(const graft_mapping *file, size_t offset, char digest[GRAFT_DIGEST_TEXT]) {
    graft_digest *sha = NULL;
    GRAFT_TRY(graft_digest_new(GRAFT_DIGEST_SHA256, &sha));
    graft_status status = graft_digest_add(sha, file->data, offset);
    if (status == GRAFT_OK) status = graft_digest_add(sha, GRAFT_SEAL_BLANK, DIGITS);
    if (status == GRAFT_OK)
        status = graft_digest_add(sha, file->data + offset + DIGITS, file->length - offset - DIGITS);
    if (status == GRAFT_OK) status = graft_digest_text(sha, digest);
    graft_digest_free(sha);
    return status;
}

graft_status graft_seal_write(const char *path) {
    graft_mapping file;
    char digest[GRAFT_DIGEST_TEXT];
    size_t offset = 0;
    GRAFT_TRY(graft_file_map(path, &file));
    graft_status status = find_seal(path, &file, &offset);
    if (status == GRAFT_OK) status = compute(&file, offset, digest);
    graft_file_unmap(&file);
    GRAFT_TRY(status);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && pwrite(fd, digest, DIGITS, (off_t)offset) == DIGITS && fsync(fd) == 0;
    if (!written) status = graft_fail(GRAFT_E_DATA, "%s: cannot write: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    return status;
}

graft_status graft_seal_verify(const char *path) {
    graft_mapping file;
    char digest[GRAFT_DIGEST_TEXT];
    size_t offset = 0;
    GRAFT_TRY(graft_file_map(path, &file));
    graft_status status = find_seal(path, &file, &offset);
    if (status == GRAFT_OK) status = compute(&file, offset, digest);
    if (status == GRAFT_OK && memcmp(file.data + offset, digest, DIGITS) != 0)
        status = graft_fail(
            GRAFT_E_DATA,
            "%s: its SHA-256 is %.12s..., the file says %.12s...: it is damaged or was changed; take a good copy", path,
            digest, (const char *)file.data + offset);
    graft_file_unmap(&file);
    return status;
}
