import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../src/host/clock.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { DesiredState } from '../../src/source/contract.ts';
import { type DirectoryOptions, DirectorySource } from '../../src/source/directory.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { until } from './sandbox.ts';

/** A volume is the shortest spec there is. */
export function volume(name: string, capacity = '1GiB'): string {
  return `apiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: ${name}}\nspec: {capacity: ${capacity}, format: qcow2}\n`;
}

export function domain(name: string, spec = ''): string {
  return `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: ${name}}\nspec:\n  memory: 64MiB\n${spec}`;
}

/** A directory of specs in a temp directory of its own, and what a source says of it. */
export class WatchedSource {
  readonly base = mkdtempSync(join(tmpdir(), 'qv-source-'));
  readonly root = join(this.base, 'specs');
  readonly states: DesiredState[] = [];
  readonly #end = new AbortController();
  #done: Promise<void> | undefined;
  source: DirectorySource | undefined;

  constructor() {
    mkdirSync(this.root);
  }

  write(file: string, text: string): string {
    const path = join(this.root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  open(options: Partial<DirectoryOptions> = {}, path = this.root): DirectorySource {
    this.source = new DirectorySource(path, {
      kinds,
      clock: systemClock,
      log: silentLogger,
      settle: 60,
      interval: 150,
      ...options,
    });
    return this.source;
  }

  /** Everything once, as `apply` reads it. */
  read(options: Partial<DirectoryOptions> = {}, path = this.root): Promise<DesiredState> {
    return this.open(options, path).read(AbortSignal.timeout(15_000));
  }

  /** Follows changes until `dispose`. */
  async watch(options: Partial<DirectoryOptions> = {}): Promise<void> {
    const source = this.open(options);
    this.#done = (async () => {
      for await (const state of source.changes(this.#end.signal)) this.states.push(state);
    })();
    await until(() => this.states.at(-1)?.complete === true, 'everything has settled');
    this.states.splice(0, this.states.length - 1);
  }

  get last(): DesiredState {
    const state = this.states.at(-1);
    if (!state) throw new Error('nothing was seen yet');
    return state;
  }

  names(state = this.last): string[] {
    return [...state.declared.keys()];
  }

  capacity(name: string, state = this.last): unknown {
    return (state.declared.get(`Volume/${name}`)?.def.spec as { capacity?: number } | undefined)?.capacity;
  }

  async until(check: (state: DesiredState) => boolean, what: string, timeout = 30_000): Promise<void> {
    await until(
      () => check(this.last),
      () => `${what}; now ${JSON.stringify([this.names(), this.last.frozen, this.last.diagnostics])}`,
      timeout,
    );
  }

  async dispose(): Promise<void> {
    this.#end.abort();
    await this.#done;
    rmSync(this.base, { recursive: true, force: true });
  }
}
