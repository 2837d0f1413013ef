import { Failure } from '../model/failure.ts';

const newline = 0x0a;

/** Cuts a byte stream into lines of JSON. Chunks are kept as they come; a line over the cap is an error. */
export class LineFramer {
  #chunks: Buffer[] = [];
  #bytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes = 10 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /** The complete lines that end in this chunk; empty ones are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end));
      const line = (this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks))
        ?.toString('utf8')
        .trim();
      this.#chunks = [];
      this.#bytes = 0;
      if (line) lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
    return lines;
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) {
      this.#chunks = [];
      throw new Failure('qmp-protocol', `a line of over ${this.#maxBytes} bytes`);
    }
    this.#chunks.push(part);
  }
}
