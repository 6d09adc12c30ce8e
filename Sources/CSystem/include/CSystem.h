// System calls that the headers show to GNU programs only, and Swift is none.
#pragma once

/// Swaps what two paths name, in one step; -1 and errno on failure.
int dedup_swap_paths(const char *a, const char *b);
