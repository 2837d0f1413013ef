import { readFile } from 'node:fs/promises';
import { Failure } from '../../model/failure.ts';

/** The text of an XML file, in the encoding that its first bytes or its declaration say; UTF-8 otherwise. */
export async function readXmlFile(path: string): Promise<string> {
  return xmlText(await readFile(path), path);
}

export function xmlText(bytes: Uint8Array, label: string): string {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Failure('refused', `${label}: not text in ${encoding}`, {
      cause,
      retry: 'never',
      suggestion: 'name its encoding in the first line: <?xml version="1.0" encoding="ISO-8859-1"?>',
    });
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  return (
    /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1] ?? 'utf-8'
  );
}
