/* room.h - arrays that grow */
#ifndef BASE_ROOM_H
#define BASE_ROOM_H

#include <stddef.h>

/*
 * Makes room for `wanted` elements of that size in an array, and returns where it is now. *room: how many there is room
 * for, 0 (and the array NULL) at first; it doubles. What is added is not zeroed. The caller frees it. Running out of
 * memory ends the program.
 */
void *room_for(void *array, size_t *room, size_t wanted, size_t size);
/* An array of so many elements, all zero; never NULL. The caller frees it. */
void *room_new(size_t count, size_t size);

#endif
