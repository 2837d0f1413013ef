/** So many parts are remembered for each place: enough for the classes of a fleet. */
const mostSeen = 8;
/** Places are named by what a kind has; where they are named by people, there is no end of them. */
const mostInner = 256;

interface Place {
  readonly inner: Map<string, Place>;
  /** Seen here, the last one first, with the names of its members. */
  readonly seen: { readonly part: object; readonly names: readonly string[] }[];
}

/**
 * Makes equal parts of many values one object: definitions of a fleet are mostly alike. For each place in a value the
 * last few parts are remembered, so that this never grows with the number of values.
 */
export class Parts {
  readonly #root: Place = place();

  /** The same value, in which what was seen before stands for its equal. Takes plain data that nobody changes any more. */
  share<T>(value: T): T {
    return isObject(value) ? (share(value, this.#root) as T) : value;
  }
}

function share(value: object, { inner, seen }: Place): object {
  const members = value as Record<string, unknown>;
  const names = Object.keys(members);
  for (const name of names) {
    const member = members[name];
    if (!isObject(member)) continue;
    let known = inner.get(name);
    if (!known) {
      if (inner.size >= mostInner) inner.clear();
      known = place();
      inner.set(name, known);
    }
    const shared = share(member, known);
    if (shared !== member) members[name] = shared;
  }
  const at = seen.findIndex((other) => isSame(members, names, other));
  const found = seen[at];
  if (!found) {
    seen.unshift({ part: value, names });
    if (seen.length > mostSeen) seen.pop();
    return value;
  }
  if (at > 0) seen.unshift(...seen.splice(at, 1));
  return found.part;
}

/** Their own members are one object already where they are equal. */
function isSame(
  members: Record<string, unknown>,
  names: readonly string[],
  other: Place['seen'][number],
): boolean {
  if (other.names.length !== names.length || Array.isArray(members) !== Array.isArray(other.part))
    return false;
  const others = other.part as Record<string, unknown>;
  // In the order of their names as well: what was written stays as it was written.
  for (let at = 0; at < names.length; at++) {
    const name = names[at] ?? '';
    if (name !== other.names[at] || !Object.is(members[name], others[name])) return false;
  }
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function place(): Place {
  return { inner: new Map(), seen: [] };
}
