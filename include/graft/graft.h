/* graft/graft.h: transfer learning in C. Includes every public header. */
#ifndef GRAFT_GRAFT_H
#define GRAFT_GRAFT_H
#include <graft/advise.h>
#include <graft/augment.h>
#include <graft/autoencoder.h>
#include <graft/base.h>
#include <graft/bench.h>
#include <graft/compare.h>
#include <graft/convert.h>
#include <graft/crossval.h>
#include <graft/data.h>
#include <graft/embed.h>
#include <graft/explain.h>
#include <graft/inspect.h>
#include <graft/model.h>
#include <graft/models.h>
#include <graft/option.h>
#include <graft/precision.h>
#include <graft/preprocess.h>
#include <graft/pretrain.h>
#include <graft/rank.h>
#include <graft/registry.h>
#include <graft/report.h>
#include <graft/series.h>
#include <graft/train.h>
#include <graft/tune.h>
#endif
