/** A table that is looked up by words of users: it has no rows but its own, so that `constructor` is not one. */
export function wordTable<T>(rows: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(rows));
}
