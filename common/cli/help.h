/* help.h - what a program says of itself: --help, --version, --list, --fields */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/tool.h"

/* Can this option be given with the verb? */
bool option_goes_with(const struct option_row *, const struct tool *, const struct verb *);
/* Prints to run->output what the common options ask for. False: --list of something there is not. */
bool help_print(struct run *, struct error *);

#endif
