/* Every registry of the library behind one door, for `graft list` and for documentation. */
#include <graft/registry.h>

#include "data/augment/op.h"
#include "data/series.h"
#include "data/source.h"
#include "export/export.h"
#include "formats/container.h"
#include "nn/op.h"
#include "stats/score.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include "train/regularizer.h"
#include "train/schedule.h"
#include "transfer/gan-internal.h"
#include "transfer/head.h"
#include "transfer/series-internal.h"
#include "zoo/arch.h"
#include "zoo/autoencoder.h"
#include "zoo/pretrained.h"
#include "zoo/registry.h"

#include <string.h>

/* A registry's look-up: every row starts its life in a .def file and has a name and one help line. */
#define LOOKUP(kind, type, at)                                        \
    static bool kind(size_t index, graft_registry_entry *out) {       \
        const type *row = at(index);                                  \
        if (row) *out = (graft_registry_entry){row->name, row->help}; \
        return row != NULL;                                           \
    }
LOOKUP(archs, graft_arch, graft_arch_at)
LOOKUP(augmentations, graft_augmentation, graft_augmentation_at)
LOOKUP(exporters, graft_exporter, graft_exporter_at)
LOOKUP(formats, graft_format, graft_format_at)
LOOKUP(gan_archs, graft_gan_arch, graft_gan_arch_at)
LOOKUP(heads, graft_head, graft_head_at)
LOOKUP(losses, graft_loss, graft_loss_at)
LOOKUP(ops, graft_op, graft_op_at)
LOOKUP(optimizers, graft_optimizer, graft_optimizer_at)
LOOKUP(regularizers, graft_regularizer, graft_regularizer_at)
LOOKUP(schedules, graft_schedule, graft_schedule_at)
LOOKUP(scores, graft_score, graft_score_at)
LOOKUP(series_archs, graft_series_arch, graft_series_arch_at)
LOOKUP(series_formats, graft_series_format, graft_series_format_at)
LOOKUP(sources, graft_source_row, graft_source_at)
LOOKUP(weights, graft_pretrained, graft_pretrained_at)

static bool networks(size_t index, graft_registry_entry *out) {
    const graft_known_network *row = graft_zoo_known(index);
    if (row) *out = (graft_registry_entry){row->name, row->title};
    return row != NULL;
}

static bool autoencoders(size_t index, graft_registry_entry *out) {
    const graft_autoencoder_arch *row = graft_autoencoder_arch_at(index);
    if (row) *out = (graft_registry_entry){row->net.name, row->net.help};
    return row != NULL;
}

static bool kinds(size_t index, graft_registry_entry *out);

static const struct {
    graft_registry_entry entry;
    bool (*look_up)(size_t index, graft_registry_entry *out);
} registries[] = {
    {{"archs", "networks that can be built, for --arch"}, archs},
    {{"augmentations", "what training may do to pictures: words for --augment"}, augmentations},
    {{"autoencoders", "networks that are trained to give back what they see, for graft autoencoder --arch"},
     autoencoders},
    {{"exporters", "what networks can be written as, for graft convert"}, exporters},
    {{"formats", "files that networks are read from"}, formats},
    {{"gan-archs", "generators with their discriminators, for graft gan --arch"}, gan_archs},
    {{"heads", "classifiers on top of features"}, heads},
    {{"kinds", "what can be listed"}, kinds},
    {{"losses", "what training minimises"}, losses},
    {{"networks", "published networks that are recognised, with their preprocessing"}, networks},
    {{"ops", "operations a network is made of"}, ops},
    {{"optimizers", "how weights follow gradients"}, optimizers},
    {{"regularizers", "what fine-tuning adds to the loss, for --regularize"}, regularizers},
    {{"schedules", "how the learning rate goes"}, schedules},
    {{"scores", "how well a network's features suit data: the columns of graft rank"}, scores},
    {{"series-archs", "networks for time series, for graft series --arch"}, series_archs},
    {{"series-formats", "files that time series are read from"}, series_formats},
    {{"sources", "where labelled data comes from"}, sources},
    {{"weights", "published weights of networks, with their preprocessing and address"}, weights},
};

enum { REGISTRY_COUNT = sizeof registries / sizeof *registries };

static bool kinds(size_t index, graft_registry_entry *out) {
    if (index < REGISTRY_COUNT) *out = registries[index].entry;
    return index < REGISTRY_COUNT;
}

bool graft_registry_at(const char *kind, size_t index, graft_registry_entry *out) {
    for (size_t i = 0; i < REGISTRY_COUNT; i++)
        if (strcmp(registries[i].entry.name, kind) == 0) return registries[i].look_up(index, out);
    return false;
}
