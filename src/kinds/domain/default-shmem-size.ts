/** Of shared memory that names none. */
export const defaultShmemSize: number = 4 * 1024 * 1024;
