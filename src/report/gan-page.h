/* What a run of graft_gan_train leaves for people. */
#ifndef GRAFT_SRC_REPORT_GAN_PAGE_H
#define GRAFT_SRC_REPORT_GAN_PAGE_H

#include <graft/gan.h>

GRAFT_MUST_CHECK graft_status graft_gan_history_csv(const graft_gan_result *result, char **out);
/* FOLDER/report.html; sheets are FOLDER/samples/epoch-NNNN.png. */
GRAFT_MUST_CHECK graft_status graft_gan_page(const graft_gan_result *result, const char *folder);

#endif
