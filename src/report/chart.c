#include "report/chart.h"

#include "base/alloc.h"
#include "report/html.h"
#include "json/json.h"

#include <math.h>
#include <string.h>

enum { TABLE_ROWS = 400, ROW_HEIGHT = 30, LINES_HEIGHT = 290, POINTS_HEIGHT = 520 };

static const char *const kind_names[] = {"lines", "bars", "dots", "points"};

static bool has_categories(const graft_chart *chart) {
    return chart->kind == GRAFT_CHART_BARS || chart->kind == GRAFT_CHART_DOTS;
}

/* ---- JSON ---- */

static graft_json *reals(const double *value, size_t count) {
    graft_json *array = graft_json_new_array();
    for (size_t i = 0; i < count; i++)
        graft_json_add(array, graft_json_new_real(value[i]));
    return array;
}

static graft_json *texts(const char *const *text, size_t count) {
    graft_json *array = graft_json_new_array();
    for (size_t i = 0; i < count; i++)
        graft_json_add(array, graft_json_new_text(text[i] ? text[i] : ""));
    return array;
}

static graft_json *series_json(const graft_chart_series *series) {
    graft_json *object = graft_json_new_object();
    graft_json_set_text(object, "name", series->name);
    if (series->tone) graft_json_set_text(object, "tone", series->tone);
    if (series->x) graft_json_set(object, "x", reals(series->x, series->count));
    graft_json_set(object, "y", reals(series->y, series->count));
    if (series->low && series->high) {
        graft_json_set(object, "low", reals(series->low, series->count));
        graft_json_set(object, "high", reals(series->high, series->count));
    }
    if (series->note) graft_json_set(object, "notes", texts(series->note, series->count));
    return object;
}

static graft_json *chart_json(const graft_chart *chart) {
    graft_json *object = graft_json_new_object(), *series = graft_json_new_array();
    graft_json_set_text(object, "kind", kind_names[chart->kind]);
    graft_json_set_text(object, "title", chart->title);
    graft_json_set_text(object, "x", chart->x_name);
    graft_json_set_text(object, "y", chart->y_name);
    graft_json_set_bool(object, "percent", chart->percent);
    graft_json_set_bool(object, "percent_x", chart->percent_x);
    graft_json_set_bool(object, "logarithmic", chart->logarithmic);
    graft_json_set_bool(object, "diagonal", chart->diagonal);
    if (chart->mark) graft_json_set_real(object, "mark", *chart->mark);
    if (chart->highest > chart->lowest) {
        graft_json_set_real(object, "lowest", chart->lowest);
        graft_json_set_real(object, "highest", chart->highest);
    }
    if (has_categories(chart)) graft_json_set(object, "categories", texts(chart->category, chart->category_count));
    if (chart->marked > 0) graft_json_set_int(object, "marked", (int64_t)chart->marked - 1);
    for (size_t i = 0; i < chart->series_count; i++)
        graft_json_add(series, series_json(&chart->series[i]));
    graft_json_set(object, "series", series);
    return object;
}

/* A script element's text ends at "</script"; of JSON only texts can hold a '<', where < means the same. */
static void add_json(graft_buffer *out, const graft_chart *chart) {
    char *text = NULL;
    size_t length = 0;
    graft_json *json = chart_json(chart);
    graft_status status = graft_json_dump(json, 0, &text, &length);
    graft_json_free(json);
    if (status != GRAFT_OK) {
        if (!out->failed) out->failed = status;
        return;
    }
    graft_buffer_text(out, "<script type=\"application/json\">");
    for (const char *rest = text; *rest;) {
        size_t plain = strcspn(rest, "<");
        graft_buffer_add(out, rest, plain);
        rest += plain;
        if (*rest == '<') {
            graft_buffer_text(out, "\\u003c");
            rest++;
        }
    }
    graft_buffer_text(out, "</script>");
    graft_release(text);
}

/* Base64 texts, null where there is no picture; an array a series. Beside the rest, so that of all these bytes there is
 * one copy. */
static void add_pictures(graft_buffer *out, const graft_chart *chart) {
    graft_buffer_text(out, "<script type=\"application/json\" class=\"pictures\">[");
    for (size_t s = 0; s < chart->series_count; s++) {
        const graft_chart_series *series = &chart->series[s];
        graft_buffer_text(out, s > 0 ? ",[" : "[");
        for (size_t i = 0; series->picture && i < series->count; i++) {
            const graft_chart_picture *picture = &series->picture[i];
            if (i > 0) graft_buffer_text(out, ",");
            graft_buffer_text(out, picture->jpeg ? "\"" : "null");
            if (!picture->jpeg) continue;
            graft_buffer_base64(out, picture->jpeg, picture->length);
            graft_buffer_text(out, "\"");
        }
        graft_buffer_text(out, "]");
    }
    graft_buffer_text(out, "]</script>");
}

static bool has_pictures(const graft_chart *chart) {
    for (size_t s = 0; s < chart->series_count; s++)
        if (chart->series[s].picture) return true;
    return false;
}

/* ---- the table ---- */

static void add_value(graft_buffer *out, double value, bool percent) {
    if (percent)
        graft_html_percent(out, value);
    else if (isfinite(value))
        graft_buffer_format(out, "%.5g", value);
    else
        graft_buffer_text(out, "&ndash;");
}

