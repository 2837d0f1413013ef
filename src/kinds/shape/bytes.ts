import type { Field } from './field.ts';
import { parseLocation } from './location.ts';
import { type Refusal, scalar } from './scalar.ts';

const prefixes = ['K', 'M', 'G', 'T', 'P'];
/** Schemas tell a size by it. */
export const sizePattern = '^\\d+(\\.\\d+)?\\s*([KMGTP]i?)?B?$';

export interface BytesRules {
  /** libvirt's unit where XML names none; where that is KiB, it rounds up to whole ones. */
  readonly unit?: 'KiB' | 'MiB' | 'bytes';
  /** XML holds plain bytes and takes no unit. */
  readonly unitless?: boolean;
  readonly minimum?: number;
  /** The unit that libvirt writes, where the size is whole in it; `largest`: the largest such. Default: KiB. */
  readonly shown?: 'B' | 'M' | 'largest';
}

/** A size. YAML: bytes or text with a unit (`2GiB`); XML: a number with `unit=`. */
export function bytes(at: string, about: string, rules: BytesRules = {}): Field<number> {
  const { unitless = false, unit: defaultUnit = unitless ? 'bytes' : 'KiB', minimum = 0, shown } = rules;
  const location = parseLocation(at);
  const plain = scalar<number>(at, `${about} Bytes, or a number with a unit: 2GiB, 512MiB.`, {
    schema: {
      anyOf: [
        { type: 'integer', minimum, maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string', pattern: sizePattern, maxLength: 32 },
      ],
    },
    expected: 'a size: bytes, or a number with a unit like 2GiB',
    read: (value) => {
      if (typeof value === 'number') return checked(value, minimum);
      return typeof value === 'string' ? parseSize(value, minimum) : undefined;
    },
    plain: formatSize,
    print: String,
  });
  return {
    ...plain,
    fromXml: (cursor, path) => {
      const holder = cursor.descend(location.steps);
      const found = holder && cursor.value(location);
      if (holder === undefined || found === undefined) return undefined;
      cursor.decoding.positions.set(path, found.position);
      const unit = (unitless ? undefined : holder.attribute('unit')?.value) ?? defaultUnit;
      const factor = unitFactor(unit);
      const number = /^\s*\d+\s*$/.test(found.text) ? Number(found.text) : Number.NaN;
      const size =
        factor === undefined
          ? ({
              code: 'invalid-size',
              message: `unknown unit ${JSON.stringify(unit)}; use KiB, MiB, GiB or bytes`,
            } as const)
          : checked(
              defaultUnit === 'KiB' ? Math.ceil((number * factor) / 1024) * 1024 : number * factor,
              minimum,
            );
      if (typeof size === 'number') return size;
      cursor.decoding.report(size.code, path, size.message);
      return undefined;
    },
    toXml: (value, builder) => {
      const target = builder.descend(location.steps);
      const plainUnit = defaultUnit === 'bytes' ? 'bytes' : 'KiB';
      const [number, unit] = shown === 'largest' ? largestUnit(value) : inUnit(value, shown ?? plainUnit);
      if (location.attribute !== undefined) target.attribute(location.attribute, String(number));
      else target.text(String(number));
      if (!unitless) target.attribute('unit', unit);
    },
  };
}

function inUnit(value: number, unit: string): readonly [number, string] {
  const factor = unitFactor(unit) ?? 1;
  return value % factor === 0 ? [value / factor, unit] : [value, 'bytes'];
}

function largestUnit(value: number): readonly [number, string] {
  const power = value === 0 ? 0 : prefixes.findLastIndex((_, at) => value % 1024 ** (at + 1) === 0) + 1;
  return [value / 1024 ** power, power === 0 ? 'B' : `${prefixes[power - 1]}iB`];
}

/** The largest unit that says it exactly: 2147483648 is `2GiB`; what no unit divides stays a number. */
export function formatSize(value: number): string | number {
  for (let power = prefixes.length; power > 0; power--) {
    if (value !== 0 && value % 1024 ** power === 0) return `${value / 1024 ** power}${prefixes[power - 1]}iB`;
  }
  return value;
}

function parseSize(text: string, minimum: number): number | Refusal {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMGTP])(i?))?B?$/.exec(text);
  if (match === null) {
    return {
      code: 'invalid-size',
      message: `${JSON.stringify(text.slice(0, 40))} is not a size`,
      suggestion: 'write a number with a unit: 2GiB, 512MiB, or plain bytes',
    };
  }
  const [, number = '', prefix, binary] = match;
  const power = prefix === undefined ? 0 : prefixes.indexOf(prefix) + 1;
  return checked(exactProduct(number, (binary === 'i' ? 1024 : 1000) ** power), minimum);
}

/** `1.1GB` is exactly 1100000000, though 1.1 * 1e9 in doubles is not. */
function exactProduct(decimal: string, factor: number): number {
  const [whole = '0', fraction = ''] = decimal.split('.');
  if (whole.length + fraction.length > 24) return Number.NaN;
  const scaled = BigInt(whole + fraction) * BigInt(factor);
  const divisor = 10n ** BigInt(fraction.length);
  return scaled % divisor === 0n ? Number(scaled / divisor) : Number.NaN;
}

function checked(value: number, minimum: number): number | Refusal {
  if (!Number.isSafeInteger(value))
    return { code: 'invalid-size', message: 'is not a whole number of bytes that we can hold' };
  if (value < minimum) return { code: 'invalid-size', message: `must be at least ${minimum} bytes` };
  return value;
}

/** libvirt's words, case of the prefix ignored: `k` and `KiB` are 1024, `KB` is 1000. */
function unitFactor(unit: string): number | undefined {
  const lower = unit.toLowerCase();
  if (lower === 'b' || lower === 'bytes') return 1;
  const match = /^([kmgtpe])(ib|b)?$/.exec(lower);
  if (match === null) return undefined;
  return (match[2] === 'b' ? 1000 : 1024) ** ('kmgtpe'.indexOf(match[1] ?? '') + 1);
}
