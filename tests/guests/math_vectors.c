// flags: -O3 -ffast-math -fno-inline -lmvec -lm
// Loops that the compiler makes calls of libmvec of, which looks for the processor's instructions in the dynamic linker.
#include <math.h>
#include <stdio.h>

enum { COUNT = 64 };
static double in[COUNT], out[COUNT];
static float in_f[COUNT], out_f[COUNT];

#define EACH(name) \
    static void all_##name(void) { \
        for (int i = 0; i < COUNT; i++) out[i] = name(in[i]); \
    }
EACH(sin)
EACH(cos)
EACH(exp)
EACH(log)
static void all_pow(void) {
    for (int i = 0; i < COUNT; i++) out[i] = pow(in[i], 1.3);
}
static void all_sinf(void) {
    for (int i = 0; i < COUNT; i++) out_f[i] = sinf(in_f[i]);
}

static void show(const char *name, void (*all)(void)) {
    all();
    double sum = 0;
    for (int i = 0; i < COUNT; i++) sum += out[i];
    printf("%s %.8g %.8g %.8g\n", name, out[1], out[COUNT - 1], sum);
}

int main(void) {
    for (int i = 0; i < COUNT; i++) in[i] = 0.1 + i * 0.15, in_f[i] = 0.1f + i * 0.15f;
    show("sin", all_sin);
    show("cos", all_cos);
    show("exp", all_exp);
    show("log", all_log);
    show("pow", all_pow);
    all_sinf();
    float sum = 0;
    for (int i = 0; i < COUNT; i++) sum += out_f[i];
    printf("sinf %.4f %.4f\n", out_f[7], sum);
    return 0;
}
