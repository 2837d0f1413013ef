import type { Approval } from '../model/approval.ts';
import { Failure } from '../model/failure.ts';
import type { KeyText, ResourceKey } from '../model/resource.ts';
import type { DesiredState } from '../source/contract.ts';
import type { ControllerDeps } from './deps.ts';
import type { ResourceIndex } from './resource-index.ts';

type Deps = Pick<ControllerDeps, 'approvals' | 'clock' | 'events' | 'log'>;

/** What people and commits let through the brake. */
export class Approver {
  readonly #deps: Deps;
  readonly #index: ResourceIndex;
  readonly #reconcile: () => void;

  constructor(deps: Deps, index: ResourceIndex, reconcile: () => void) {
    this.#deps = deps;
    this.#index = index;
    this.#reconcile = reconcile;
  }

  /** Lets the present revision of every source through the brake. Remembered until another revision comes. */
  async approve(by: string): Promise<readonly string[]> {
    const at = this.#deps.clock.now().toISOString();
    const revisions = [...this.#index.origins()].flatMap((source) => {
      const revision = this.#index.revision(source)?.state.revision;
      return revision === undefined ? [] : [{ source, revision }];
    });
    await this.#deps.approvals.add(revisions.map((one) => ({ what: 'mass-change', ...one, by, at })));
    this.#reconcile();
    return revisions.map(({ revision }) => revision);
  }

  /** Lets one resource through: its removal when nothing declares it, its restart when that is what the brake holds. */
  async approveOne(key: ResourceKey, by: string): Promise<'delete' | 'restart'> {
    const { text, declaration, held } = this.#index.require(key);
    const waits = held.some(({ reason }) => reason === 'Brake');
    if (declaration && !waits)
      throw new Failure('refused', `nothing of ${text} waits for an approval`, {
        retry: 'never',
        suggestion: `qonverge why ${text} says what it waits for`,
      });
    const what = declaration ? 'restart' : 'delete';
    const at = this.#deps.clock.now().toISOString();
    const revision = declaration?.declared.revision;
    await this.#deps.approvals.add([{ what, key: text, by, at, ...(revision ? { revision } : {}) }]);
    this.#deps.events.append({ key: text, type: 'Normal', reason: 'Approved', message: `${what} by ${by}` });
    this.#reconcile();
    return what;
  }

  /** What its commits let through counts from now on; what a newer revision makes void is forgotten. Returns what was named. */
  hear(origin: string, { approvals = [], declared, revision, complete }: DesiredState): readonly KeyText[] {
    const { approvals: known, log, events, clock } = this.#deps;
    const at = clock.now().toISOString();
    const specOf = ({ what, key = '' }: Approval) => {
      const spec = declared.get(key)?.revision;
      return what === 'restart' && spec !== undefined ? { revision: spec } : {};
    };
    const heard = approvals.map((one) => ({
      at,
      ...one,
      source: origin,
      ...(one.what === 'mass-change' ? { revision } : specOf(one)),
    }));
    const isVoid = ({ what, key = '', source, revision: of }: Approval) => {
      if (what === 'mass-change') return source === origin && complete && of !== revision;
      const spec = declared.get(key);
      return spec !== undefined && (what === 'delete' || of !== spec.revision);
    };
    const fresh = heard.filter((one) => !isVoid(one));
    for (const { what, key, by } of fresh)
      events.append({
        ...(key === undefined ? {} : { key }),
        type: 'Normal',
        reason: 'Approved',
        message: `${what} by a commit of ${by}`,
      });
    // They count at once; durable soon.
    Promise.all([known.drop(isVoid), known.add(fresh)]).catch((error: unknown) =>
      log.error('approvals cannot be kept', { error: String(error) }),
    );
    return fresh.flatMap(({ key }) => (key === undefined ? [] : [key]));
  }
}
