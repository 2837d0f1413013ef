import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { until } from './sandbox.ts';

/** QEMU's spare monitor, as any other program would use it. */
export class SecondMonitor {
  readonly #socket: Socket;
  #buffer = '';
  #next = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.#buffer += text;
    });
    socket.on('error', () => undefined);
  }

  static async open(runDir: string, name: string): Promise<SecondMonitor> {
    const root = join(runDir, 'd');
    for (const directory of readdirSync(root)) {
      const monitor = new SecondMonitor(connect(join(root, directory, 'qmp1.sock')));
      await monitor.execute('qmp_capabilities');
      const { name: found } = (await monitor.execute('query-name')) as { name?: string };
      if (found === name) return monitor;
      monitor.close();
    }
    throw new Error(`no monitor of ${name}`);
  }

  async execute(command: string, args?: object): Promise<unknown> {
    const id = this.#next++;
    this.#socket.write(`${JSON.stringify({ execute: command, ...(args ? { arguments: args } : {}), id })}\n`);
    let answer: { return?: unknown; error?: { desc: string } } | undefined;
    await until(() => {
      const line = this.#buffer
        .split('\n')
        .find((one) => one.trimEnd().endsWith('}') && one.includes(`"id": ${id}`));
      answer = line === undefined ? undefined : JSON.parse(line);
      return answer !== undefined;
    }, `QEMU answers ${command}`);
    if (answer?.error) throw new Error(`${command}: ${answer.error.desc}`);
    return answer?.return;
  }

  close(): void {
    this.#socket.destroy();
  }
}
