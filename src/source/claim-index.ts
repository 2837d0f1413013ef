import type { Claim } from '../kinds/contract.ts';
import type { Def, KeyText } from '../model/resource.ts';

/** Several who claim one thing, and how many of them would have it alone. */
interface Claimants {
  readonly keys: Set<KeyText>;
  alone: number;
}

/** Who claims what. A thing is contended for when several claim it, and not all of them would share it. */
export class ClaimIndex {
  readonly #claimsOf: (def: Def) => readonly Claim[];
  readonly #claimants = new Map<string, Claimants>();

  constructor(claimsOf: (def: Def) => readonly Claim[]) {
    this.#claimsOf = claimsOf;
  }

  /** `concerned`: gets those whose claim may be worth something else from now on. */
  add(text: KeyText, def: Def, concerned: Set<KeyText>): void {
    for (const [name, shared] of this.#of(def)) {
      const known = this.#claimants.get(name) ?? { keys: new Set(), alone: 0 };
      this.#claimants.set(name, known);
      known.keys.add(text);
      if (!shared) known.alone++;
      if (isContended(known)) for (const other of known.keys) concerned.add(other);
    }
  }

  remove(text: KeyText, def: Def, concerned: Set<KeyText>): void {
    for (const [name, shared] of this.#of(def)) {
      const known = this.#claimants.get(name);
      if (!known) continue;
      if (isContended(known)) for (const other of known.keys) concerned.add(other);
      known.keys.delete(text);
      if (!shared) known.alone--;
      if (known.keys.size === 0) this.#claimants.delete(name);
    }
  }

  /** Whoever contends with one of them, or with one who does. */
  spread(concerned: Set<KeyText>, defOf: (text: KeyText) => Def | undefined): void {
    // A set that grows while it is walked through is walked through to its end.
    for (const text of concerned) {
      const def = defOf(text);
      for (const name of def ? this.#of(def).keys() : []) {
        const known = this.#claimants.get(name);
        if (known && isContended(known)) for (const other of known.keys) concerned.add(other);
      }
    }
  }

  /** What it claims, and whether it would share it. */
  #of(def: Def): ReadonlyMap<string, boolean> {
    const claims = new Map<string, boolean>();
    for (const { what, value, shared = false } of this.#claimsOf(def)) {
      const name = `${what} ${value}`;
      claims.set(name, shared && (claims.get(name) ?? true));
    }
    return claims;
  }
}

function isContended({ keys, alone }: Claimants): boolean {
  return keys.size > 1 && alone > 0;
}
