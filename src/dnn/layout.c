#include "dnn/dnn-internal.h"
#include <stdio.h>
#include <string.h>

graft_status graft_dnn_desc(int rank, const int64_t *dims, dnnl_format_tag_t tag, dnnl_memory_desc_t *out) {
    dnnl_dims_t all = {0};
    memcpy(all, dims, (size_t)rank * sizeof *dims);
    return graft_dnn_check(dnnl_memory_desc_init_by_tag(out, rank, all, dnnl_f32, tag), "memory descriptor");
}

static graft_status wrap(const dnnl_memory_desc_t *desc, graft_dnn_layout **out) {
    graft_dnn_layout *layout = graft_allocate_zero(1, sizeof *layout);
    if (layout == NULL) return graft_fail_memory("a memory layout");
    layout->desc = *desc;
    *out = layout;
    return GRAFT_OK;
}

graft_status graft_dnn_layout_plain(const graft_dnn_shape *shape, graft_dnn_layout **out) {
    dnnl_memory_desc_t desc;
    GRAFT_TRY(graft_dnn_desc(4, shape->dim, dnnl_nchw, &desc));
    return wrap(&desc, out);
}

graft_status graft_dnn_layout_channels_last(const graft_dnn_shape *shape, graft_dnn_layout **out) {
    dnnl_memory_desc_t desc;
    GRAFT_TRY(graft_dnn_desc(4, shape->dim, dnnl_nhwc, &desc));
    return wrap(&desc, out);
}

/* Every layout that occurs: rows and columns are never blocked. */
graft_status graft_dnn_desc_like(const dnnl_memory_desc_t *desc, const int64_t dims[4], dnnl_memory_desc_t *out) {
    const dnnl_blocking_desc_t *blocking = &desc->format_desc.blocking;
    dnnl_format_tag_t tag = dnnl_nchw;
    if (blocking->inner_nblks == 1 && blocking->inner_idxs[0] == 1) {
        tag = blocking->inner_blks[0] == 16 ? dnnl_nChw16c : blocking->inner_blks[0] == 8 ? dnnl_nChw8c : dnnl_nChw4c;
    } else if (blocking->strides[1] == 1 && desc->dims[2] * desc->dims[3] > 1) {
        tag = dnnl_nhwc;
    }
    GRAFT_TRY(graft_dnn_desc(4, dims, tag, out));
    out->data_type = desc->data_type;
    return GRAFT_OK;
}

graft_status graft_dnn_layout_like(const graft_dnn_layout *layout, const graft_dnn_shape *shape,
                                   graft_dnn_layout **out) {
    dnnl_memory_desc_t desc;
    GRAFT_TRY(graft_dnn_desc_like(&layout->desc, shape->dim, &desc));
    GRAFT_TRY(wrap(&desc, out));
    (*out)->unit = layout->unit;
    (*out)->profile = shape->dim[1] == layout->desc.dims[1] ? layout->profile : NULL;
    return GRAFT_OK;
}

dnnl_data_type_t graft_dnn_type_of(const graft_dnn_unit *unit) {
    return unit->unit <= 0.0F ? dnnl_f32 : unit->is_signed ? dnnl_s8 : dnnl_u8;
}

graft_status graft_dnn_layout_quantized(const graft_dnn_layout *layout, const graft_dnn_unit *unit,
                                        graft_dnn_layout **out) {
    GRAFT_TRY(wrap(&layout->desc, out));
    (*out)->desc.data_type = graft_dnn_type_of(unit);
    (*out)->unit = unit->unit;
    (*out)->profile = unit->unit > 0.0F ? unit->profile : NULL;
    (*out)->mean = unit->unit > 0.0F ? unit->mean : NULL;
    return GRAFT_OK;
}

float graft_dnn_unit_of(const graft_dnn_layout *layout, int64_t channel) {
    const float unit = layout->unit > 0.0F ? layout->unit : 1.0F;
    return layout->profile == NULL ? unit : unit * layout->profile[channel];
}

static bool same_profile(const graft_dnn_layout *a, const graft_dnn_layout *b) {
    if (a->profile == b->profile) return true;
    if (a->profile == NULL || b->profile == NULL) return false;
    return memcmp(a->profile, b->profile, (size_t)a->desc.dims[1] * sizeof *a->profile) == 0;
}

float graft_dnn_layout_unit(const graft_dnn_layout *layout) {
    return layout->unit;
}

bool graft_dnn_layout_is_padded(const graft_dnn_layout *layout) {
    return layout->desc.padded_dims[1] != layout->desc.dims[1];
}

bool graft_dnn_layout_stacks(const graft_dnn_layout *layout) {
    const dnnl_memory_desc_t *desc = &layout->desc;
    const dnnl_dim_t *strides = desc->format_desc.blocking.strides;
    if (desc->format_kind != dnnl_blocked || desc->dims[0] != 1 || graft_dnn_layout_is_padded(layout)) return false;
    return desc->dims[2] * desc->dims[3] == 1 ||
           (strides[1] >= strides[2] * desc->dims[2] && strides[1] >= strides[3] * desc->dims[3]);
}

