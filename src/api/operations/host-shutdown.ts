import { operation } from '../contract.ts';
import { flag, milliseconds, oneOf } from '../input.ts';

/** Takes down all that runs, in order. A daemon that did so starts nothing any more. */
export const hostShutdown = operation({
  name: 'host-shutdown',
  permission: 'write',
  input: { mode: oneOf(['stop', 'suspend'], 'stop'), timeout: milliseconds(300_000), noForce: flag() },
  async run({ controller, events }, { mode, timeout, noForce }, emit) {
    const how = { mode, timeout, force: !noForce };
    const departed = await controller.orders.shutdownHost(how, (one) => emit({ departed: one }));
    events.append({
      type: 'Normal',
      reason: 'HostShutdown',
      message: `${departed.length} domains went down (${mode})`,
    });
    return { departed };
  },
});
