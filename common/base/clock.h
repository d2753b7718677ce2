/* clock.h - the two clocks, in microseconds */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Since 1970; whoever sets the time of the machine sets this. */
int64_t clock_real_us(void);
/* Since some moment; it only goes forward. For durations. */
int64_t clock_monotonic_us(void);
/* Waits so long, or until a signal comes. */
void clock_pause_ms(unsigned ms);

#endif
