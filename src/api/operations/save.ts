import { within } from '../../host/within.ts';
import { isUp } from '../../kinds/domain/drift.ts';
import { refusedOrder } from '../../kinds/domain/power.ts';
import { Failure } from '../../model/failure.ts';
import { keyText } from '../../model/resource.ts';
import { operation } from '../contract.ts';
import { flag, milliseconds, optionalText, text } from '../input.ts';
import { outcome } from '../outcome.ts';
import { domainNamed } from '../resource-named.ts';

/** A machine to a file and down, by a person's order; `start` goes on from there. Or gives such a file up. */
export const save = operation({
  name: 'save',
  permission: 'write',
  input: { name: text(), by: optionalText(), discard: flag(), timeout: milliseconds(600_000) },
  async run(host, { name, by = 'a person', discard, timeout }, _emit, signal) {
    const key = domainNamed(host, name);
    const { controller, drivers, store, clock, bootId } = host;
    const live = await drivers.Domain.observe(key, signal);
    const refuse = (message: string, suggestion: string) =>
      new Failure('refused', message, { retry: 'never', suggestion });
    if (discard) {
      if (!live?.saved) throw refuse(`${key.name} has no saved state`, 'qonverge status shows who has one');
      await controller.orders.act(key, { type: 'discard-save' }, signal, by);
      // What it did not go on from is gone: a start that waits after failures need not wait.
      controller.retry([keyText(key)]);
      return outcome(host, key, timeout, signal);
    }
    if (!isUp(live)) throw refuse(`${key.name} does not run`, `qonverge start ${key.name}`);
    const def = store.get(key)?.def;
    const refused = def && refusedOrder(def, 'stopped');
    if (refused) throw refuse(refused.message, refused.suggestion);
    const intent = { want: 'stopped', by, at: clock.now().toISOString(), bootId } as const;
    await within(timeout, signal, (limit) =>
      controller.orders.setIntent(key, intent, { action: { type: 'save' }, signal: limit, first: true }),
    );
    return outcome(host, key, timeout, signal);
  },
});
