import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Sandbox } from '../support/sandbox.ts';

const main = resolve(import.meta.dirname, '../../dist/main.js');
const action = resolve(import.meta.dirname, '../../.github/actions/plan/plan.mjs');
let host: Sandbox;
beforeEach(() => {
  host = new Sandbox('test:///default');
});
afterEach(() => host.dispose());

const domain = (name: string, spec: string) =>
  `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: ${name}}\nspec: {memory: 1GiB, ${spec}}\n`;

/** The host runs `a` and `b`, and has exported itself. Returns flags for `plan`. */
async function exported(): Promise<string[]> {
  host.write('a.yaml', domain('a', 'restartPolicy: Immediate, description: "password=hunter2"'));
  host.write('b.yaml', domain('b', ''));
  expect((await host.cli(['apply', host.specs, '--settle', '0s'])).exitCode).toBe(0);
  const file = join(host.root, 'status.json');
  const key = join(host.root, 'host.pub');
  writeFileSync(key, (await host.cli(['export-status', '--public-key'])).stdout);
  expect((await host.cli(['export-status', '--out', file])).exitCode).toBe(0);
  return ['--against', file, '--host-key', key];
}

/** A world of its own: what a pipeline has. */
function elsewhere(...args: string[]): ReturnType<Sandbox['cli']> {
  const nowhere = join(host.root, 'nowhere');
  return host.cli(args, {
    QONVERGE_STATE_DIR: nowhere,
    QONVERGE_RUN_DIR: nowhere,
    QONVERGE_LOG_DIR: nowhere,
  });
}

describe('a plan against an export', () => {
  test('says what the host would do, without asking it', async () => {
    const against = await exported();
    const specs = join(host.root, 'pull-request');
    mkdirSync(specs);
    writeFileSync(join(specs, 'a.yaml'), domain('a', 'restartPolicy: Immediate, vcpus: 2'));
    writeFileSync(join(specs, 'c.yaml'), domain('c', ''));
    const { stdout, exitCode } = await elsewhere('plan', specs, ...against, '--prune', '-o', 'json');
    expect(exitCode).toBe(0);
    const { summary } = JSON.parse(stdout) as { summary: unknown };
    expect(summary).toMatchObject({ create: 1, restart: 1, remove: 1 });
    const same = await elsewhere('plan', host.specs, ...against, '-o', 'json', '--detailed-exitcode');
    expect(same.exitCode).toBe(0);
  });

  test('holds no secret, and is refused when it was changed, is old, or is of another host', async () => {
    const against = await exported();
    const [, file = ''] = against;
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('hunter2');
    const old = await elsewhere('plan', host.specs, ...against, '--max-age', '0s');
    expect(old).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(' s old: the host') });
    writeFileSync(file, text.replace('1073741824', '1073741825'));
    const changed = await elsewhere('plan', host.specs, ...against);
    expect(changed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('changed since') });
    writeFileSync(file, text);
    const other = join(host.root, 'other.pub');
    writeFileSync(other, (await elsewhere('export-status', '--public-key')).stdout);
    expect((await elsewhere('plan', host.specs, '--against', file, '--host-key', other)).exitCode).toBe(1);
    expect((await elsewhere('plan', host.specs, '--against', file)).stderr).toContain('--host-key');
    writeFileSync(other, 'hello\n');
    const noKey = await elsewhere('plan', host.specs, '--against', file, '--host-key', other);
    expect(noKey.stderr).toContain('is no public key');
  });
});

