#include "Levels.h"

#define LEVEL baseline
#define LANES 4
#define TILE 6
#include "Kernels.inc"

const dedup_kernels *dedup_kernels_baseline(void) { return &kernels_baseline; }
