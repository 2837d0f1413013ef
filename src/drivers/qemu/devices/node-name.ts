import { fnv1a } from '../command-line/fnv1a.ts';

/** The longest name of a block node that QEMU takes (block layer, `BDRV_NODE_NAME_LEN`). */
const limit = 31;

/** Name of a block node of a disk: its alias and what the node is. Long aliases are cut and told apart by a hash. */
export function nodeName(alias: string, suffix: string): string {
  const name = `${alias}${suffix}`;
  if (name.length <= limit) return name;
  const hash = fnv1a(alias).toString(16).padStart(8, '0');
  return `${alias.slice(0, limit - suffix.length - hash.length - 1)}-${hash}${suffix}`;
}
