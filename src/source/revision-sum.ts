import { revisionOf } from '../manifest/canonical.ts';
import type { KeyText } from '../model/resource.ts';

/** Revision of a set of resources that grows and shrinks: the same set, the same text, whatever the way to it. */
export class RevisionSum {
  #high = 0;
  #low = 0;

  add(text: KeyText, revision: string): void {
    this.#change(text, revision, 1);
  }

  remove(text: KeyText, revision: string): void {
    this.#change(text, revision, -1);
  }

  get text(): string {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(8, '0')).join('');
  }

  #change(text: KeyText, revision: string, by: 1 | -1): void {
    const hash = revisionOf([text, revision]);
    this.#high = (this.#high + by * Number.parseInt(hash.slice(0, 8), 16)) >>> 0;
    this.#low = (this.#low + by * Number.parseInt(hash.slice(8), 16)) >>> 0;
  }
}
