import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { GitRepository } from './git-repository.ts';

/** A forge: git's own server program behind TLS, by an authority of its own, for those who know the token. */
export class HttpsRepository {
  readonly caFile: string;
  /** Whom clients meant to speak with, and what they gave, decoded; empty: nothing. */
  readonly requests: { readonly host: string; readonly credentials: string }[] = [];
  token = 'first-token-0123456789';
  /** Looked at while a client waits for its answer. */
  meanwhile: () => void = () => undefined;
  /** Where whoever is let in is sent. */
  redirect: string | undefined;
  readonly #server: Server;
  readonly #repo: GitRepository;

  private constructor(repo: GitRepository) {
    this.#repo = repo;
    this.caFile = join(repo.base, 'ca.pem');
    const key = join(repo.base, 'tls.key');
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-keyout', key, '-out', this.caFile, '-days', '2', '-subj', '/CN=forge'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
      ],
      { stdio: 'ignore', env: { ...repo.env, OPENSSL_CONF: '/dev/null' } },
    );
    this.#server = createServer(
      { key: readFileSync(key), cert: readFileSync(this.caFile) },
      (request, response) => this.#answer(request, response),
    );
  }

  static async serve(repo: GitRepository): Promise<HttpsRepository> {
    const forge = new HttpsRepository(repo);
    await new Promise<void>((listening) => forge.#server.listen(0, '127.0.0.1', listening));
    return forge;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}/origin.git`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [, basic = ''] = request.headers.authorization?.match(/^Basic (.+)$/) ?? [];
    const given = Buffer.from(basic, 'base64').toString('utf8');
    this.requests.push({ host: request.headers.host ?? '', credentials: given });
    this.meanwhile();
    if (given !== `x-access-token:${this.token}`) {
      // As bad as a server can be: it says again what it was told, and git passes that on.
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="forge"', 'Content-Type': 'text/plain' });
      response.end(`you said ${given} ${basic}\n`);
    } else if (this.redirect === undefined) this.#serve(request, response);
    else response.writeHead(302, { Location: `${this.redirect}${request.url}` }).end();
  }

  /** CGI. */
  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search } = new URL(request.url ?? '/', this.url);
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...this.#repo.env,
        GIT_PROJECT_ROOT: this.#repo.base,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.on('close', () => {
      const said = Buffer.concat(chunks);
      const end = said.indexOf('\r\n\r\n');
      for (const line of said.toString('latin1', 0, end).split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(said.subarray(end + 4));
    });
  }
}
