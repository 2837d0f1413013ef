/** Of one source: how deep bases lie, how many resources they make, and how many values classes may build in all and in one machine. */
export const composeLimits = { depth: 8, documents: 20_000, values: 5_000_000, size: 50_000 } as const;
