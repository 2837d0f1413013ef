import { hash } from 'node:crypto';
import { Failure } from '../model/failure.ts';

export const schemaVersion = 1;

/** A record as text that proves itself: version and checksum around the body. */
export function seal(record: unknown): string {
  const body = JSON.stringify(record);
  return `{"schemaVersion":${schemaVersion},"sha256":"${checksum(body)}","record":${body}}\n`;
}

/** The body of a sealed text. Throws `state-newer` or `state-corrupt`. */
export function unseal<T>(text: string, path: string): T {
  const match = text.match(/^\{"schemaVersion":(\d+),"sha256":"([0-9a-f]{64})","record":/);
  if (!match) throw new Failure('state-corrupt', `${path} is not a record`, { retry: 'never' });
  if (Number(match[1]) > schemaVersion) {
    throw new Failure(
      'state-newer',
      `${path} was written by a newer release (schema ${match[1]}, we know ${schemaVersion})`,
      {
        retry: 'never',
        suggestion: 'use that release or a newer one',
      },
    );
  }
  const body = text.slice(match[0].length, text.lastIndexOf('}'));
  if (checksum(body) !== match[2])
    throw new Failure('state-corrupt', `${path}: checksum does not match`, { retry: 'never' });
  return JSON.parse(body) as T;
}

function checksum(body: string): string {
  return hash('sha256', body);
}
