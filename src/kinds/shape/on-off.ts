import type { Field } from './field.ts';
import { parseLocation } from './location.ts';
import { scalar } from './scalar.ts';

/** A yes or no that libvirt writes `on` and `off`. */
export function onOff(at: string, about: string): Field<boolean> {
  return toggle(at, about, 'on', 'off');
}

/** A yes or no that libvirt writes `yes` and `no`. */
export function yesNo(at: string, about: string): Field<boolean> {
  return toggle(at, about, 'yes', 'no');
}

function toggle(at: string, about: string, yes: string, no: string): Field<boolean> {
  return scalar<boolean>(at, about, {
    schema: { type: 'boolean' },
    expected: 'true or false',
    read: (value, form) => {
      if (form === 'yaml') return typeof value === 'boolean' ? value : undefined;
      if (value === yes) return true;
      if (value === no) return false;
      return { code: 'invalid-value', message: `must be ${yes} or ${no}, not ${JSON.stringify(value)}` };
    },
    plain: (value) => value,
    print: (value) => (value ? yes : no),
  });
}

/** An element whose presence alone says yes: `<readonly/>`. A no is the same as saying nothing. */
export function presence(at: string, about: string): Field<boolean> {
  const { steps } = parseLocation(at);
  return {
    ...toggle(at, about, 'yes', 'no'),
    fromYaml: (value, path, decoding) => {
      if (typeof value !== 'boolean') decoding.report('wrong-type', path, 'must be true or false');
      return value === true ? true : undefined;
    },
    fromXml: (cursor, path) => {
      const found = cursor.descend(steps);
      if (found === undefined) return undefined;
      cursor.decoding.positions.set(path, found.element.position);
      return true;
    },
    toXml: (value, builder) => {
      if (value) builder.descend(steps);
    },
  };
}

/** An element with an optional state: `<hap/>` and `<hap state='on'/>` are yes, `<hap state='off'/>` is no. */
export function switched(at: string, about: string): Field<boolean> {
  const { steps } = parseLocation(at);
  const state = onOff(`${at}@state`, about);
  return {
    ...state,
    at,
    fromXml: (cursor, path) => {
      const found = cursor.descend(steps);
      if (found === undefined) return undefined;
      if (found.attribute('state') !== undefined) return state.fromXml(cursor, path);
      cursor.decoding.positions.set(path, found.element.position);
      return true;
    },
  };
}
