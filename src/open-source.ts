import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from './cli/version.ts';
import { decodeWorker } from './decode-worker.ts';
import { systemClock } from './host/clock.ts';
import { type HostPaths, shortId } from './host/paths.ts';
import { signatureNow } from './host/tree.ts';
import type { KindTable } from './kinds/contract.ts';
import type { Values } from './manifest/compose/substitute.ts';
import type { SourceConfig, VerifyConfig } from './source/config.ts';
import type { Source } from './source/contract.ts';
import { type DirectoryOptions, DirectorySource } from './source/directory.ts';
import { GitSource, gitOrigin } from './source/git/git.ts';
import type { Verification } from './source/git/options.ts';
import { ValuedSource } from './source/valued.ts';
import type { Logger } from './telemetry/log.ts';

export interface SourceDeps {
  readonly kinds: KindTable;
  readonly paths: HostPaths;
  readonly log: Logger;
  readonly settle?: number | undefined;
  /** Milliseconds between looks, where the source does not say. */
  readonly interval?: number;
  alarm?(reason: string, message: string): void;
}

/** A source as the configuration names it. */
export async function openSource(config: SourceConfig, deps: SourceDeps): Promise<Source> {
  const { values: file, ...plain } = config;
  const open = await opener(plain, deps);
  if (file === undefined) return open({});
  const interval = config.interval ?? deps.interval;
  return new ValuedSource({
    origin: open({}).origin,
    file,
    clock: systemClock,
    ...(deps.settle === undefined ? {} : { settle: deps.settle }),
    ...(interval === undefined ? {} : { interval }),
    open: (values) => open({ values }),
  });
}

type Open = (filled: { readonly values?: Values }) => Source;

async function opener(config: Omit<SourceConfig, 'values'>, deps: SourceDeps): Promise<Open> {
  const interval = config.interval ?? deps.interval;
  const { directory, git, branch = 'main', verify, namePrefix: _, ...rest } = config;
  if (git === undefined) {
    const path = directory ?? '.';
    const options = await directoryOptions(path, deps);
    return (filled) =>
      new DirectorySource(path, {
        ...options,
        ...filled,
        ...(interval === undefined ? {} : { interval }),
      });
  }
  const place = { url: git, branch, ...(rest.path === undefined ? {} : { path: rest.path }) };
  const origin = gitOrigin(place);
  const build = await buildOf();
  const options = {
    ...rest,
    ...place,
    ...(verify ? { verify: verification(verify) } : {}),
    kinds: deps.kinds,
    clock: systemClock,
    log: deps.log,
    directory: join(deps.paths.stateDir, 'sources', shortId(origin)),
    ...(interval === undefined ? {} : { interval }),
    ...(build ? { worker: build.worker, release: build.release } : {}),
    alarm: (reason: string, message: string) => deps.alarm?.(reason, message),
  };
  return (filled) => new GitSource({ ...options, ...filled });
}

export async function directoryOptions(
  path: string,
  { kinds, paths, log, settle }: SourceDeps,
): Promise<DirectoryOptions> {
  const build = await buildOf();
  return {
    kinds,
    clock: systemClock,
    log,
    ...(settle === undefined ? {} : { settle }),
    ...(build
      ? {
          worker: build.worker,
          cache: {
            path: join(paths.stateDir, 'cache', `specs-${shortId(resolve(path))}`),
            release: build.release,
          },
        }
      : {}),
  };
}

/** A new build may decode the same text to something else, whatever its version says. */
export async function buildOf(): Promise<{ readonly worker: URL; readonly release: string } | undefined> {
  const build = decodeWorker && (await signatureNow(fileURLToPath(decodeWorker)));
  return decodeWorker && build ? { worker: decodeWorker, release: `${version} ${build}` } : undefined;
}

function verification({ mode, allowedSigners = '', revokedKeys, keyring = '' }: VerifyConfig): Verification {
  if (mode === 'ssh')
    return { mode, allowedSigners, ...(revokedKeys === undefined ? {} : { revoked: revokedKeys }) };
  return mode === 'openpgp' ? { mode, keyring } : { mode };
}
