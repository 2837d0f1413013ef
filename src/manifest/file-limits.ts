export const fileLimits = { bytes: 1024 * 1024, documents: 1_000 } as const;
