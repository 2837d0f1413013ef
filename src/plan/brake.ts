import type { KeyText } from '../model/resource.ts';

/** The most removals (or restarts) that one revision may do among `total` resources before a person must approve. */
export function brakeLimit(total: number): number {
  return Math.max(2, Math.floor(total * 0.25));
}

/** Why this revision waits for a person, or undefined. */
export function brake(what: 'removals' | 'restarts', count: number, total: number): string | undefined {
  const limit = brakeLimit(total);
  if (count <= limit) return undefined;
  return `the brake holds: ${count} ${what} of ${total} at once, ${limit} go without approval (\`qonverge approve\`)`;
}

/** Why a removal waits that its spec wants to be confirmed. */
export function confirmation(key: KeyText): string {
  return `its spec leaves its removal to people (qonverge/prune, qonverge/reconcile): \`qonverge approve ${key}\`, or \`Allow-Delete: ${key}\` in a commit`;
}