describe('a policy of the command line', () => {
  const closed = () => {
    const file = join(host.root, 'policy.yaml');
    writeFileSync(
      file,
      'apiVersion: qonverge/v1\nkind: Policy\nsources:\n  - source: "*"\n    base: tenant\n    kinds: [Volume]\n',
    );
    return file;
  };

  test('holds for a plan against an export', async () => {
    const against = await exported();
    const plan = await elsewhere('plan', host.specs, ...against, '--policy', closed(), '-o', 'json');
    expect(plan.exitCode).toBe(1);
    expect(plan.stdout).toContain('policy-violation');
  });

  test('is refused where a daemon holds its own', async () => {
    await host.watch();
    for (const command of ['plan', 'apply']) {
      const { exitCode, stderr } = await host.cli([command, host.specs, '--policy', closed()]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('a daemon runs here and holds its own policy');
    }
    expect((await host.cli(['validate', host.specs, '--policy', closed()])).exitCode).toBe(0);
  });
});

describe('the GitHub action', () => {
  let server: Server;
  let comments: { id: number; body: string }[];
  let tokens: (string | undefined)[];
  beforeEach(async () => {
    comments = [];
    tokens = [];
    server = createServer((request, response) => {
      tokens.push(request.headers.authorization);
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const id = Number(request.url?.match(/comments\/(\d+)$/)?.[1]);
        if (request.method === 'POST') comments.push({ id: comments.length + 1, ...JSON.parse(body) });
        if (request.method === 'PATCH')
          comments = comments.map((one) => (one.id === id ? { ...one, ...JSON.parse(body) } : one));
        response.end(JSON.stringify(request.method === 'GET' ? comments : {}));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterEach(() => new Promise((done) => server.close(done)));

  const own = { number: 7, head: { repo: { full_name: 'o/r' } }, base: { repo: { full_name: 'o/r' } } };

  async function run(
    env: Record<string, string>,
    happened: object = { pull_request: own },
  ): Promise<{ exitCode: number | null; stdout: string }> {
    const event = join(host.root, 'event.json');
    writeFileSync(event, JSON.stringify(happened));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const child = spawn(process.execPath, [action], {
      env: {
        PATH: process.env['PATH'],
        QONVERGE: `${process.execPath} ${main}`,
        QV_COMMENT: 'true',
        QV_TOKEN: 'the-token',
        QV_PATH: host.specs,
        GITHUB_EVENT_PATH: event,
        GITHUB_API_URL: `http://127.0.0.1:${port}`,
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_OUTPUT: join(host.root, 'output'),
        GITHUB_STEP_SUMMARY: join(host.root, 'summary'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    const exitCode = await new Promise<number | null>((done) => child.once('close', done));
    return { exitCode, stdout };
  }

  test('annotates, keeps one comment, and fails by mistakes and by the disruption that is allowed', async () => {
    const [, file = '', , key = ''] = await exported();
    const stranger = { user: { type: 'User' }, author_association: 'CONTRIBUTOR' };
    const forged = { id: 1, body: '<!-- qonverge-plan -->\nnothing to see', ...stranger };
    comments.push(forged);
    host.write('a.yaml', domain('a', 'restartPolicy: Immediate, vcpus: 2'));
    const plan = { QV_EXPORT: file, QV_HOST_KEY: key };
    const fine = await run(plan);
    expect(fine.exitCode).toBe(0);
    expect(fine.stdout).toMatch(/::warning file=.*a\.yaml,line=1,col=1,title=plan-restart::Domain\/a/);
    expect(comments).toHaveLength(2);
    expect(comments[1]?.body).toContain('**1** to restart');
    const held = await run({ ...plan, QV_MAX_DISRUPTION: 'live' });
    expect(held.exitCode).toBe(1);
    expect(comments).toHaveLength(2);
    expect(comments[1]?.body).toContain('held: MaxDisruption');
    host.write('a.yaml', domain('a', 'vcpsu: 2'));
    const broken = await run(plan);
    expect(broken.exitCode).toBe(1);
    expect(broken.stdout).toMatch(/::error file=.*a\.yaml,line=4,.*unknown-field/);
    expect(comments).toHaveLength(2);
    expect(comments[1]?.body).toContain('unknown-field');
    expect(comments[0]).toEqual(forged);
    expect(new Set(tokens)).toEqual(new Set(['Bearer the-token']));
    expect(readFileSync(join(host.root, 'output'), 'utf8')).toContain('summary<<');
  });

  test("fails by the repository's own tests, and by specs that are not in the one form", async () => {
    const tests = join(host.root, 'tests');
    mkdirSync(tests);
    const expectation = (most: string) =>
      writeFileSync(
        join(tests, 'size.yaml'),
        `apiVersion: qonverge/v1\nkind: Test\nexpect:\n  - {every: Domain, path: spec.memory, atMost: ${most}}\n`,
      );
    expectation('512MiB');
    host.write('a.yaml', domain('a', 'vcpus:    2'));
    const checks = { QV_TESTS: tests, QV_FORMAT: 'true' };
    const unmet = await run(checks);
    expect(unmet.exitCode).toBe(1);
    expect(unmet.stdout).toMatch(/::error file=.*size\.yaml,line=4,.*title=expectation-unmet::Domain\/a/);
    expect(comments[0]?.body).toMatch(
      /### Qonverge: expectations are not met[\s\S]*### Qonverge: not in the one form[\s\S]*would change .*a\.yaml/,
    );
    expectation('2GiB');
    host.write('a.yaml', domain('a', 'vcpus: 2'));
    expect(await run(checks)).toMatchObject({ exitCode: 0 });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('the specs are valid');
  });

  test('boots a preview on its runner, ends it with the pull request, and boots none for strangers', async () => {
    host.write('a.yaml', domain('a', 'runStrategy: Manual'));
    const preview = { ...(host.env as Record<string, string>), QV_PREVIEW: 'true', QV_PREVIEW_TTL: '1h' };
    const names = async () => (await host.status()).map(({ name }) => name);
    const stranger = { ...own, head: { repo: { full_name: 'evil/r' } } };
    expect((await run(preview, { pull_request: stranger })).exitCode).toBe(0);
    expect(comments[0]?.body).toContain('of a fork');
    expect(await names()).toEqual([]);

    expect((await run(preview)).exitCode).toBe(0);
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('### Preview pr-7');
    expect(comments[0]?.body).toContain('| `Domain/a-pr-7` | ready | running |');
    expect(await names()).toEqual(['a-pr-7']);

    expect((await run(preview, { action: 'closed', pull_request: own })).exitCode).toBe(0);
    expect(comments[0]?.body).toContain('Preview pr-7 has ended');
    expect(await names()).toEqual([]);

    host.write('a.yaml', domain('a', 'devices: {disks: [{file: /etc/shadow, format: raw, bus: virtio}]}'));
    const greedy = await run(preview);
    expect(greedy.exitCode).toBe(1);
    expect(greedy.stdout).toContain('policy-violation');
    expect(comments[0]?.body).toContain('not granted');
    expect(await names()).toEqual([]);
  });
});

describe('the GitLab pipeline that init writes', () => {
  let server: Server;
  let notes: { id: number; body: string }[];
  let repository: string;
  beforeEach(async () => {
    notes = [{ id: 1, body: 'a note of a person' }];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const [, path, id] =
          request.url?.match(/^(\/projects\/5\/merge_requests\/7\/notes)(?:\/(\d+))?/) ?? [];
        const known = path !== undefined && request.headers['private-token'] === 'the-token';
        if (!known) response.statusCode = 401;
        else if (request.method === 'POST') notes.push({ id: notes.length + 1, ...JSON.parse(body) });
        else if (request.method === 'PUT')
          notes = notes.map((one) => (one.id === Number(id) ? { ...one, ...JSON.parse(body) } : one));
        response.end(JSON.stringify(request.method === 'GET' ? notes : {}));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    repository = join(host.root, 'repository');
    expect((await host.cli(['init', repository])).exitCode).toBe(0);
  });
  afterEach(() => new Promise((done) => server.close(done)));

  /** The lines of its script, as a runner runs them: one shell, which ends at the first that fails. */
  async function run(env: Record<string, string> = {}): Promise<{ exitCode: number | null; output: string }> {
    const bin = join(host.root, 'bin');
    mkdirSync(bin, { recursive: true });
    const seen = join(host.root, 'seen');
    writeFileSync(
      join(bin, 'npx'),
      `#!/bin/bash\n[ "$1 $2" = "--yes qonverge" ] || exit 99\nshift 2\nenv >> ${seen}\nexec ${process.execPath} ${main} "$@"\n`,
      { mode: 0o755 },
    );
    const { qonverge } = parse(readFileSync(join(repository, '.gitlab-ci.yml'), 'utf8')) as {
      qonverge: { script: string[] };
    };
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const child = spawn('bash', ['-c', ['set -eo pipefail', ...qonverge.script].join('\n')], {
      cwd: repository,
      env: {
        PATH: `${bin}:${join(process.execPath, '..')}:${process.env['PATH']}`,
        HOME: host.root,
        CI_API_V4_URL: `http://127.0.0.1:${port}`,
        CI_PROJECT_ID: '5',
        CI_MERGE_REQUEST_IID: '7',
        QONVERGE_TOKEN: 'the-token',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        output += data;
      });
    const exitCode = await new Promise<number | null>((done) => child.once('close', done));
    expect(readFileSync(seen, 'utf8')).not.toContain('the-token');
    return { exitCode, output };
  }

  const report = (name: string) => readFileSync(join(repository, name), 'utf8');

  test('checks, plans, keeps one note, and fails by mistakes and by the disruption that is allowed', async () => {
    const fine = await run();
    expect(fine).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(report('gl-code-quality-report.json'))).toEqual([]);
    expect(report('junit.xml')).toContain('<testsuite');
    expect(notes).toHaveLength(2);
    expect(notes[1]?.body).toContain('the specs are valid');

    const [, file = '', , key = ''] = await exported();
    writeFileSync(join(repository, 'status.json'), readFileSync(file));
    writeFileSync(join(repository, 'host.pub'), readFileSync(key));
    expect(await run({ MAX_DISRUPTION: 'live' })).toMatchObject({ exitCode: 1 });
    expect(notes[1]?.body).toContain('held: MaxDisruption');

    writeFileSync(join(repository, 'vms/a.yaml'), domain('a', 'vcpsu: 2'));
    expect(await run()).toMatchObject({ exitCode: 1 });
    expect(JSON.parse(report('gl-code-quality-report.json'))).toMatchObject([
      { check_name: 'unknown-field' },
    ]);
    expect(report('junit.xml')).toContain('unknown-field');
    expect(notes).toHaveLength(2);
    expect(notes[1]?.body).toContain('unknown-field');
    expect(notes[0]?.body).toBe('a note of a person');
  });

  test('fails nothing because of a note that cannot be written', async () => {
    expect(await run({ QONVERGE_TOKEN: 'another' })).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('no note was written'),
    });
    expect(notes).toHaveLength(1);
  });
});

describe('a saved plan', () => {
  const file = () => join(host.root, 'plan');
  const save = (...more: string[]) =>
    host.cli(['plan', host.specs, '--settle', '0s', '--out', file(), ...more]);
  const applied = () => host.cli(['apply', file(), '--settle', '0s']);

  test('is applied with what it was made with, and once', async () => {
    host.write('a.yaml', domain('a', ''));
    host.write('b.yaml', domain('b', ''));
    await host.cli(['apply', host.specs, '--settle', '0s']);
    rmSync(join(host.specs, 'b.yaml'));
    await save('--prune');
    const shown = await host.cli(['apply', file(), '--settle', '0s', '--dry-run']);
    expect([shown.exitCode, shown.stdout]).toEqual([0, expect.stringContaining('1 to remove')]);
    expect((await applied()).exitCode).toBe(0);
    expect((await host.cli(['status', '-o', 'name'])).stdout.trim()).toBe('Domain/a');
    expect(await applied()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is stale') });
  });

  test('is refused when specs or plan are others by now', async () => {
    host.write('a.yaml', domain('a', ''));
    await save();
    const text = readFileSync(file(), 'utf8');
    writeFileSync(file(), text.replace('"type": "start"', '"type": "define"'));
    expect(await applied()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is stale') });
    writeFileSync(file(), text);
    host.write('a.yaml', domain('a', 'vcpus: 2'));
    expect(await applied()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is stale') });
  });

  test('is refused when the policy of the host allows another thing by now', async () => {
    const policy = join(host.root, 'narrow.yaml');
    const grant = (memory: string) =>
      writeFileSync(
        policy,
        `apiVersion: qonverge/v1\nkind: Policy\nsources: [{source: '${host.specs}', base: operator, quota: {memory: ${memory}}}]\n`,
      );
    grant('8GiB');
    host.write('a.yaml', domain('a', 'vcpus: 3'));
    expect((await save('--policy', policy)).exitCode).toBe(0);
    grant('1MiB');
    const refused = await host.cli(['apply', file(), '--settle', '0s', '--policy', policy]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is stale') });
    grant('8GiB');
    expect((await host.cli(['apply', file(), '--settle', '0s', '--policy', policy])).exitCode).toBe(0);
  });

  test.each(['null', '{"qonvergePlan": 1}', '{"qonvergePlan": 1, "input": {"path"'])(
    'is told from a file of %s',
    async (text) => {
      writeFileSync(file(), text);
      const { exitCode, stderr } = await applied();
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('is no saved plan')]);
      expect(stderr).toContain('qonverge plan PATH --out FILE makes one');
    },
  );
});

test('init writes a repository whose own checks pass, also when all of it is read, and before each commit', async () => {
  const at = join(host.root, 'repository');
  expect((await host.cli(['init', at])).exitCode).toBe(0);
  const vms = join(at, 'vms');
  expect(await host.cli(['validate', at])).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await host.cli(['policy', 'test', vms])).exitCode).toBe(0);
  for (const file of ['.github/workflows/qonverge.yml', '.gitlab-ci.yml', '.pre-commit-config.yaml'])
    expect(parse(readFileSync(join(at, file), 'utf8'))).toMatchObject({});

  const bin = join(host.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'qonverge'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`, { mode: 0o755 });
  const git = (...args: string[]) =>
    spawnSync('git', ['-C', at, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], {
      env: { PATH: `${bin}:${process.env['PATH']}`, HOME: bin, GIT_CONFIG_NOSYSTEM: '1' },
      encoding: 'utf8',
    });
  git('init', '-q');
  git('config', 'core.hooksPath', '.githooks');
  git('add', '-A');
  expect(git('commit', '-qm', 'first')).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('4 expectations hold'),
  });
  const example = join(vms, 'example.yaml');
  const good = readFileSync(example, 'utf8');
  writeFileSync(example, good.replace('memory: 512MiB', 'memory: lots'));
  git('add', '-A');
  // What lies in the work tree does not count: this is not what would be committed.
  writeFileSync(example, good);
  const refused = git('commit', '-qm', 'second');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/vms\/example\.yaml:7:11: error\[/);
  expect(git('rev-list', '--count', 'HEAD').stdout).toBe('1\n');
});
