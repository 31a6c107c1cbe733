/* Object headers: a row of messages, continued elsewhere. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/h5-check.h"

#include <string.h>

enum {
    MESSAGE_SPACE = 1,
    MESSAGE_LINKS = 2,
    MESSAGE_TYPE = 3,
    MESSAGE_OLD_FILL = 4,
    MESSAGE_FILL = 5,
    MESSAGE_LINK = 6,
    MESSAGE_EXTERNAL = 7,
    MESSAGE_LAYOUT = 8,
    MESSAGE_GROUP_INFO = 10,
    MESSAGE_FILTERS = 11,
    MESSAGE_ATTRIBUTE = 12,
    MESSAGE_SHARED_TABLE = 15,
    MESSAGE_CONTINUED = 16,
    MESSAGE_GROUP = 17,
    MESSAGE_ATTRIBUTES = 21,
    MESSAGE_KINDS,
};
enum { LAYOUT_COMPACT, LAYOUT_CONTIGUOUS, LAYOUT_CHUNKED };
enum { FILTER_DEFLATE = 1, FILTER_SHUFFLE, FILTER_FLETCHER32 };

#define MESSAGE_HEAD 8
#define SHARED 2      /* a message's flag: its content stands elsewhere */
#define MAX_PARTS 256 /* of one header */
#define ELEMENT_TEXT 16

typedef struct h5_message {
    unsigned type;
    const unsigned char *bytes; /* NULL: the object has none of this type */
    size_t length;
    uint64_t address;
} h5_message;

/* What the messages of one object say together. */
typedef struct h5_object {
    h5_message first[MESSAGE_KINDS]; /* of each type */
    struct {
        uint64_t address, length;
    } part[MAX_PARTS]; /* where messages stand */
    size_t part_count;
    unsigned count; /* of messages */
} h5_object;

static graft_status bad(const h5_walk *walk, const h5_message *message, const char *what) {
    return graft_h5_damaged(walk, message->address, what);
}

/* ---- attributes ---- */

static size_t padded(size_t length, bool pad) {
    return pad ? (length + 7) / 8 * 8 : length;
}

static graft_status check_attribute(h5_walk *walk, const h5_message *in) {
    if (in->length < 8) return bad(walk, in, "an attribute");
    unsigned version = in->bytes[0];
    size_t head = version == 3 ? 9 : 8, name = graft_h5_u16(in->bytes + 2), left = in->length;
    size_t type_room = graft_h5_u16(in->bytes + 4), space_room = graft_h5_u16(in->bytes + 6);
    if (version < 1 || version > 3 || (version > 1 && in->bytes[1] != 0) || left < head)
        return bad(walk, in, "an attribute's version");
    const unsigned char *at = in->bytes + head;
    size_t needed =
        head + padded(name, version == 1) + padded(type_room, version == 1) + padded(space_room, version == 1);
    if (needed > left || name == 0 || at[name - 1] != '\0') return bad(walk, in, "an attribute's name");
    h5_type type;
    h5_space space;
    at += padded(name, version == 1);
    if (!graft_h5_parse_type(at, type_room, &type)) return bad(walk, in, "an attribute's type");
    at += padded(type_room, version == 1);
    if (!graft_h5_parse_space(at, space_room, &space)) return bad(walk, in, "an attribute's size");
    at += padded(space_room, version == 1);
    left -= needed;
    if (space.count > left / type.size) return bad(walk, in, "an attribute's bytes");
    for (uint64_t i = 0; type.text && i < space.count; i++)
        GRAFT_TRY(graft_h5_check_text(walk, at + i * ELEMENT_TEXT));
    return GRAFT_OK;
}

/* ---- links of newer groups ---- */

static graft_status check_link(h5_walk *walk, const h5_message *in) {
    size_t at = 2;
    if (in->length < 4 || in->bytes[0] != 1) return bad(walk, in, "a link");
    unsigned flags = in->bytes[1], kind = flags & 8 ? in->bytes[at++] : 0;
    at += (flags & 4 ? 8u : 0u) + (flags & 16 ? 1u : 0u);
    size_t width = (size_t)1 << (flags & 3);
    if (width > 4 || in->length < at + width) return bad(walk, in, "a link's name");
    uint64_t name = 0;
    memcpy(&name, in->bytes + at, width);
    at += width;
    if (name == 0 || name > in->length - at) return bad(walk, in, "a link's name");
    at += (size_t)name;
    size_t left = in->length - at;
    if (kind == 0) return left < 8 ? bad(walk, in, "a link") : graft_h5_visit(walk, graft_h5_u64(in->bytes + at));
    if (left < 2 || graft_h5_u16(in->bytes + at) == 0 || graft_h5_u16(in->bytes + at) > left - 2)
        return bad(walk, in, "a link's target");
    return GRAFT_OK;
}

