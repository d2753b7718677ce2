/* bytetable.h - tables with an entry for each byte, written as one row */
#ifndef BASE_BYTETABLE_H
#define BASE_BYTETABLE_H

/*
 * The tables are constant expressions: nothing to fill at the start of the
 * program, and no generator whose output could differ from its source.
 */
#define BYTES_4(row, n) row(n), row((n) + 1), row((n) + 2), row((n) + 3)
#define BYTES_16(row, n) BYTES_4(row, n), BYTES_4(row, (n) + 4), BYTES_4(row, (n) + 8), BYTES_4(row, (n) + 12)
#define BYTES_64(row, n) BYTES_16(row, n), BYTES_16(row, (n) + 16), BYTES_16(row, (n) + 32), BYTES_16(row, (n) + 48)
/* row(0), row(1) ... row(255) */
#define ALL_BYTES(row) BYTES_64(row, 0), BYTES_64(row, 64), BYTES_64(row, 128), BYTES_64(row, 192)

#endif