static void add_y(graft_buffer *out, const graft_chart *chart, const graft_chart_series *series, size_t i) {
    graft_buffer_text(out, "<td class=\"n\">");
    if (i < series->count) {
        add_value(out, series->y[i], chart->percent);
        if (series->low && series->high && isfinite(series->low[i]) && isfinite(series->high[i])) {
            graft_buffer_text(out, " <small>(");
            add_value(out, series->low[i], chart->percent);
            graft_buffer_text(out, " to ");
            add_value(out, series->high[i], chart->percent);
            graft_buffer_text(out, ")</small>");
        }
    }
    graft_buffer_text(out, "</td>");
}

static void add_cell(graft_buffer *out, const char *tag, const char *text) {
    graft_buffer_format(out, "<%s>", tag);
    graft_html_text(out, text);
    graft_buffer_format(out, "</%.2s>", tag);
}

/* Whether all series have the same x, so that they can stand side by side. */
static bool is_common_x(const graft_chart *chart) {
    for (size_t i = 1; i < chart->series_count; i++) {
        const graft_chart_series *series = &chart->series[i], *first = &chart->series[0];
        if (series->count != first->count) return false;
        if (series->x != first->x && memcmp(series->x, first->x, series->count * sizeof(double)) != 0) return false;
    }
    return true;
}

/* A row a category or x, a column a series. */
static size_t add_side_by_side(graft_buffer *out, const graft_chart *chart, size_t most) {
    bool categories = has_categories(chart);
    size_t rows = categories ? chart->category_count : chart->series[0].count;
    add_cell(out, "th", categories ? "" : chart->x_name);
    for (size_t k = 0; k < chart->series_count; k++)
        add_cell(out, "th class=\"n\"", chart->series[k].name);
    graft_buffer_text(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < rows && i < most; i++) {
        graft_buffer_format(out, "<tr%s>", chart->marked == i + 1 ? " class=\"chosen\"" : "");
        if (categories) {
            add_cell(out, "th scope=\"row\"", chart->category[i]);
        } else {
            graft_buffer_text(out, "<td class=\"n\">");
            add_value(out, chart->series[0].x[i], chart->percent_x);
            graft_buffer_text(out, "</td>");
        }
        for (size_t k = 0; k < chart->series_count; k++)
            add_y(out, chart, &chart->series[k], i);
        graft_buffer_text(out, "</tr>\n");
    }
    return rows > most ? rows - most : 0;
}

/* A row a value. */
static size_t add_one_by_one(graft_buffer *out, const graft_chart *chart, size_t most) {
    size_t rows = 0;
    add_cell(out, "th", "series");
    add_cell(out, "th", "");
    add_cell(out, "th class=\"n\"", chart->x_name);
    add_cell(out, "th class=\"n\"", chart->y_name);
    graft_buffer_text(out, "</tr></thead><tbody>\n");
    for (size_t k = 0; k < chart->series_count; k++) {
        const graft_chart_series *series = &chart->series[k];
        for (size_t i = 0; i < series->count; i++, rows++) {
            if (rows >= most) continue;
            graft_buffer_text(out, "<tr>");
            add_cell(out, "th scope=\"row\"", series->name);
            add_cell(out, "td", series->note ? series->note[i] : "");
            graft_buffer_text(out, "<td class=\"n\">");
            add_value(out, series->x[i], chart->percent_x);
            graft_buffer_text(out, "</td>");
            add_y(out, chart, series, i);
            graft_buffer_text(out, "</tr>\n");
        }
    }
    return rows > most ? rows - most : 0;
}

static void add_table(graft_buffer *out, const graft_chart *chart) {
    size_t most = chart->table_rows ? chart->table_rows : TABLE_ROWS;
    graft_buffer_text(out, "<details open class=\"figures\"><summary>Figures</summary><div class=\"scroll\">"
                           "<table class=\"data\"><thead><tr>");
    bool aligned = has_categories(chart) || (chart->kind == GRAFT_CHART_LINES && is_common_x(chart));
    size_t left = aligned ? add_side_by_side(out, chart, most) : add_one_by_one(out, chart, most);
    graft_buffer_text(out, "</tbody></table></div>");
    if (left > 0) graft_buffer_format(out, "<p class=\"hint\">and %zu more</p>", left);
    graft_buffer_text(out, "</details>");
}

static int height_of(const graft_chart *chart) {
    if (chart->kind == GRAFT_CHART_LINES) return LINES_HEIGHT;
    if (chart->kind == GRAFT_CHART_POINTS) return POINTS_HEIGHT;
    size_t rows = chart->category_count * (chart->kind == GRAFT_CHART_BARS ? chart->series_count : 1);
    return 64 + ROW_HEIGHT * (int)(rows < 400 ? rows : 400);
}

void graft_chart_add(graft_buffer *out, const graft_chart *chart) {
    if (chart->series_count == 0) return;
    graft_buffer_text(out, "<figure class=\"plot\"><figcaption>");
    graft_html_text(out, chart->title);
    graft_buffer_format(out, "</figcaption><div class=\"canvas\" style=\"--h:%dpx\"></div>\n", height_of(chart));
    add_table(out, chart);
    add_json(out, chart);
    if (has_pictures(chart)) add_pictures(out, chart);
    graft_buffer_text(out, "</figure>\n");
}