void graft_dnn_layout_free(graft_dnn_layout *layout) {
    graft_release(layout);
}

size_t graft_dnn_layout_bytes(const graft_dnn_layout *layout) {
    return dnnl_memory_desc_get_size(&layout->desc);
}

graft_dnn_shape graft_dnn_layout_shape(const graft_dnn_layout *layout) {
    graft_dnn_shape shape;
    memcpy(shape.dim, layout->desc.dims, sizeof shape.dim);
    return shape;
}

/* How one dimension walks through memory, innermost level first; levels of extent 1 left out, neighbours that
 * continue each other joined. */
typedef struct walk {
    int count;
    int64_t extent[DNNL_MAX_NDIMS + 1], stride[DNNL_MAX_NDIMS + 1];
} walk;

static void walk_add(walk *path, int64_t extent, int64_t stride) {
    if (extent == 1) return;
    if (path->count > 0 && path->extent[path->count - 1] * path->stride[path->count - 1] == stride) {
        path->extent[path->count - 1] *= extent;
        return;
    }
    path->extent[path->count] = extent;
    path->stride[path->count++] = stride;
}

static walk walk_of(const dnnl_memory_desc_t *desc, int dimension) {
    const dnnl_blocking_desc_t *blocking = &desc->format_desc.blocking;
    walk path = {0};
    int64_t inner_stride = 1, outer = desc->padded_dims[dimension];
    for (int i = blocking->inner_nblks - 1; i >= 0; i--) {
        if (blocking->inner_idxs[i] == dimension) {
            walk_add(&path, blocking->inner_blks[i], inner_stride);
            outer /= blocking->inner_blks[i];
        }
        inner_stride *= blocking->inner_blks[i];
    }
    walk_add(&path, outer, blocking->strides[dimension]);
    return path;
}

bool graft_dnn_layout_same(const graft_dnn_layout *a, const graft_dnn_layout *b) {
    if (a->desc.format_kind != dnnl_blocked || b->desc.format_kind != dnnl_blocked) return false;
    if (a->desc.data_type != b->desc.data_type || a->unit < b->unit || a->unit > b->unit) return false;
    for (int d = 0; d < 4; d++) {
        if (a->desc.dims[d] != b->desc.dims[d] || a->desc.padded_dims[d] != b->desc.padded_dims[d]) return false;
        walk x = walk_of(&a->desc, d), y = walk_of(&b->desc, d);
        if (x.count != y.count) return false;
        for (int i = 0; i < x.count; i++)
            if (x.extent[i] != y.extent[i] || x.stride[i] != y.stride[i]) return false;
    }
    return same_profile(a, b);
}

graft_status graft_dnn_layout_flattened(const graft_dnn_layout *layout, bool channels_last, graft_dnn_layout **out) {
    const graft_dnn_shape shape = graft_dnn_layout_shape(layout);
    const int64_t features = shape.dim[1] * shape.dim[2] * shape.dim[3];
    graft_dnn_layout in_order = {.unit = 0.0F};
    *out = NULL;
    GRAFT_TRY(graft_dnn_desc(4, shape.dim, channels_last ? dnnl_nhwc : dnnl_nchw, &in_order.desc));
    if (!graft_dnn_layout_same(layout, &in_order)) return GRAFT_OK;
    const graft_dnn_shape flat = {{shape.dim[0], features, 1, 1}};
    return graft_dnn_layout_plain(&flat, out);
}

const char *graft_dnn_layout_text(const graft_dnn_layout *layout, char out[GRAFT_DNN_LAYOUT_TEXT]) {
    static const char letters[] = "nchw", capitals[] = "NCHW";
    const dnnl_blocking_desc_t *blocking = &layout->desc.format_desc.blocking;
    if (layout->desc.format_kind != dnnl_blocked) {
        snprintf(out, GRAFT_DNN_LAYOUT_TEXT, "opaque");
        return out;
    }
    bool done[4] = {false}, blocked[4] = {false};
    for (int i = 0; i < blocking->inner_nblks; i++)
        blocked[blocking->inner_idxs[i]] = true;
    size_t length = 0;
    for (int place = 0; place < 4; place++) {
        int widest = -1;
        for (int d = 0; d < 4; d++)
            if (!done[d] && (widest < 0 || blocking->strides[d] > blocking->strides[widest])) widest = d;
        done[widest] = true;
        out[length++] = blocked[widest] ? capitals[widest] : letters[widest];
    }
    out[length] = '\0';
    for (int i = 0; i < blocking->inner_nblks && length + 16 < GRAFT_DNN_LAYOUT_TEXT; i++)
        length += (size_t)snprintf(out + length, GRAFT_DNN_LAYOUT_TEXT - length, "%d%c", (int)blocking->inner_blks[i],
                                   letters[blocking->inner_idxs[i]]);
    if (layout->unit > 0.0F)
        snprintf(out + length, GRAFT_DNN_LAYOUT_TEXT - length, ":%s", layout->desc.data_type == dnnl_s8 ? "s8" : "u8");
    return out;
}
