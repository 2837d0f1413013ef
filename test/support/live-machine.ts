import { expect } from 'vitest';
import { ask, connectControl } from '../../src/api/control.ts';
import type { Guest } from './guest.ts';
import { type Sandbox, type StatusItem, until } from './sandbox.ts';
import { SecondMonitor } from './second-monitor.ts';

/** A machine that must never go down while its spec is changed; its second monitor is ours. */
export class LiveMachine {
  readonly #host: Sandbox;
  readonly #name: string;
  readonly #guest: Guest | undefined;
  readonly #monitor: SecondMonitor;
  readonly #pid: number | undefined;
  #uptime = 0;

  private constructor(host: Sandbox, name: string, guest: Guest | undefined, monitor: SecondMonitor) {
    this.#host = host;
    this.#name = name;
    this.#guest = guest;
    this.#monitor = monitor;
    this.#pid = host.qemu(name)?.pid;
  }

  static async of(host: Sandbox, name: string, guest?: Guest): Promise<LiveMachine> {
    const machine = new LiveMachine(host, name, guest, await SecondMonitor.open(host.runDir, name));
    await machine.stillRuns();
    return machine;
  }

  query<T = unknown>(command: string, args?: object): Promise<T> {
    return this.#monitor.execute(command, args) as Promise<T>;
  }

  /** Ids of everything plugged in. */
  async devices(): Promise<readonly string[]> {
    const found = await this.query<{ name: string; type: string }[]>('qom-list', {
      path: '/machine/peripheral',
    });
    return found.flatMap(({ name, type }) => (type.startsWith('child<') ? [name] : [])).sort();
  }

  /** Writes the file, waits until the host is as it says, and makes sure that nothing was restarted for it. */
  async change(text: string): Promise<StatusItem> {
    const before = await this.item();
    this.#host.write(`${this.#name}.yaml`, text);
    let last: StatusItem | undefined;
    await until(
      async () => {
        last = await this.item();
        // The definition is on record before anything is done about it.
        const inSync = last?.conditions.find(({ type }) => type === 'InSync');
        return inSync?.status === 'True' && inSync.observedGeneration === before.generation + 1;
      },
      () => `${this.#name} is as its file says (now ${JSON.stringify(last)})`,
      30_000,
    );
    expect(last?.pending).toEqual([]);
    await this.stillRuns();
    const generation = last?.generation;
    await this.#ask('reconcile');
    const again = await this.item();
    expect(again.generation).toBe(generation);
    expect(again.conditions.find(({ type }) => type === 'InSync')?.status).toBe('True');
    return last as StatusItem;
  }

  /** Its row of the daemon's status, asked without a process of its own. */
  async item(): Promise<StatusItem> {
    const { items } = (await this.#ask('status', { name: this.#name })) as { items: StatusItem[] };
    const [item] = items;
    if (!item) throw new Error(`no status of ${this.#name}`);
    return item;
  }

  async #ask(operation: string, input: object = {}): Promise<unknown> {
    const socket = await connectControl(this.#host.runDir);
    if (!socket) throw new Error('no daemon');
    return ask(socket, operation, input, () => undefined);
  }

  /** The same process, and a guest that has not started anew. */
  async stillRuns(): Promise<void> {
    expect(this.#host.qemu(this.#name)?.pid).toBe(this.#pid);
    if (!this.#guest) return;
    const { uptime } = (await this.#guest.facts()) as { uptime: number };
    expect(uptime).toBeGreaterThanOrEqual(this.#uptime);
    this.#uptime = uptime;
  }

  close(): void {
    this.#monitor.close();
  }
}
