import { existsSync, readdirSync, renameSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { until } from './sandbox.ts';

interface Message {
  readonly execute?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly id?: number;
}

/** Stands between Qonverge and the monitor of a running QEMU: writes down what is said, and keeps an answer back. */
export class HeldMonitor {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly said: Message[] = [];
  #held: string | undefined;
  #answers: (() => void)[] = [];
  #keeps = 0;

  /** Of the machine that came last to this run directory; before a daemon takes it up. */
  static async before(runDir: string): Promise<HeldMonitor> {
    const paths = readdirSync(join(runDir, 'd')).map((name) => join(runDir, 'd', name, 'qmp0.sock'));
    const path = paths.find((one) => !existsSync(`${one}.real`)) ?? '';
    const monitor = new HeldMonitor(`${path}.real`);
    renameSync(path, `${path}.real`);
    await new Promise<void>((done) => monitor.#server.listen(path, done));
    return monitor;
  }

  private constructor(real: string) {
    this.#server = createServer((ours) => {
      const qemu = connect(real);
      for (const [from, to] of [
        [ours, qemu],
        [qemu, ours],
      ] as const) {
        this.#open.add(from);
        from.on('error', () => undefined);
        from.once('close', () => {
          this.#open.delete(from);
          to.destroy();
        });
      }
      const kept = new Set<number>();
      byLine(ours, (line) => {
        const message = JSON.parse(line) as Message;
        this.said.push(message);
        if (message.execute === this.#held && message.id !== undefined) kept.add(message.id);
        qemu.write(`${line}\n`);
      });
      byLine(qemu, (line) => {
        const { id = 0 } = JSON.parse(line) as Message;
        const pass = () => ours.write(`${line}\n`);
        if (kept.delete(id)) {
          this.#keeps++;
          this.#answers.push(pass);
        } else pass();
      });
    });
  }

  /** From now on answers to this command are kept back. */
  hold(command: string): void {
    this.#held = command;
    this.#keeps = 0;
  }

  /** QEMU has done it, and Qonverge does not know. */
  untilHeld(): Promise<void> {
    return until(() => this.#keeps > 0, `QEMU has answered ${this.#held}`);
  }

  release(): void {
    this.#held = undefined;
    for (const pass of this.#answers.splice(0)) pass();
  }

  /** What is kept back is lost. */
  hangUp(): void {
    this.#held = undefined;
    this.#answers = [];
    for (const socket of this.#open) socket.destroy();
  }

  /** The last one of this command that QEMU was told. */
  last(command: string): Message['arguments'] {
    return this.said.findLast(({ execute }) => execute === command)?.arguments;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }
}

function byLine(socket: Socket, heard: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') heard(line.trimEnd());
  });
}