/* ---- datasets ---- */

static graft_status check_fill(const h5_walk *walk, const h5_message *in) {
    bool old = in->type == MESSAGE_OLD_FILL;
    size_t at = old ? 0 : in->length >= 2 && in->bytes[0] == 3 ? 2 : 4;
    if (in->length < at + (old ? 4u : 0u)) return bad(walk, in, "a fill value");
    if (!old && (in->bytes[0] < 1 || in->bytes[0] > 3)) return bad(walk, in, "a fill value's version");
    bool present = old || in->bytes[0] == 1 || (in->bytes[0] == 2 ? in->bytes[3] != 0 : (in->bytes[1] & 32) != 0);
    if (!present) return GRAFT_OK;
    if (in->length - at < 4) return bad(walk, in, "a fill value");
    uint32_t size = graft_h5_u32(in->bytes + at);
    return size == UINT32_MAX || size <= in->length - at - 4 ? GRAFT_OK : bad(walk, in, "a fill value");
}

/* Which filters pack the chunks; others than these three in h5py's order are left to h5.c to refuse. */
static graft_status check_filters(const h5_walk *walk, const h5_message *in, h5_chunking *out, bool *known) {
    *known = true;
    if (!in->bytes) return GRAFT_OK;
    size_t count = in->length >= 8 ? in->bytes[1] : 0, at = in->bytes[0] == 1 ? 8 : 2, last = 0;
    if (count == 0 || in->bytes[0] < 1 || in->bytes[0] > 2 || count > 32) return bad(walk, in, "filters");
    for (size_t i = 0; i < count; i++) {
        if (in->length < at + 6) return bad(walk, in, "filters");
        size_t id = graft_h5_u16(in->bytes + at);
        bool named = in->bytes[0] == 1 || id >= 256;
        size_t name = named ? graft_h5_u16(in->bytes + at + 2) : 0, counts = at + (named ? 6 : 4);
        if (in->length < counts + 2) return bad(walk, in, "filters");
        size_t values = graft_h5_u16(in->bytes + counts);
        at = counts + 2 + padded(name, in->bytes[0] == 1) + values * 4 + (in->bytes[0] == 1 && values % 2 ? 4 : 0);
        if (at > in->length) return bad(walk, in, "filters");
        size_t order = id == FILTER_SHUFFLE ? 1 : id == FILTER_DEFLATE ? 2 : id == FILTER_FLETCHER32 ? 3 : 0;
        *known = *known && order > last;
        last = order;
        out->deflate = out->deflate || id == FILTER_DEFLATE;
        out->checked = out->checked || id == FILTER_FLETCHER32;
    }
    return GRAFT_OK;
}

static graft_status check_chunked(h5_walk *walk, const h5_object *object, const h5_type *type, const h5_space *space) {
    const h5_message *in = &object->first[MESSAGE_LAYOUT];
    h5_chunking chunking = {.rank = space->rank, .bytes = 1};
    bool known = true;
    size_t dims = in->bytes[2];
    if (dims != space->rank + 1u || in->length < 11 + 4 * dims) return bad(walk, in, "a chunked layout");
    for (size_t i = 0; i < dims; i++) {
        uint32_t size = graft_h5_u32(in->bytes + 11 + 4 * i);
        if (size == 0 || chunking.bytes > UINT32_MAX / size) return bad(walk, in, "a chunk's size");
        chunking.bytes *= size;
        if (i + 1 == dims && size != type->size) return bad(walk, in, "a chunk's element");
    }
    uint64_t tree = graft_h5_u64(in->bytes + 3);
    GRAFT_TRY(check_filters(walk, &object->first[MESSAGE_FILTERS], &chunking, &known));
    return tree == H5_UNDEFINED || !known ? GRAFT_OK : graft_h5_check_chunks(walk, tree, &chunking);
}

/* Version 4 indexes chunks in structures with checksums of their own; whether packed chunks unpack to their size is
 * thus not looked at here, and they are refused. Virtual datasets are left to h5.c to refuse. */
static graft_status check_new_layout(const h5_walk *walk, const h5_object *object) {
    if (!object->first[MESSAGE_FILTERS].bytes) return GRAFT_OK;
    return graft_fail(
        GRAFT_E_DATA,
        "%s: packed chunks in the layout of libver=\"latest\" at byte %llu (unpack them with h5repack -f NONE)",
        walk->path, (unsigned long long)object->first[MESSAGE_LAYOUT].address);
}

