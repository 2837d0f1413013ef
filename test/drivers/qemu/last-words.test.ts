import { expect, test } from 'vitest';
import { lastWords } from '../../../src/drivers/qemu/last-words.ts';

test('what a healthy QEMU says is no reason for its end', () => {
  const log = `char device redirected to /dev/pts/0 (label charserial0)
2026-11-22T02:11:12.160923Z qemu-system-x86_64: warning: host doesn't support requested feature: CPUID.01H:ECX.pni [bit 0]
`;
  expect(lastWords(log)).toBe('');
  expect(lastWords('')).toBe('');
});

test('the last lines that may tell are told, without their time', () => {
  const log = `char device redirected to /dev/pts/0 (label charserial0)
one
2026-11-22T02:11:12.160923Z qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory
two
three
`;
  expect(lastWords(log)).toBe(
    "qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory; two; three",
  );
});
