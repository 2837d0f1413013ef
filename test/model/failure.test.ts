import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { toFailure } from '../../src/model/failure.ts';

async function failureOf(path: string) {
  return toFailure(await readFile(path).catch((error: unknown) => error));
}

test('a path that cannot be read is told by its name and in words, not as an error of ours', async () => {
  expect(await failureOf('/nowhere/a.yaml')).toMatchObject({
    code: 'not-found',
    message: '/nowhere/a.yaml: there is no such file or directory',
  });
  expect(await failureOf('/dev/null/a.yaml')).toMatchObject({ code: 'not-found' });
  expect(await failureOf(`/${'a'.repeat(300)}`)).toMatchObject({ code: 'refused' });
});

test('what nobody foresaw stays an internal error', () => {
  expect(toFailure(new TypeError('x is not a function'))).toMatchObject({ code: 'internal' });
});
