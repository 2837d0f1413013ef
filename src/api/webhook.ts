import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { systemClock } from '../host/clock.ts';
import { readText, stat } from '../host/files.ts';
import { Failure } from '../model/failure.ts';
import type { Source } from '../source/contract.ts';
import type { Logger } from '../telemetry/log.ts';

export interface WebhookOptions {
  /** `127.0.0.1:9470`. */
  readonly listen: string;
  readonly secretFile: string;
}

/** GitHub sends up to 25 MiB; a push of that size is seen by polling. */
const maxBody = 2 * 1024 * 1024;

/**
 * Where a forge says that something was pushed. A hook only wakes: what is fetched, verified and taken is the same as
 * without it, so all that it can do is make us look. Nothing is parsed before the signature was found right.
 */
export async function serveWebhook(
  { listen, secretFile }: WebhookOptions,
  sources: readonly { readonly source: Pick<Source, 'rescan' | 'origin'> }[],
  log: Logger,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const secret = await readSecret(secretFile);
  const { host, port } = addressOf(listen);
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    requestTimeout: 10_000,
    headersTimeout: 5_000,
    // Node looks at these times every 30 s by itself: so long could a few that say nothing keep the forge out.
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = 32;
  const complain = seldom((fields) => log.warn('webhook', fields));
  server.on('request', (request, response) => {
    const answer = (status: number, words: string) => {
      response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
      response.end(`${words}\n`);
    };
    hear(request, secret).then(
      ({ status, words, ref }) => {
        if (status === 202) for (const { source } of concerned(sources, ref)) source.rescan();
        else complain({ status, problem: words });
        answer(status, words);
      },
      (error: unknown) => {
        complain({ problem: String(error) });
        answer(400, 'bad request');
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Failure('refused', `webhook ${listen}: ${cause.message}`, { retry: 'never', cause })),
    );
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  const actual = typeof bound === 'object' && bound ? bound.port : port;
  log.info('webhook', { listen: `${host}:${actual}` });
  return {
    port: actual,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whoever can reach us may write no log full: one in ten seconds, with how many there were besides. */
function seldom(
  say: (fields: Readonly<Record<string, unknown>>) => void,
): (fields: Readonly<Record<string, unknown>>) => void {
  let next = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (fields) => {
    const now = systemClock.monotonic();
    if (now < next) {
      unsaid++;
      return;
    }
    say({ ...fields, ...(unsaid > 0 ? { unsaid } : {}) });
    unsaid = 0;
    next = now + 10_000;
  };
}

interface Heard {
  readonly status: number;
  readonly words: string;
  /** The branch that was pushed, where the forge says it. */
  readonly ref?: string;
}

async function hear(request: IncomingMessage, secret: string): Promise<Heard> {
  if (request.method !== 'POST') return { status: 405, words: 'only POST' };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) return { status: 413, words: 'too large' };
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!isSigned(request, body, secret)) return { status: 401, words: 'the signature does not count' };
  const ref = refOf(body);
  return { status: 202, words: 'thanks', ...(ref === undefined ? {} : { ref }) };
}

/** GitHub: HMAC with a prefix. Gitea and Forgejo: the bare HMAC. GitLab: the secret itself, or a standard webhook's HMAC. */
export function isSigned(
  { headers }: Pick<IncomingMessage, 'headers'>,
  body: Buffer,
  secret: string,
): boolean {
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const hmac = createHmac('sha256', secret).update(body).digest('hex');
  const github = header('x-hub-signature-256');
  if (github !== undefined) return equal(github, `sha256=${hmac}`);
  const gitea = header('x-gitea-signature') ?? header('x-forgejo-signature');
  if (gitea !== undefined) return equal(gitea, hmac);
  const standard = header('webhook-signature');
  if (standard !== undefined) {
    const signed = `${header('webhook-id') ?? ''}.${header('webhook-timestamp') ?? ''}.`;
    const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
    const expected = createHmac('sha256', key).update(signed).update(body).digest('base64');
    return standard.split(' ').some((one) => equal(one, `v1,${expected}`));
  }
  const gitlab = header('x-gitlab-token');
  return gitlab !== undefined && equal(gitlab, secret);
}

/** In the same time whatever differs. */
function equal(given: string, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function refOf(body: Buffer): string | undefined {
  try {
    const { ref } = JSON.parse(body.toString('utf8')) as { ref?: unknown };
    return typeof ref === 'string' && ref.startsWith('refs/heads/') ? ref.slice(11) : undefined;
  } catch {
    // A form: GitHub's other encoding. Looking once too often does no harm.
    return undefined;
  }
}

function concerned<S extends { readonly source: Pick<Source, 'origin'> }>(
  sources: readonly S[],
  ref: string | undefined,
): readonly S[] {
  const gits = sources.filter(({ source }) => source.origin.includes('#'));
  return ref === undefined ? gits : gits.filter(({ source }) => source.origin.includes(`#${ref}:`));
}

async function readSecret(path: string): Promise<string> {
  const facts = await stat(path);
  const suggestion = `(umask 077; openssl rand -hex 32 > ${path}), and give the forge the same`;
  if (!facts?.isFile)
    throw new Failure('refused', `webhook: there is no ${path}`, { retry: 'never', suggestion });
  if ((facts.mode & 0o077) !== 0)
    throw new Failure('permission-denied', `webhook: others than its owner may read ${path}`, {
      retry: 'never',
      suggestion: `chmod 600 ${path}`,
    });
  const secret = (await readText(path, 4096)).trim();
  if (secret.length >= 16) return secret;
  throw new Failure('refused', `webhook: the secret in ${path} is shorter than 16 characters`, {
    retry: 'never',
    suggestion,
  });
}

function addressOf(listen: string): { host: string; port: number } {
  const match = listen.match(/^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/);
  const port = Number(match?.[3]);
  if (match && port <= 65_535) return { host: match[1] ?? match[2] ?? '', port };
  throw new Failure('refused', `webhook: ${listen} is no address with a port`, {
    retry: 'never',
    suggestion: 'write 127.0.0.1:9470',
  });
}
