import { Failure } from '../../../model/failure.ts';
import { Arguments, type Properties } from '../command-line/arguments.ts';
import type { QmpCommand } from '../devices/contract.ts';
import { chardevAdd } from './chardev-add.ts';

/** What a running machine is told in place of each option of the command line. */
const commands: Readonly<Record<string, string>> = {
  '-object': 'object-add',
  '-blockdev': 'blockdev-add',
  '-netdev': 'netdev_add',
  '-device': 'device_add',
};

/** Takes what device builders write for the command line, and has it as QMP: a device is described only once. */
export class HotplugArguments extends Arguments {
  readonly commands: QmpCommand[] = [];

  override add(option: string, value = ''): void {
    if (option !== '-chardev')
      throw new Failure('not-supported', `${option} cannot be given to a running machine`, {
        retry: 'never',
      });
    this.commands.push({ command: 'chardev-add', arguments: chardevAdd(value) });
  }

  override json(option: string, value: Properties): void {
    const command = commands[option];
    if (command === undefined) return this.add(option);
    this.commands.push({ command, arguments: plain(value) as Properties });
  }
}

/** `device_add` reads numbers from text too: those that JSON of JavaScript has no room for go as text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, plain(member)]));
}
