import type { KindTable } from '../kinds/contract.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import { decodeFile } from '../manifest/decode.ts';
import { Composer } from './composer.ts';
import type { DesiredState, Source } from './contract.ts';
import { type FileChange, Merger } from './merge.ts';

/** Specs that are handed over as text: standard input, tests. */
export class MemorySource implements Source {
  readonly origin: string;
  readonly #state: DesiredState;

  constructor(
    origin: string,
    files: readonly { readonly path: string; readonly text: string }[],
    kinds: KindTable,
    values?: Values,
  ) {
    this.origin = origin;
    const composer = new Composer({ kinds, root: '', ...(values ? { values } : {}) });
    const keep = composer.keepsAll;
    const changes = files.map(
      ({ path, text }): FileChange => [path, { path, decoded: decodeFile({ path, text, keep }, kinds) }],
    );
    const all = () => changes.flatMap(([, file]) => file ?? []);
    this.#state = new Merger(kinds).update(composer.update(changes, all, (file) => ({ file })));
  }

  read(): Promise<DesiredState> {
    return Promise.resolve(this.#state);
  }

  async *changes(): AsyncIterable<DesiredState> {
    yield this.#state;
  }

  rescan(): void {
    // What was handed over does not change.
  }
}
