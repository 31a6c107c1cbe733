/* Reading .npz: each member NAME.npy is the tensor NAME. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/archive.h"
#include "formats/container-internal.h"
#include "formats/npy-header.h"
#include "formats/npy.h"

#include <string.h>

#define HEAD_BYTES ((uint64_t)1 << 17) /* holds any header that is read */
static const char suffix[] = ".npy";

static bool is_array(const char *name, size_t length) {
    size_t end = strlen(suffix);
    return length > end && memcmp(name + length - end, suffix, end) == 0;
}

bool graft_npz_probe(const unsigned char *head, size_t length) {
    size_t name_length = 0;
    const char *name = graft_archive_first_name(head, length, &name_length);
    return name && is_array(name, name_length);
}

/* The archive's path and the member's name, for errors. */
static char *place_of(const graft_container *container, size_t index) {
    return graft_text_format("%s: %s", container->path, graft_archive_name(container->state, index));
}

static graft_status add_member(graft_container *container, size_t index) {
    graft_archive *archive = container->state;
    const char *name = graft_archive_name(archive, index);
    uint64_t size = graft_archive_size(archive, index), bytes = 0;
    size_t length = (size_t)(size < HEAD_BYTES ? size : HEAD_BYTES), begin = 0;
    if (!is_array(name, strlen(name))) {
        return graft_fail(GRAFT_E_DATA, "%s: %s: not a .npy member, expected arrays alone", container->path, name);
    }
    graft_npy_header header;
    unsigned char *head = graft_allocate(length, 1);
    char *place = place_of(container, index), *tensor = graft_text_copy_n(name, strlen(name) - strlen(suffix));
    graft_status status = head && place && tensor ? GRAFT_OK : graft_fail_memory("an archive's member");
    if (status == GRAFT_OK) status = graft_archive_read(archive, index, head, length);
    if (status == GRAFT_OK) status = graft_npy_header_parse(place, head, length, &header, &begin);
    if (status == GRAFT_OK) {
        status = graft_container_size(header.dtype, &header.shape, &bytes);
        if (status != GRAFT_OK) status = graft_fail_in(status, "%s", place);
    }
    if (status == GRAFT_OK && bytes != size - begin) {
        status = graft_fail(GRAFT_E_DATA, "%s: %llu bytes of data, expected %llu (damaged)", place,
                            (unsigned long long)(size - begin), (unsigned long long)bytes);
    }
    if (status == GRAFT_OK) {
        status = graft_container_add(
            container,
            &(graft_entry){
                .name = tensor, .group = "", .index = (int)index, .dtype = header.dtype, .shape = header.shape});
    }
    graft_release(head);
    graft_release(place);
    graft_release(tensor);
    return status;
}

graft_status graft_npz_open(graft_context *context, const char *path, graft_container *container) {
    (void)context;
    graft_archive *archive = NULL;
    GRAFT_TRY(graft_archive_open(path, &archive));
    container->state = archive;
    for (size_t i = 0; i < graft_archive_count(archive); i++)
        GRAFT_TRY(add_member(container, i));
    return GRAFT_OK;
}

graft_status graft_npz_read(graft_container *container, size_t index, graft_tensor **out) {
    char *place = place_of(container, index), *bytes = NULL;
    size_t length = 0;
    graft_status status = place ? GRAFT_OK : graft_fail_memory("an archive's member");
    if (status == GRAFT_OK) status = graft_archive_take(container->state, index, SIZE_MAX - 1, &bytes, &length);
    if (status == GRAFT_OK) status = graft_npy_parse(place, (const unsigned char *)bytes, length, out);
    graft_release(bytes);
    graft_release(place);
    return status;
}

void graft_npz_close(void *state) {
    graft_archive_close(state);
}
