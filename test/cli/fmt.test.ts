import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatSpec } from '../../src/cli/fmt.ts';

test('the head comes in one order, comments stay with what they speak of, and the meaning is the same', () => {
  const text = `# of the file
kind: Volume   # a disk
spec:
    # how large
    capacity:   10GiB
metadata: {  name: a }
apiVersion: qonverge/v1
---
apiVersion: qonverge/v1\r
kind: Volume
metadata: {name: b}
spec: {capacity: 1GiB}
`;
  expect(formatSpec(text)).toBe(`# of the file
apiVersion: qonverge/v1
kind: Volume # a disk
metadata: {name: a}
spec:
  # how large
  capacity: 10GiB
---
apiVersion: qonverge/v1
kind: Volume
metadata: {name: b}
spec: {capacity: 1GiB}
`);
});

test('what was formatted once stays as it is', () => {
  const files = readdirSync('examples').filter((name) => name.endsWith('.yaml'));
  expect(files.length).toBeGreaterThan(3);
  for (const name of files) {
    const once = formatSpec(readFileSync(`examples/${name}`, 'utf8'));
    expect(once, name).toBeDefined();
    expect(formatSpec(once ?? '')).toBe(once);
  }
});

test('what cannot be read is left alone', () => {
  expect(formatSpec('kind: [\n')).toBeUndefined();
});
