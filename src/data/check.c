/* Reads, hashes and decodes every file once; what was found for the same bytes before is remembered. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "data/file-type.h"

#include <stdio.h>
#include <string.h>

static const size_t file_limit = (size_t)256 << 20;

typedef struct check_job {
    graft_dataset *dataset;
    graft_decoder **decoder; /* one a worker, made when it is first needed */
    graft_findings *known;
    graft_phase *phase;
} check_job;

/* The thread's error text, without the path that the sample already names. */
static void keep_fault(graft_record *record) {
    const char *text = graft_error_text();
    size_t length = strlen(record->path);
    if (strncmp(text, record->path, length) == 0 && strncmp(text + length, ": ", 2) == 0) text += length + 2;
    snprintf(record->finding->fault, sizeof record->finding->fault, "%s", text);
}

static graft_status decode(check_job *job, int worker, const unsigned char *bytes, size_t length,
                           graft_record *record) {
    graft_image image;
    bool grey;
    graft_finding *finding = record->finding;
    if (!job->decoder[worker]) GRAFT_TRY(graft_decoder_new(&job->decoder[worker]));
    graft_status status = graft_decode(job->decoder[worker], bytes, length, 0, 0, &image);
    record->decoded = true;
    if (status == GRAFT_E_DATA) {
        keep_fault(record);
        return GRAFT_OK;
    }
    if (status != GRAFT_OK) return status;
    graft_likeness_of(&image, &finding->likeness, &grey);
    finding->grey = grey;
    GRAFT_TRY(graft_quality_of(&image, &finding->quality));
    finding->perceptual = graft_image_dhash(&image);
    finding->width = image.width;
    finding->height = image.height;
    finding->orientation = (uint8_t)image.orientation;
    return GRAFT_OK;
}

static graft_status check_bytes(check_job *job, int worker, const unsigned char *bytes, size_t length,
                                graft_record *record) {
    graft_hash content = graft_hash_bytes(bytes, length);
    graft_image_type type = graft_image_type_of(bytes, length);
    record->finding->content = content;
    if (type == GRAFT_IMAGE_UNKNOWN) {
        record->sample.type =
            graft_describe_bytes(bytes, length, record->finding->fault, sizeof record->finding->fault);
        return GRAFT_OK;
    }
    record->sample.type = record->bitmaps ? record->bitmaps->type : graft_image_type_name(type);
    const graft_finding *known = graft_findings_get(job->known, content);
    if (known && known->type == type) {
        *record->finding = *known;
        return GRAFT_OK;
    }
    record->finding->type = (uint8_t)type;
    return decode(job, worker, bytes, length, record);
}

static graft_status check_one(void *argument, int worker, size_t index) {
    check_job *job = argument;
    graft_record *record = &job->dataset->record[index];
    char *bytes = NULL;
    size_t length = 0;
    double began = graft_now();
    if (record->unopenable) return graft_phase_add(job->phase, 1, 0);
    graft_status status = graft_dataset_read(job->dataset, index, file_limit, &bytes, &length);
    double waited = graft_now() - began;
    if (status == GRAFT_E_DATA) {
        keep_fault(record);
        status = GRAFT_OK;
    } else if (status == GRAFT_OK) {
        status = check_bytes(job, worker, (const unsigned char *)bytes, length, record);
    }
    graft_release(bytes);
    if (status != GRAFT_OK) return status == GRAFT_E_MEMORY ? graft_fail_in(status, "%s", record->path) : status;
    return graft_phase_add(job->phase, 1, waited);
}

static graft_status forget(graft_dataset *dataset) {
    dataset->finding = graft_allocate(dataset->count, sizeof *dataset->finding);
    if (!dataset->finding) return graft_fail_memory("what the check finds");
    for (size_t i = 0; i < dataset->count; i++) {
        graft_record *record = &dataset->record[i];
        record->finding = &dataset->finding[i];
        *record->finding = (graft_finding){.orientation = 1};
        record->decoded = false;
        record->sample.duplicate_of = -1;
        record->sample.fault = record->unopenable;
    }
    return GRAFT_OK;
}

static graft_status publish(graft_dataset *dataset) {
    for (size_t i = 0; i < dataset->count; i++) {
        graft_record *record = &dataset->record[i];
        graft_sample *sample = &record->sample;
        const graft_finding *finding = record->finding;
        graft_release(record->fault);
        record->fault = NULL;
        if (!record->unopenable && finding->fault[0]) {
            record->fault = graft_text_copy(finding->fault);
            if (!record->fault) return graft_fail_memory("what is wrong with a picture");
            sample->fault = record->fault;
        }
        sample->width = finding->width;
        sample->height = finding->height;
        sample->orientation = finding->orientation;
        sample->content[0] = finding->content.high;
        sample->content[1] = finding->content.low;
        sample->perceptual = finding->perceptual;
        sample->sharpness = finding->quality.sharpness;
        sample->brightness = finding->quality.brightness;
    }
    return GRAFT_OK;
}

