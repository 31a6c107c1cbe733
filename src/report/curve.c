#include "report/curve.h"

#include <math.h>

enum { LEFT = 64, TOP = 14, WIDTH = 640, HEIGHT = 210, TICKS = 5 };

typedef struct frame {
    double x0, x1, y0, y1, step;
    bool logarithmic;
} frame;

static double x_of(const frame *f, double x) {
    double at = f->logarithmic ? log10(x) : x;
    return LEFT + (f->x1 > f->x0 ? WIDTH * (at - f->x0) / (f->x1 - f->x0) : WIDTH / 2.0);
}

static double y_of(const frame *f, double y) {
    return TOP + HEIGHT * (1 - (y - f->y0) / (f->y1 - f->y0));
}

/* A round number of 1, 2 or 5 so that about TICKS steps cover the range. */
static double round_step(double range) {
    double raw = range / TICKS, power = pow(10, floor(log10(raw)));
    double lead = raw / power;
    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

static frame find_frame(const graft_curve_chart *chart) {
    frame f = {.x0 = INFINITY, .x1 = -INFINITY, .y0 = INFINITY, .y1 = -INFINITY, .logarithmic = chart->logarithmic};
    for (size_t i = 0; i < chart->count; i++) {
        double x = chart->logarithmic ? log10(chart->x[i]) : chart->x[i];
        f.x0 = fmin(f.x0, x);
        f.x1 = fmax(f.x1, x);
        for (size_t k = 0; k < chart->curve_count; k++) {
            double y = chart->curves[k].y[i];
            if (!isfinite(y)) continue;
            f.y0 = fmin(f.y0, y);
            f.y1 = fmax(f.y1, y);
        }
    }
    if (!(f.y1 >= f.y0)) f.y0 = f.y1 = 0;
    if (f.y1 - f.y0 < 1e-6) f.y1 = f.y0 + 1e-6 + 0.1 * fabs(f.y0);
    f.step = round_step(f.y1 - f.y0);
    f.y0 = f.step * floor(f.y0 / f.step);
    f.y1 = f.step * ceil(f.y1 / f.step);
    return f;
}

static void add_axes(graft_buffer *out, const graft_curve_chart *chart, const frame *f) {
    int lines = (int)((f->y1 - f->y0) / f->step + 0.5);
    for (int i = 0; i <= lines; i++) {
        double y = f->y0 + i * f->step;
        graft_buffer_format(
            out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"tick\" x=\"%d\" y=\"%.1f\">%.4g%s</text>\n",
            LEFT, y_of(f, y), LEFT + WIDTH, LEFT - 30, y_of(f, y) + 4, chart->share ? 100 * y : y,
            chart->share ? " %" : "");
    }
    double step = fmax(1, f->logarithmic ? 1 : round_step(f->x1 - f->x0));
    double first = ceil(f->x0 / step) * step;
    for (int i = 0; first + i * step <= f->x1 + 1e-9; i++) {
        double x = f->logarithmic ? pow(10, first + i * step) : first + i * step;
        graft_buffer_format(out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%g</text>\n", x_of(f, x), TOP + HEIGHT + 20,
                            x);
    }
}

static void add_curve(graft_buffer *out, const graft_curve_chart *chart, const frame *f, const graft_curve *curve) {
    bool pen = false;
    size_t last = 0;
    graft_buffer_format(out, "<path class=\"line %s\" d=\"", curve->kind);
    for (size_t i = 0; i < chart->count; i++) {
        bool known = isfinite(curve->y[i]);
        if (known) graft_buffer_format(out, "%s%.1f %.1f", pen ? "L" : "M", x_of(f, chart->x[i]), y_of(f, curve->y[i]));
        if (known) last = i;
        pen = known;
    }
    graft_buffer_text(out, "\"/>\n");
    if (chart->count > 0 && isfinite(curve->y[last]))
        graft_buffer_format(
            out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/><text x=\"%d\" y=\"%.1f\">%s</text>\n",
            curve->kind, x_of(f, chart->x[last]), y_of(f, curve->y[last]), LEFT + WIDTH + 12,
            y_of(f, curve->y[last]) + 5, curve->name);
}

void graft_curve_svg(graft_buffer *out, const graft_curve_chart *chart) {
    frame f = find_frame(chart);
    graft_buffer_format(out,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 800 %d\" role=\"img\" "
                        "aria-label=\"%s\">\n",
                        TOP + HEIGHT + 30, chart->label);
    add_axes(out, chart, &f);
    if (isfinite(chart->mark))
        graft_buffer_format(out, "<path class=\"whisker\" d=\"M%.1f %dV%d\"/>\n", x_of(&f, chart->mark), TOP,
                            TOP + HEIGHT);
    for (size_t k = 0; k < chart->curve_count; k++)
        add_curve(out, chart, &f, &chart->curves[k]);
    graft_buffer_text(out, "</svg>\n");
}
