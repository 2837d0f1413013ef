import { expect, test } from 'vitest';
import { secretProblems, withoutSecrets } from '../../src/kinds/secrets.ts';

test.each([
  [{ spec: { graphics: { passwd: 'hunter2' } } }, 'spec.graphics.passwd'],
  [{ spec: { os: { cmdline: 'root=/dev/vda password=hunter2' } } }, 'spec.os.cmdline'],
  [{ spec: { description: '-----BEGIN OPENSSH PRIVATE KEY-----' } }, 'spec.description'],
  [{ metadata: { annotations: { token: 'abc' } } }, 'metadata.annotations.token'],
  [{ spec: { list: [{ url: 'https://ann:hunter2@example.org/' }] } }, 'spec.list[0].url'],
  [{ spec: { x: `ghp_${'a'.repeat(36)}` } }, 'spec.x'],
  [{ spec: { args: ['secret,id=s0,data=hunter2'] } }, 'spec.args[0]'],
  [{ spec: { args: ['{"qom-type":"secret","id":"s1","data":"hunter2"}'] } }, 'spec.args[0]'],
  [{ spec: { env: [{ name: 'AWS_SECRET_ACCESS_KEY', value: 'hunter2' }] } }, 'spec.env[0].value'],
  [{ spec: { fwcfg: [{ name: 'opt/x/password', value: 'hunter2' }] } }, 'spec.fwcfg[0].value'],
  [{ spec: { value: '#cloud-config\npassword: hunter2\n' } }, 'spec.value'],
  [{ spec: { value: '#cloud-config\nchpasswd:\n  list: |\n    root:hunter2\n' } }, 'spec.value'],
  [{ spec: { value: btoa('#cloud-config\npassword: hunter2\nssh_pwauth: true\n') } }, 'spec.value'],
  [{ spec: { value: '{"passwordHash":"$y$j9T$abc$hunter2hunter2hunter2"}' } }, 'spec.value'],
  [{ spec: { value: 'luks_passphrase: hunter2 and more' } }, 'spec.value'],
  [{ spec: { cmdline: 'inst.rootpw=hunter2' } }, 'spec.cmdline'],
  [{ spec: { serial: 'io.systemd.credential:passwd.plaintext-password.root=hunter2' } }, 'spec.serial'],
  [{ spec: { note: 'AccountName=x;AccountKey=hunter2hunter2hunter2==' } }, 'spec.note'],
  [{ spec: { cookies: { session: 'hunter2' } } }, 'spec.cookies.session'],
])('%j holds a plain secret, and loses it before it leaves the host', (def, path) => {
  const [problem] = secretProblems(def);
  expect(problem).toMatchObject({ code: 'plain-secret', path });
  // What a lint prints must not be the secret again.
  expect(JSON.stringify(problem)).not.toMatch(/hunter2|aaaaaa/);
  const clean = JSON.stringify(withoutSecrets(def));
  expect(clean).toContain('***');
  expect(clean).not.toMatch(/hunter2|ghp_|BEGIN OPENSSH|"abc"/);
});

test.each([
  ...[
    `github_pat_${'a1'.repeat(20)}`,
    `glpat-${'a1'.repeat(10)}`,
    `npm_${'a1'.repeat(18)}`,
    `hvs.${'a1'.repeat(12)}`,
  ],
  ...[`xoxb-1234567890-${'a'.repeat(10)}`, `AIza${'a'.repeat(35)}`, `sk_live_${'a1'.repeat(10)}`],
  ...[`AKIA${'A1'.repeat(8)}`, `AGE-SECRET-KEY-1${'Q1'.repeat(29)}`, `tskey-auth-${'a1'.repeat(8)}`],
])('%s is told by its form', (text) => {
  expect(secretProblems({ spec: { note: `see ${text}` } })).toHaveLength(1);
});

test.each([
  'tls-creds-x509,id=t,dir=/etc/pki,passwordid=s0,endpoint=server',
  'secret,id=s0,file=/run/x',
  'secret,id=s0,keyid=master,iv=AAAA,data=c2VhbGVk',
  'port=5900,password-secret=s0',
  'rbd:pool/x:key-secret=s0',
  'password=on',
  'console=ttyS0 rd.luks.key=/etc/key token=/run/token',
  'password: ${password}',
  'c2VlIHRoZSBzZWNyZXQgZ2FyZGVu',
  '0123456789abcdef0123456789abcdef',
])('%s holds none', (text) => {
  expect(secretProblems({ spec: { note: text } })).toEqual([]);
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
      tpm: { secret: '8a6f1b0c-0000-4000-8000-000000000001' },
      frontend: [{ name: 'key-secret', value: 's0' }],
    },
  };
  expect(secretProblems(def)).toEqual([]);
  expect(withoutSecrets(def)).toEqual(def);
});
