/* common.h - the options that every verb has */
#ifndef CLI_COMMON_H
#define CLI_COMMON_H

#include "cli/tool.h"

extern const struct option_row common_rows[];
extern const size_t common_row_count;
extern const struct common common_defaults;

#endif
