import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** The floor: QEMU started by hand, one QMP command after the other. */
export class BareQemu {
  readonly #child: ChildProcess;
  #socket: Socket | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when QMP says `running`. */
  static async start(argv: readonly string[], socketPath: string): Promise<BareQemu> {
    rmSync(socketPath, { force: true });
    const [file = '', ...args] = argv;
    const child = spawn(file, [...args, '-qmp', `unix:${socketPath},server=on,wait=off`], {
      stdio: 'ignore',
      detached: true,
    });
    const qemu = new BareQemu(child);
    qemu.#socket = await connectSoon(socketPath);
    await qemu.#ask('qmp_capabilities');
    await qemu.#ask('cont');
    await qemu.#ask('query-status');
    return qemu;
  }

  /** Resolves when the process is gone. */
  async quit(): Promise<void> {
    const gone = new Promise((done) => this.#child.once('exit', done));
    this.#socket?.write('{"execute":"quit"}\n');
    await gone;
    this.#socket?.destroy();
  }

  #ask(command: string): Promise<void> {
    const socket = this.#socket;
    return new Promise((done) => {
      const listen = (chunk: Buffer) => {
        if (!chunk.toString().includes('"return"')) return;
        socket?.off('data', listen);
        done();
      };
      socket?.on('data', listen);
      socket?.write(`{"execute":"${command}"}\n`);
    });
  }
}

async function connectSoon(path: string): Promise<Socket> {
  for (;;) {
    const socket = await new Promise<Socket | undefined>((done) => {
      const attempt = connect(path);
      attempt.once('connect', () => done(attempt));
      attempt.once('error', () => done(undefined));
    });
    if (socket) return socket;
    await new Promise((done) => setTimeout(done, 1));
  }
}
