import type { Clock } from '../host/clock.ts';
import { readText, stat } from '../host/files.ts';
import { signatureNow } from '../host/tree.ts';
import { DirectoryWatch } from '../host/watch.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import { decodeValues } from '../manifest/compose/values-file.ts';
import { fileLimits } from '../manifest/file-limits.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { whereOf } from '../model/where-of.ts';
import type { DesiredState, Source, SourcePast, SourceReport } from './contract.ts';

export interface ValuedOptions {
  readonly origin: string;
  /** The file of values: on this host, outside of what is watched. */
  readonly file: string;
  readonly clock: Clock;
  /** Milliseconds that the file must stay as it is before it counts. */
  readonly settle?: number;
  /** Milliseconds between two looks at the file: events are only hints. */
  readonly interval?: number;
  open(values: Values): Source;
}

/** Longer than this nobody waits for a file that is written again and again. */
const patience = 10_000;

interface Found {
  readonly signature: string;
  readonly values: Values | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A source whose specs are filled from a file. Other values make it another source; while they have mistakes nothing is
 * taken from it, and what was last good holds.
 */
export class ValuedSource implements Source {
  readonly origin: string;
  readonly #options: ValuedOptions;
  #inner: Source | undefined;
  #last: DesiredState | undefined;
  #wake: () => void = () => undefined;

  constructor(options: ValuedOptions) {
    this.origin = options.origin;
    this.#options = options;
  }

  rescan(): void {
    this.#wake();
    this.#inner?.rescan();
  }

  report(): SourceReport | undefined {
    const frozen = this.#last?.frozen;
    const known = this.#inner?.report?.();
    if (!known && frozen === undefined) return undefined;
    const bare = { origin: this.origin, resources: this.#last?.declared.size ?? 0, conditions: [] };
    return { ...(known ?? bare), ...(frozen === undefined ? {} : { frozen }) };
  }

  past(): SourcePast | undefined {
    return this.#inner?.past?.();
  }

  async read(signal: AbortSignal): Promise<DesiredState> {
    const { values, diagnostics } = await this.#look(signal);
    if (!values) return this.#freeze(diagnostics);
    this.#inner = this.#options.open(values);
    this.#last = await this.#inner.read(signal);
    return this.#last;
  }

  async *changes(signal: AbortSignal): AsyncIterable<DesiredState> {
    // Who cannot watch looks at each interval.
    const watch = new DirectoryWatch(
      () => this.#wake(),
      () => undefined,
    );
    const left = new AbortController();
    const end = AbortSignal.any([signal, left.signal]);
    try {
      while (!end.aborted) {
        watch.set(this.#options.file, []);
        const found = await this.#look(end);
        if (!found.values) {
          yield this.#freeze(found.diagnostics);
          await this.#untilOther(found, end);
          continue;
        }
        const other = new AbortController();
        const changed = this.#untilOther(found, end).then(() => other.abort());
        const inner = this.#options.open(found.values);
        this.#inner = inner;
        for await (const state of inner.changes(other.signal)) {
          this.#last = state;
          yield state;
        }
        await changed;
      }
    } finally {
      left.abort();
      watch.close();
    }
  }

  /** The file as it is, once nobody writes it any more. */
  async #look(signal: AbortSignal): Promise<Found> {
    const { file: path, clock, settle = 500 } = this.#options;
    const deadline = clock.monotonic() + patience;
    try {
      while (clock.monotonic() < deadline) {
        const signature = (await signatureNow(path)) ?? '';
        const facts = await stat(path);
        const age = clock.now().getTime() - (facts?.mtimeMs ?? 0);
        // A time that lies ahead says nothing of the age.
        if (age >= 0 && age < settle && !signal.aborted) {
          await clock.sleep(settle - age, signal).catch(() => undefined);
          continue;
        }
        if (!facts?.isFile) return { signature, ...this.#wrong('there is no such file of values') };
        const text = await readText(path, fileLimits.bytes);
        if ((await signatureNow(path)) === signature) return { signature, ...decodeValues({ path, text }) };
      }
      return { signature: '', ...this.#wrong('the file of values is written again and again') };
    } catch (error) {
      return { signature: '', ...this.#wrong((error as Error).message) };
    }
  }

  #wrong(message: string): Pick<Found, 'values' | 'diagnostics'> {
    const { file } = this.#options;
    const place = { file, line: 1, column: 1 };
    return {
      values: undefined,
      diagnostics: [{ severity: 'error', code: 'file-unreadable', message, ...place }],
    };
  }

  /** Returns when the file is no longer what was found, or at the end. */
  async #untilOther({ signature }: Found, signal: AbortSignal): Promise<void> {
    const { file, clock, interval = 30_000 } = this.#options;
    while (!signal.aborted) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      // Looked at after the alarm is set, so that nothing falls between.
      if (((await signatureNow(file)) ?? '') !== signature) return;
      await clock.sleep(interval, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    }
  }

  /** What was last good holds on, and nothing is removed until it is known what is meant. */
  #freeze(diagnostics: readonly Diagnostic[]): DesiredState {
    const [first] = diagnostics;
    const { message = '' } = first ?? {};
    this.#last = {
      revision: '',
      declared: new Map(),
      problems: new Map(),
      ...this.#last,
      approvals: [],
      diagnostics,
      complete: false,
      frozen: `the values have a mistake: ${whereOf({ file: this.#options.file, line: 1, column: 1, ...first })}: ${message}`,
    };
    return this.#last;
  }
}