static graft_status check_layout(h5_walk *walk, const h5_object *object) {
    const h5_message *in = &object->first[MESSAGE_LAYOUT];
    const h5_message *type_in = &object->first[MESSAGE_TYPE], *space_in = &object->first[MESSAGE_SPACE];
    h5_type type;
    h5_space space;
    if (!type_in->bytes || !space_in->bytes || in->length < 4)
        return bad(walk, in, "a dataset without type, size or place");
    if (!graft_h5_parse_type(type_in->bytes, type_in->length, &type)) {
        return graft_fail(GRAFT_E_DATA,
                          "%s: the type of the dataset at byte %llu is damaged or not of numbers or texts", walk->path,
                          (unsigned long long)type_in->address);
    }
    if (!graft_h5_parse_space(space_in->bytes, space_in->length, &space))
        return bad(walk, space_in, "a dataset's size");
    if (in->bytes[0] == 4) return check_new_layout(walk, object);
    if (in->bytes[0] != 3) return bad(walk, in, "a data layout of an old version (rewrite the file with h5repack)");
    switch (in->bytes[1]) {
    case LAYOUT_COMPACT:
        return graft_h5_u16(in->bytes + 2) <= in->length - 4 ? GRAFT_OK : bad(walk, in, "a compact dataset");
    case LAYOUT_CONTIGUOUS: {
        if (in->length < 18) return bad(walk, in, "a contiguous dataset");
        uint64_t address = graft_h5_u64(in->bytes + 2);
        bool inside = address == H5_UNDEFINED || graft_h5_bytes(walk, address, graft_h5_u64(in->bytes + 10));
        return inside ? GRAFT_OK : bad(walk, in, "a dataset beyond the file's end");
    }
    case LAYOUT_CHUNKED:
        return check_chunked(walk, object, &type, &space);
    default:
        return bad(walk, in, "a dataset's layout");
    }
}

/* ---- headers ---- */

static graft_status continue_at(h5_walk *walk, const h5_message *in, h5_object *object) {
    if (in->length < 16 || object->part_count == MAX_PARTS) return bad(walk, in, "a header's continuation");
    uint64_t address = graft_h5_u64(in->bytes), length = graft_h5_u64(in->bytes + 8);
    for (size_t i = 0; i < object->part_count; i++) {
        if (object->part[i].address == address) return bad(walk, in, "a header's continuation");
    }
    if (length < MESSAGE_HEAD || !graft_h5_bytes(walk, address, length))
        return bad(walk, in, "a header beyond the file's end");
    object->part[object->part_count].address = address;
    object->part[object->part_count++].length = length;
    return GRAFT_OK;
}

/* The least a message must hold for HDF5 to decode it within its bounds. */
static size_t least_length(const h5_message *in) {
    unsigned flags = in->length >= 2 ? in->bytes[1] : 0;
    switch (in->type) {
    case MESSAGE_LINKS:
        return 18u + (flags & 1 ? 8 : 0) + (flags & 2 ? 8 : 0);
    case MESSAGE_GROUP_INFO:
        return 2u + (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0);
    case MESSAGE_ATTRIBUTES:
        return 18u + (flags & 1 ? 2 : 0) + (flags & 2 ? 8 : 0);
    case MESSAGE_GROUP:
        return 16;
    default:
        return 0;
    }
}

static graft_status check_message(h5_walk *walk, const h5_message *in, unsigned flags, h5_object *object) {
    GRAFT_TRY(graft_h5_step(walk, in->address));
    object->count++;
    if (in->type >= MESSAGE_KINDS) return GRAFT_OK;
    if (flags & SHARED || in->type == MESSAGE_SHARED_TABLE)
        return bad(walk, in, "a shared message, which Keras' files do not have");
    if (in->type == MESSAGE_EXTERNAL) {
        return graft_fail(GRAFT_E_DATA,
                          "%s: the bytes of a dataset lie in another file, which graft does not follow: expected all "
                          "tensors in one file",
                          walk->path);
    }
    if (in->length < least_length(in)) return bad(walk, in, "a message that is too short");
    bool single = in->type == MESSAGE_SPACE || in->type == MESSAGE_TYPE || in->type == MESSAGE_LAYOUT ||
                  in->type == MESSAGE_FILTERS || in->type == MESSAGE_GROUP;
    if (single && object->first[in->type].bytes) return bad(walk, in, "a second message of one kind");
    if (!object->first[in->type].bytes) object->first[in->type] = *in;
    switch (in->type) {
    case MESSAGE_ATTRIBUTE:
        return check_attribute(walk, in);
    case MESSAGE_LINK:
        return check_link(walk, in);
    case MESSAGE_OLD_FILL:
    case MESSAGE_FILL:
        return check_fill(walk, in);
    case MESSAGE_CONTINUED:
        return continue_at(walk, in, object);
    case MESSAGE_GROUP:
        return graft_h5_check_group(walk, graft_h5_u64(in->bytes), graft_h5_u64(in->bytes + 8));
    default:
        return GRAFT_OK;
    }
}

