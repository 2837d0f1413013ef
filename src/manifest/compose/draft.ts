import type { Declared } from '../declared.ts';
import type { FoundClass } from './class-scope.ts';
import type { PlacedProblem } from './placed-problem.ts';
import type { Place, SpecNode } from './spec-node.ts';

/** A resource on its way: substituted, and patched by the overlays that it has passed. */
export interface Draft {
  readonly file: string;
  /** Where it is declared, for who takes it from a base. */
  readonly place: Place;
  readonly node: SpecNode;
  /** The same as it was read, while nothing has changed it. */
  readonly whole?: Declared;
  readonly patches: readonly SpecNode[];
  readonly problems: readonly PlacedProblem[];
  readonly from: readonly string[];
  readonly find: (className: string) => FoundClass;
}
