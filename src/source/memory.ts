import type { KindTable } from '../kinds/contract.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import { decodeFile } from '../manifest/decode.ts';
import { Composer } from './composer.ts';
import type { DesiredState, Source } from './contract.ts';
import { mergeSources } from './merge.ts';

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
    const decoded = files.map((file) => ({
      path: file.path,
      decoded: decodeFile({ ...file, keep }, kinds),
    }));
    this.#state = mergeSources(
      composer.compose(decoded, (file) => ({ file })),
      kinds,
    );
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
