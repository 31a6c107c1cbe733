/* The Frechet distance of a model that lies in a file. */
#include "transfer/gan-internal.h"

#include "base/error.h"
#include "transfer/model-internal.h"

graft_status graft_gan_fid(graft_context *context, const char *model, graft_dataset *data, const graft_backbone *base,
                           const graft_gan_fid_options *options, graft_gan_fid_result *out) {
    graft_gan_fid_options given = GRAFT_GAN_FID_OPTIONS_INIT;
    graft_gan_model opened;
    graft_gan_meter *meter = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof given, options, "GRAFT_GAN_FID_OPTIONS_INIT"));
    GRAFT_TRY(graft_gan_fid_check(&given));
    GRAFT_TRY(graft_gan_model_open(context, model, &opened));
    const bool average = opened.average && !given.last;
    graft_status status = graft_gan_meter_new(context, data, base, &opened.spec, &given, &meter);
    if (status == GRAFT_OK) status = graft_gan_meter_read(meter, average ? opened.average : opened.generator, out);
    graft_gan_meter_free(meter);
    graft_gan_model_clear(&opened);
    return status;
}
