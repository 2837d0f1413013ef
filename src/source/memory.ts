import type { KindTable } from '../kinds/contract.ts';
import { decodeFile } from '../manifest/decode.ts';
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
  ) {
    this.origin = origin;
    this.#state = mergeSources(
      files.map((file) => ({ path: file.path, decoded: decodeFile(file, kinds) })),
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
