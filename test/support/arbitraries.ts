import fc from 'fast-check';

/** An arbitrary for every key of T: a field that the model gains must be generated before this compiles. */
export type Arbitraries<T> = { readonly [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> };

/** A record with all of the required keys and some of the others. */
export function sometimes<T>(fields: Arbitraries<T>, required: readonly (keyof T)[] = []): fc.Arbitrary<T> {
  const options = { requiredKeys: [...required] as never[] };
  return fc.record(fields as Record<string, fc.Arbitrary<unknown>>, options) as unknown as fc.Arbitrary<T>;
}

/** One line of text with something to see, and with all that XML and YAML must escape. */
export function line(maxLength = 20): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.constantFrom('&', '<', '>', '"', "'", ':', '#', '-', ' ', 'ä', '漢', '💡', '{', '%', ']]>'),
    fc.stringMatching(/^[a-zA-Z0-9]$/),
  );
  return fc.string({ unit, minLength: 1, maxLength }).filter((text) => text.trim() !== '');
}

export function word(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,11}$/);
}

export function resourceName(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,20}$/);
}

export function absolutePath(): fc.Arbitrary<string> {
  return fc
    .array(fc.stringMatching(/^[A-Za-z0-9_ ,=&'-]{1,8}$/), { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`);
}

export function count(max = 64): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max });
}

export function uuid(): fc.Arbitrary<string> {
  return fc.uuid();
}

export function mac(): fc.Arbitrary<string> {
  return fc.stringMatching(/^52:54:00(:[0-9a-f]{2}){3}$/);
}

/** Sizes that XML can say where it counts in KiB. */
export function wholeKib(min = 0): fc.Arbitrary<number> {
  return fc.integer({ min, max: 2 ** 40 }).map((size) => size * 1024);
}
