import { describe, expect, test } from 'vitest';
import { decodeConfig } from '../../src/source/config.ts';

const head = 'apiVersion: qonverge/v1\nkind: Config\n';
const decode = (text: string) => decodeConfig({ path: 'config.yaml', text: head + text });

describe('a configuration', () => {
  test('names directories and repositories, each with what it needs', () => {
    const { config, diagnostics } = decode(`sources:
  - {directory: /etc/qonverge/vms, values: /etc/qonverge/values.yaml}
  - {git: "https://h/a.git", namePrefix: a-, interval: 1m, verify: {mode: ssh, allowedSigners: /s}}
webhook: {listen: "127.0.0.1:9470", secretFile: /secret}
`);
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      sources: [
        { directory: '/etc/qonverge/vms', values: '/etc/qonverge/values.yaml' },
        { git: 'https://h/a.git', interval: 60_000, verify: { mode: 'ssh' } },
      ],
      webhook: { listen: '127.0.0.1:9470' },
    });
  });

  test.each([
    ['sources:\n  - {git: "https://h/a", directory: /x}\n', '4 conflicting-options'],
    ['sources:\n  - {interval: 1m}\n', '4 conflicting-options'],
    ['sources:\n  - {git: "https://h/a", brnach: x}\n', '4 unknown-field'],
    ['sources:\n  - {git: "https://h/a", verify: {mode: ssh}}\n', '4 conflicting-options'],
    ['sources:\n  - {git: "https://h/a", verify: {mode: openpgp}}\n', '4 conflicting-options'],
    ['sources:\n  - {git: "https://h/a", interval: soon}\n', '4 invalid-value'],
    ['sources:\n  - {git: "https://h/a", values: values.yaml}\n', '4 invalid-value'],
    [
      'sources:\n  - {git: "https://h/a"}\n  - {git: "https://h/b", namePrefix: b}\n',
      '4 conflicting-options',
    ],
    [
      'sources:\n  - {git: "https://h/a", namePrefix: a}\n  - {git: "https://h/b", namePrefix: a-b}\n',
      '5 conflicting-options',
    ],
    ['webhook: {}\n', '1 missing-field'],
    ['', '1 missing-field'],
  ])('%j is refused at its line', (text, expected) => {
    const { config, diagnostics } = decode(text);
    expect(config).toBeUndefined();
    expect(diagnostics.map(({ line, code }) => `${line} ${code}`)).toContain(expected);
  });
});
