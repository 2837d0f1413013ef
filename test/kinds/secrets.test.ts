import { expect, test } from 'vitest';
import { secretProblems, withoutSecrets } from '../../src/kinds/secrets.ts';

test.each([
  [{ spec: { graphics: { passwd: 'hunter2' } } }, 'spec.graphics.passwd'],
  [{ spec: { os: { cmdline: 'root=/dev/vda password=hunter2' } } }, 'spec.os.cmdline'],
  [{ spec: { description: '-----BEGIN OPENSSH PRIVATE KEY-----' } }, 'spec.description'],
  [{ metadata: { annotations: { token: 'abc' } } }, 'metadata.annotations.token'],
  [{ spec: { list: [{ url: 'https://ann:hunter2@example.org/' }] } }, 'spec.list[0].url'],
  [{ spec: { x: `ghp_${'a'.repeat(36)}` } }, 'spec.x'],
])('%j holds a plain secret, and loses it before it leaves the host', (def, path) => {
  const [problem] = secretProblems(def);
  expect(problem).toMatchObject({ code: 'plain-secret', path });
  // What a lint prints must not be the secret again.
  expect(JSON.stringify(problem)).not.toMatch(/hunter2|aaaaaa/);
  const clean = JSON.stringify(withoutSecrets(def));
  expect(clean).toContain('***');
  expect(clean).not.toMatch(/hunter2|ghp_|BEGIN OPENSSH|"abc"/);
});

test('names of secrets, keys that are none and plain words are no secrets', () => {
  const def = {
    metadata: { name: 'password-store', labels: { app: 'token' } },
    spec: {
      secretRef: 'a',
      passwordName: 'b',
      key: 'c',
      title: 'the secret garden',
      tokenFile: '/x',
      passwd: '',
    },
  };
  expect(secretProblems(def)).toEqual([]);
  expect(withoutSecrets(def)).toEqual(def);
});
