// Validates, plans, boots a preview, annotates, and keeps one comment of the pull request up to date. Node's own modules only.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';

const marker = '<!-- qonverge-plan -->';
const env = (name) => process.env[name] ?? '';
/** `QONVERGE` names a program to run instead of the published one. */
const program = env('QONVERGE')
  ? env('QONVERGE').split(' ')
  : ['npx', '--yes', `qonverge@${env('QV_VERSION') || 'latest'}`];

function qonverge(...args) {
  // The token is ours: what is run on the text of a pull request does not see it.
  const { QV_TOKEN: _, ...rest } = process.env;
  const [file, ...words] = program;
  const run = spawnSync(file, [...words, ...args], {
    encoding: 'utf8',
    env: rest,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error) throw run.error;
  return run;
}

/** To the log, where nothing of it is a command to the runner. */
function log(text) {
  if (text === '') return;
  const token = randomUUID();
  process.stdout.write(`::stop-commands::${token}\n${text}\n::${token}::\n`);
}

/** A forge takes a text of some length: whole lines of it, and how many are missing. */
function cut(text, most) {
  if (text.length <= most) return text;
  const kept = text.slice(0, most).replace(/\n[^\n]*$/, '');
  const missing = text.slice(kept.length).trim().split('\n').length;
  return `${kept}\n\n**${missing} more lines** do not fit in here: see the log of the run.\n`;
}

const flag = (name, value) => (value ? [name, value] : []);
const common = [...flag('--source', env('QV_SOURCE')), ...flag('--policy', env('QV_POLICY'))];
const event = env('GITHUB_EVENT_PATH') ? JSON.parse(readFileSync(env('GITHUB_EVENT_PATH'), 'utf8')) : {};
const pull = Number.isInteger(event.pull_request?.number) ? event.pull_request : undefined;
const against = [
  ...flag('--against', env('QV_EXPORT')),
  ...flag('--host-key', env('QV_HOST_KEY')),
  ...flag('--max-age', env('QV_MAX_AGE')),
  ...flag('--max-disruption', env('QV_MAX_DISRUPTION')),
  ...flag('--source', env('QV_SOURCE')),
  '--prune',
];
let failed = false;
let body =
  check('the specs have mistakes', 'validate', env('QV_PATH'), ...common) ||
  [
    env('QV_TESTS') && check('expectations are not met', 'test', env('QV_PATH'), env('QV_TESTS')),
    env('QV_FORMAT') === 'true' && form(),
    env('QV_EXPORT') && plan(),
  ]
    .filter(Boolean)
    .join('\n') ||
  '### Qonverge: the specs are valid\n';
if (env('QV_PREVIEW') === 'true' && pull) body += `\n${preview(`pr-${pull.number}`)}\n`;

if (env('GITHUB_STEP_SUMMARY')) appendFileSync(env('GITHUB_STEP_SUMMARY'), cut(body, 500_000));
if (env('GITHUB_OUTPUT')) {
  const end = `end-${randomUUID()}`;
  appendFileSync(env('GITHUB_OUTPUT'), `summary<<${end}\n${cut(body, 500_000)}\n${end}\n`);
}
if (env('QV_COMMENT') === 'true') await comment(`${marker}\n${cut(body, 60_000)}`);
process.exitCode = failed ? 1 : 0;

/** Each finding at its line; their words as Markdown when they stop the pull request. */
function check(title, ...args) {
  const run = qonverge(...args, '-o', 'github');
  process.stdout.write(run.stdout);
  log(run.stderr);
  if (run.status === 0) return '';
  failed = true;
  return `### Qonverge: ${title}\n\n${qonverge(...args, '-o', 'markdown').stdout || fenced(run.stderr)}`;
}

function form() {
  const run = qonverge('fmt', '--check', env('QV_PATH'));
  if (run.status === 0) return '';
  failed = true;
  log(run.stdout + run.stderr);
  return `### Qonverge: not in the one form\n\n\`qonverge fmt\` writes it:\n\n${fenced(run.stdout + run.stderr)}`;
}

function plan() {
  const run = qonverge('plan', env('QV_PATH'), '-o', 'markdown', ...against);
  process.stdout.write(qonverge('plan', env('QV_PATH'), '-o', 'github', ...against).stdout);
  log(run.stderr);
  failed ||= run.status !== 0;
  return run.stdout || `### Qonverge: no plan\n\n${fenced(run.stderr)}`;
}

function fenced(text) {
  return `\`\`\`\n${text.trim().replaceAll('`', "'")}\n\`\`\`\n`;
}

/** What the pull request means, tried on this runner; its report as Markdown. */
function preview(suffix) {
  if (event.action === 'closed') {
    const ended = qonverge('teardown', '--ephemeral', suffix);
    log(ended.stderr);
    return `Preview ${suffix} has ended.`;
  }
  if (failed) return 'No preview: see above.';
  const from = pull.head?.repo?.full_name;
  if (!from || from !== pull.base?.repo?.full_name)
    return 'No preview: the pull request is of a fork, whose machines nobody here has vouched for.';
  // Whoever may open a pull request is a tenant of this runner, not its operator.
  const judged = qonverge('validate', env('QV_PATH'), '-o', 'github', '--as', 'tenant', ...common);
  if (judged.status !== 0) {
    process.stdout.write(judged.stdout);
    failed = true;
    return 'No preview: the specs reach for what a tenant of the runner is not granted.';
  }
  const run = qonverge(
    ...['apply', env('QV_PATH'), '--ephemeral', '--name-suffix', suffix, '-o', 'markdown'],
    ...['--ttl', env('QV_PREVIEW_TTL') || '2h', '--timeout', env('QV_PREVIEW_TIMEOUT') || '5m'],
  );
  log(run.stderr);
  failed = run.status !== 0;
  return run.stdout || `### Qonverge: no preview\n\n${fenced(run.stderr)}`;
}

/** Whoever may comment could put our mark first, and change afterwards what we wrote below their name. */
function isForeign({ user, author_association: role }) {
  return user?.type === 'User' && !['OWNER', 'MEMBER', 'COLLABORATOR'].includes(role);
}

/** One comment, however often the pull request changes. */
async function comment(text) {
  if (!pull) return;
  const { number } = pull;
  const api = `${env('GITHUB_API_URL')}/repos/${env('GITHUB_REPOSITORY')}/issues`;
  const call = async (method, url, content) => {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${env('QV_TOKEN')}`, accept: 'application/vnd.github+json' },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`);
    return response.json();
  };
  try {
    let mine;
    for (let page = 1; !mine && page <= 20; page++) {
      const comments = await call('GET', `${api}/${number}/comments?per_page=100&page=${page}`);
      mine = comments.find((one) => one.body?.startsWith(marker) && !isForeign(one));
      if (comments.length < 100) break;
    }
    if (mine) await call('PATCH', `${api}/comments/${mine.id}`, { body: text });
    else await call('POST', `${api}/${number}/comments`, { body: text });
  } catch (error) {
    // A pull request of a fork has a token that may not write: the checks still count.
    console.log(`::notice title=qonverge::no comment was written: ${error.message}`);
  }
}
