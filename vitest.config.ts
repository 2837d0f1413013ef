import { defineConfig } from 'vitest/config';

// Files that run one after the other in a process share what they import: most of the time of small tests is that.
const fast = { isolate: false };
const slow = { testTimeout: 240_000, hookTimeout: 240_000 };

export default defineConfig({
  test: {
    // By default one processor is left idle: half of a small machine.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          ...fast,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/qemu/**', 'test/**/*.golden.test.ts', 'test/**/*.property.test.ts'],
          testTimeout: 60_000,
        },
      },
      { test: { ...fast, name: 'golden', include: ['test/**/*.golden.test.ts'], testTimeout: 60_000 } },
      { test: { ...fast, name: 'property', include: ['test/**/*.property.test.ts'], testTimeout: 300_000 } },
      // Real processes share the machine: one file after the other.
      { test: { name: 'qemu', include: ['test/qemu/**/*.test.ts'], fileParallelism: false, ...slow } },
    ],
  },
});