/* Also after a failure or a cancel: what was decoded so far need not be decoded again. */
static void remember(graft_dataset *dataset) {
    size_t count = 0;
    char text[1024];
    graft_finding *found = graft_allocate(dataset->count, sizeof *found);
    if (!found) return;
    snprintf(text, sizeof text, "%s", graft_error_text());
    for (size_t i = 0; i < dataset->count; i++) {
        const graft_finding *finding = dataset->record[i].finding;
        if (dataset->record[i].decoded && (finding->width > 0 || finding->fault[0])) found[count++] = *finding;
    }
    graft_findings_save(dataset->context, found, count);
    graft_release(found);
    graft_error_set_text(text);
}

static graft_status decode_all(graft_dataset *dataset) {
    size_t workers = (size_t)graft_context_threads(dataset->context);
    check_job job = {.dataset = dataset, .decoder = graft_allocate_zero(workers, sizeof(graft_decoder *))};
    if (!job.decoder) return graft_fail_memory("the decoders");
    graft_status status = graft_findings_open(dataset->context, &job.known);
    if (status == GRAFT_OK) status = graft_phase_begin(dataset->context, "check", dataset->count, &job.phase);
    if (status == GRAFT_OK) {
        status = graft_parallel_for(dataset->context, dataset->count, check_one, &job);
        remember(dataset);
        dataset->result.waiting_share = graft_phase_waiting_share(job.phase);
        graft_phase_end(job.phase);
    }
    for (size_t i = 0; i < workers; i++)
        graft_decoder_free(job.decoder[i]);
    graft_release(job.decoder);
    graft_findings_free(job.known);
    return status;
}

static bool is_mistyped(const graft_record *record) {
    graft_image_type promised;
    return record->finding->type != GRAFT_IMAGE_UNKNOWN && graft_extension_type(record->sample.name, &promised) &&
           promised != (graft_image_type)record->finding->type;
}

static void count_files(graft_dataset *dataset) {
    graft_check_result *result = &dataset->result;
    result->files = dataset->count;
    result->ignored = dataset->ignored;
    for (size_t i = 0; i < dataset->count; i++) {
        const graft_record *record = &dataset->record[i];
        const graft_sample *sample = &record->sample;
        if (record->decoded) result->decoded++;
        if (is_mistyped(record)) result->mistyped++;
        if (sample->fault) {
            result->quarantined++;
            continue;
        }
        result->sound++;
        if (sample->orientation != 1) result->rotated++;
        if (record->finding->grey) result->grey++;
        if (graft_record_counts(dataset, record)) result->per_split[sample->split]++;
    }
}

static void count_imbalance(graft_dataset *dataset) {
    size_t smallest = SIZE_MAX, largest = 0;
    for (size_t i = 0; i < dataset->class_count; i++) {
        size_t size = graft_dataset_class_size(dataset, i, GRAFT_SPLIT_TRAIN);
        if (size > 0 && size < smallest) smallest = size;
        if (size > largest) largest = size;
    }
    dataset->result.imbalance = largest > 0 ? (double)largest / (double)smallest : 0;
}

static void warn(const graft_dataset *dataset) {
    const graft_check_result *result = &dataset->result;
    size_t first = 0;
    while (first < dataset->count && !dataset->record[first].sample.fault)
        first++;
    if (result->quarantined > 0)
        graft_log(dataset->context, GRAFT_LOG_WARNING, "%zu of %zu files are in quarantine, the first: %s: %s",
                  result->quarantined, result->files, dataset->record[first].sample.path,
                  dataset->record[first].sample.fault);
    if (result->leaking > 0)
        graft_log(dataset->context, GRAFT_LOG_WARNING,
                  "%zu pictures of validation or test repeat one of train: accuracy will look better than it is",
                  result->leaking);
    if (result->conflicting > 0)
        graft_log(dataset->context, GRAFT_LOG_WARNING, "%zu pictures repeat one with another label",
                  result->conflicting);
}

static graft_status check(graft_dataset *dataset) {
    GRAFT_TRY(forget(dataset));
    GRAFT_TRY(decode_all(dataset));
    GRAFT_TRY(publish(dataset));
    GRAFT_TRY(graft_duplicates_find(dataset));
    GRAFT_TRY(graft_split_assign(dataset));
    GRAFT_TRY(graft_dataset_tally(dataset));
    count_files(dataset);
    count_imbalance(dataset);
    return GRAFT_OK;
}

graft_status graft_dataset_check(graft_dataset *dataset) {
    if (dataset->checked) return graft_classes_verdict(dataset);
    double began = graft_now();
    dataset->result = (graft_check_result)GRAFT_CHECK_RESULT_INIT;
    graft_status status = check(dataset);
    for (size_t i = 0; i < dataset->count; i++)
        dataset->record[i].finding = NULL;
    graft_release(dataset->finding);
    dataset->finding = NULL;
    if (status != GRAFT_OK) return status;
    dataset->result.seconds = graft_now() - began;
    dataset->checked = true;
    warn(dataset);
    return graft_classes_verdict(dataset);
}

void graft_dataset_check_result(const graft_dataset *dataset, graft_check_result *out) {
    size_t size = out->struct_size > 0 && out->struct_size < sizeof *out ? out->struct_size : sizeof *out;
    memcpy(out, &dataset->result, size);
    out->struct_size = size;
}