/* How messages stand in a row: version 1 aligns them to 8 bytes, version 2 packs them and ends with a checksum. */
typedef struct h5_row {
    bool packed;
    size_t head; /* bytes before each message's content */
} h5_row;

static graft_status check_part(h5_walk *walk, uint64_t address, uint64_t length, const h5_row *row, h5_object *object) {
    const unsigned char *part = walk->data + address;
    for (uint64_t at = 0; length - at >= row->head;) {
        const unsigned char *head = part + at;
        h5_message message = {.type = row->packed ? head[0] : graft_h5_u16(head),
                              .length = graft_h5_u16(head + (row->packed ? 1 : 2)),
                              .bytes = head + row->head,
                              .address = address + at};
        bool aligned = row->packed || message.length % 8 == 0;
        if (message.length > length - at - row->head || !aligned) return bad(walk, &message, "a message's length");
        GRAFT_TRY(check_message(walk, &message, head[row->packed ? 3 : 4], object));
        at += row->head + message.length;
    }
    return GRAFT_OK;
}

/* The last four of these bytes are the others' checksum. HDF5 looks at it too, but leaks what it had read so far. */
static graft_status check_sum(const h5_walk *walk, uint64_t address, uint64_t length) {
    const unsigned char *bytes = graft_h5_bytes(walk, address, length);
    if (!bytes) return graft_h5_damaged(walk, address, "a header beyond the file's end");
    bool right = graft_h5_checksum(bytes, (size_t)length - 4) == graft_h5_u32(bytes + length - 4);
    return right ? GRAFT_OK : graft_h5_damaged(walk, address, "an object header's checksum");
}

static graft_status check_parts(h5_walk *walk, const h5_row *row, h5_object *object) {
    for (size_t i = 0; i < object->part_count; i++) {
        uint64_t address = object->part[i].address, length = object->part[i].length;
        if (row->packed && i > 0) { /* "OCHK" before, the checksum behind */
            if (length < 8 || memcmp(walk->data + address, "OCHK", 4) != 0) {
                return graft_h5_damaged(walk, address, "no continued header");
            }
            GRAFT_TRY(check_sum(walk, address, length));
            address += 4;
            length -= 8;
        }
        GRAFT_TRY(check_part(walk, address, length, row, object));
    }
    if (object->first[MESSAGE_LAYOUT].bytes) return check_layout(walk, object);
    bool group = object->first[MESSAGE_GROUP].bytes || object->first[MESSAGE_LINKS].bytes;
    return group ? GRAFT_OK : graft_h5_damaged(walk, object->part[0].address, "neither a group nor a dataset");
}

static graft_status check_packed(h5_walk *walk, uint64_t address) {
    const unsigned char *head = graft_h5_bytes(walk, address, 6 + 16 + 4 + 8);
    if (!head || head[4] != 2) return graft_h5_damaged(walk, address, "no object header");
    unsigned flags = head[5];
    size_t at = 6 + (flags & 32 ? 16u : 0u) + (flags & 16 ? 4u : 0u), width = (size_t)1 << (flags & 3);
    h5_object object = {.part_count = 1};
    memcpy(&object.part[0].length, head + at, width);
    object.part[0].address = address + at + width;
    if (object.part[0].length > walk->length) return graft_h5_damaged(walk, address, "a header beyond the file's end");
    GRAFT_TRY(check_sum(walk, address, at + width + object.part[0].length + 4));
    return check_parts(walk, &(h5_row){.packed = true, .head = flags & 4 ? 6 : 4}, &object);
}

graft_status graft_h5_check_object(h5_walk *walk, uint64_t address) {
    const unsigned char *head = graft_h5_bytes(walk, address, 16);
    if (head && memcmp(head, "OHDR", 4) == 0) return check_packed(walk, address);
    if (!head || head[0] != 1) return graft_h5_damaged(walk, address, "no object header");
    h5_object object = {.part_count = 1};
    object.part[0].address = address + 16;
    object.part[0].length = graft_h5_u32(head + 8);
    if (!graft_h5_bytes(walk, address + 16, object.part[0].length)) {
        return graft_h5_damaged(walk, address, "a header beyond the file's end");
    }
    GRAFT_TRY(check_parts(walk, &(h5_row){.packed = false, .head = MESSAGE_HEAD}, &object));
    bool complete = object.count == graft_h5_u16(head + 2);
    return complete ? GRAFT_OK : graft_h5_damaged(walk, address, "a header's number of messages");
}
