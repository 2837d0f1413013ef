import type { DomainSpec } from '../../../../model/domain.ts';
import type { Limit } from './contract.ts';

/** `<partition>`: a group among others, without limits of its own. `/machine` is where all machines are anyway. */
export function partitionLimits(spec: DomainSpec): readonly Limit[] {
  if (sliceOf(spec) === undefined) return [];
  return [{ path: 'spec.resource.partition', controller: 'cpu', writes: { 1: [], 2: [] } }];
}

/** systemd's name of a partition other than its own for machines: `/machine/production` is `machine-production.slice`. */
export function sliceOf({ resource }: DomainSpec): string | undefined {
  const partition = resource?.partition?.replaceAll(/^\/+|\/+$/g, '');
  if (!partition || partition === 'machine') return undefined;
  return `${partition.split(/\/+/).map(inUnitName).join('-')}.slice`;
}

/** What would mean something else in the name of a unit, as systemd-escape(1) writes it. */
function inUnitName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte, at) => {
      const character = String.fromCharCode(byte);
      const isPlain = /[A-Za-z0-9:_.]/.test(character) && !(at === 0 && character === '.');
      return isPlain ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
