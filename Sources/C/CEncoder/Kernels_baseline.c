#include "Levels.h"

#define LEVEL baseline
#define LANES 4
#define TILE 6
#include "Kernels.inc"
#include "Training.inc"

const dedup_kernels *dedup_kernels_baseline(void) { return &kernels_baseline; }
const dedup_training *dedup_training_baseline(void) { return &training_baseline; }
