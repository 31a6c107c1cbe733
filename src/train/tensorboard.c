#include "train/tensorboard.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct graft_event_file {
    FILE *file;
    char *path;
};

uint32_t graft_masked_crc32c(const void *bytes, size_t length) {
    const unsigned char *in = bytes;
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < length; i++) {
        crc ^= in[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0x82f63b78u & (0u - (crc & 1u)));
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static void add_little_endian(graft_buffer *out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)(value >> (8 * i));
        graft_buffer_add(out, &byte, 1);
    }
}

static void add_varint(graft_buffer *out, uint64_t value) {
    do {
        unsigned char byte = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        graft_buffer_add(out, &byte, 1);
        value >>= 7;
    } while (value);
}

/* Field numbers and wire types of the protocol: 0 varint, 1 64 bits, 2 length-delimited, 5 32 bits. */
static void add_key(graft_buffer *out, unsigned field, unsigned wire) {
    add_varint(out, field << 3 | wire);
}

static void add_message(graft_buffer *out, unsigned field, const char *bytes, size_t length) {
    add_key(out, field, 2);
    add_varint(out, length);
    graft_buffer_add(out, bytes, length);
}

static void add_double(graft_buffer *out, unsigned field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(out, field, 1);
    add_little_endian(out, bits, 8);
}

static graft_status write_record(graft_event_file *file, graft_buffer *event) {
    graft_buffer record;
    graft_buffer_init(&record, 0);
    add_little_endian(&record, event->length, 8);
    if (record.data) add_little_endian(&record, graft_masked_crc32c(record.data, 8), 4);
    graft_buffer_add(&record, event->data, event->length);
    add_little_endian(&record, graft_masked_crc32c(event->data, event->length), 4);
    graft_status status = graft_buffer_status(event);
    if (status == GRAFT_OK) status = graft_buffer_status(&record);
    if (status == GRAFT_OK &&
        (fwrite(record.data, 1, record.length, file->file) != record.length || fflush(file->file) != 0))
        status = graft_fail(GRAFT_E_DATA, "%s: cannot be written: %s", file->path, strerror(errno));
    graft_buffer_clear(&record);
    graft_buffer_clear(event);
    return status;
}

graft_status graft_event_file_open(const char *folder, double wall_time, graft_event_file **out) {
    *out = NULL;
    graft_event_file *file = graft_allocate_zero(1, sizeof *file);
    if (!file) return graft_fail_memory("an event file");
    file->path = graft_path_join(folder, "events.out.tfevents.graft");
    file->file = file->path ? fopen(file->path, "wbe") : NULL;
    if (!file->file) {
        graft_status status = file->path
                                  ? graft_fail(GRAFT_E_DATA, "%s: cannot be written: %s", file->path, strerror(errno))
                                  : graft_fail_memory("an event file's name");
        graft_release(file->path);
        graft_release(file);
        return status;
    }
    static const char version[] = "brain.Event:2";
    graft_buffer event;
    graft_buffer_init(&event, 0);
    add_double(&event, 1, wall_time);
    add_message(&event, 3, version, sizeof version - 1);
    graft_status status = write_record(file, &event);
    if (status != GRAFT_OK) {
        fclose(file->file);
        graft_release(file->path);
        graft_release(file);
        return status;
    }
    *out = file;
    return GRAFT_OK;
}

graft_status graft_event_file_scalar(graft_event_file *file, double wall_time, int64_t step, const char *tag,
                                     float value) {
    graft_buffer event, summary, entry;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    graft_buffer_init(&event, 0);
    graft_buffer_init(&summary, 0);
    graft_buffer_init(&entry, 0);
    add_message(&entry, 1, tag, strlen(tag));
    add_key(&entry, 2, 5);
    add_little_endian(&entry, bits, 4);
    if (graft_buffer_status(&entry) == GRAFT_OK) add_message(&summary, 1, entry.data, entry.length);
    add_double(&event, 1, wall_time);
    add_key(&event, 2, 0);
    add_varint(&event, (uint64_t)step);
    if (graft_buffer_status(&summary) == GRAFT_OK && summary.data) add_message(&event, 5, summary.data, summary.length);
    graft_status status = graft_buffer_status(&entry);
    if (status == GRAFT_OK) status = graft_buffer_status(&summary);
    graft_buffer_clear(&entry);
    graft_buffer_clear(&summary);
    if (status != GRAFT_OK) {
        graft_buffer_clear(&event);
        return status;
    }
    return write_record(file, &event);
}

graft_status graft_event_file_close(graft_event_file *file) {
    if (!file) return GRAFT_OK;
    graft_status status = GRAFT_OK;
    if (fclose(file->file) != 0)
        status = graft_fail(GRAFT_E_DATA, "%s: cannot be written: %s", file->path, strerror(errno));
    graft_release(file->path);
    graft_release(file);
    return status;
}
