/* Scalars as a TensorBoard event file: TFRecord framing (length, masked CRC-32C, data, masked CRC-32C) around Event
 * protocol buffers. Sources: tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto. */
#ifndef GRAFT_SRC_TRAIN_TENSORBOARD_H
#define GRAFT_SRC_TRAIN_TENSORBOARD_H

#include <graft/base.h>

typedef struct graft_event_file graft_event_file;
/* Makes FOLDER/events.out.tfevents.graft. `wall_time`: seconds since 1970, of the first event. */
GRAFT_MUST_CHECK graft_status graft_event_file_open(const char *folder, double wall_time, graft_event_file **out);
GRAFT_MUST_CHECK graft_status graft_event_file_scalar(graft_event_file *file, double wall_time, int64_t step,
                                                      const char *tag, float value);
GRAFT_MUST_CHECK graft_status graft_event_file_close(graft_event_file *file); /* frees; NULL is fine */
/* CRC-32C (Castagnoli) as TFRecord masks it. */
uint32_t graft_masked_crc32c(const void *bytes, size_t length);

#endif
