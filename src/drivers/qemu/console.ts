import { Failure } from '../../model/failure.ts';
import { socketPath } from './command-line/chardev.ts';
import type { Session } from './session.ts';

/** Where a person finds the serial console: a pty or a unix socket. */
export async function consoleOf(name: string, session: Session | undefined): Promise<string> {
  if (!session)
    throw new Failure('domain-not-running', `${name} does not run`, {
      retry: 'never',
      suggestion: `qonverge start ${name}`,
    });
  const { serials = [], consoles = [] } = session.record.running.spec.devices ?? {};
  const device = serials[0] ?? consoles[0];
  if (!device)
    throw new Failure('not-supported', `${name} has no serial port`, {
      retry: 'never',
      suggestion: 'add `serials: [{type: pty}]` to its spec',
    });
  if (device.type === 'unix') return device.path ?? socketPath(session.directory, device.alias ?? '');
  const monitor = await session.connect(3_000);
  const chardevs = await monitor.execute<{ label: string; filename: string }[]>('query-chardev');
  const file = chardevs.find(({ label }) => label === `char${device.alias}`)?.filename ?? '';
  if (file.startsWith('pty:')) return file.slice(4);
  throw new Failure('not-supported', `the serial port of ${name} is of type ${device.type}`, {
    retry: 'never',
    suggestion: 'pty and unix can be talked to; `qonverge logs` shows a file',
  });
}
