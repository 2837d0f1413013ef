import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { until } from './sandbox.ts';

const built = resolve(import.meta.dirname, '../guest/out');
export const kernel = resolve(built, 'vmlinux');
export const initrd = resolve(built, 'initrd.img');
/** A disk of a 58-byte program that says GUEST READY on the serial port and halts: the smallest guest. */
export const bootSector = resolve(built, 'bootsect.raw');

for (const file of [kernel, initrd, bootSector]) {
  if (!existsSync(file)) throw new Error(`${file} is missing: run test/guest/build.sh test/guest/out`);
}

/** YAML of a domain that boots the Linux test guest under TCG; commands go over a virtio-serial port. */
export function linuxGuest(name: string, root: string, spec = '', cmdline = ''): string {
  return `apiVersion: qonverge/v1
kind: Domain
metadata: {name: ${name}}
spec:
  accel: tcg
  memory: 192MiB
  vcpus: 1
  terminationGracePeriod: 20
${spec}
  os:
    machine: q35
    kernel: ${kernel}
    initrd: ${initrd}
    cmdline: console=ttyS0 quiet loglevel=3 mitigations=off ${cmdline}
  devices:
    serials:
      - {type: file, path: ${root}/${name}.serial}
    channels:
      - {name: cmd, type: unix, mode: bind, path: ${root}/${name}.cmd, targetName: guest.cmd.0}
      - {name: agent, type: unix, targetName: org.qemu.guest_agent.0}
`;
}

/** YAML of a domain that boots the boot sector: running in a tenth of a second, and idle ever after. */
export function tinyGuest(name: string, spec = ''): string {
  return `apiVersion: qonverge/v1
kind: Domain
metadata: {name: ${name}}
spec:
  accel: tcg
  memory: 64MiB
  vcpus: 1
  terminationGracePeriod: 1
${spec}
  os: {machine: pc}
  devices:
    disks:
      - {name: boot, file: ${bootSector}, format: raw, bus: virtio, readonly: true}
`;
}

/**
 * A disk with a program that counts in memory at each tick of the clock, 18 in a second, and says each number, modulo 256,
 * on its serial port: a guest whose going on can be told from its beginning anew.
 */
export function countingDisk(): Buffer {
  const disk = Buffer.alloc(1 << 20);
  // xor ax,ax; mov ds,ax; mov dx,3f8; sti; again: hlt; inc byte [500]; mov al,[500]; out dx,al; jmp again
  disk.write('31c08ed8baf803fbf4fe060005a00005eeebf5', 'hex');
  disk.write('55aa', 510, 'hex');
  return disk;
}

/** What a boot sector does that waits for one letter on its serial port: `p` powers off by ACPI, any other panics. */
const obedience = [
  [0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x75, 0x04], // wait: in al, 3fdh; test al, 1; jnz read
  [0xfb, 0xf4, 0xeb, 0xf4], // sti; hlt; jmp wait
  [0xba, 0xf8, 0x03, 0xec, 0x3c, 0x70, 0x75, 0x07], // read: in al, 3f8h; cmp al, 'p'; jne panic
  [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef], // out 604h, 2000h (PM1a_CNT: S5)
  [0xba, 0x05, 0x05, 0xb0, 0x01, 0xee], // panic: out 505h, 1 (pvpanic)
  [0xf4, 0xeb, 0xfd], // hlt for ever
].flat();

/** YAML of a domain that goes down when it is told to; `tellObedient` tells it. */
export function obedientGuest(name: string, root: string, spec = ''): string {
  const image = `${root}/obedient.raw`;
  const sector = Buffer.alloc(1 << 20);
  Buffer.from(obedience).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  if (!existsSync(image)) writeFileSync(image, sector);
  return `${tinyGuest(name, spec).replace(bootSector, image)}    panics: [{model: isa}]
    serials: [{type: unix, mode: bind, path: ${root}/${name}.serial}]
`;
}

export async function tellObedient(name: string, root: string, word: 'poweroff' | 'panic'): Promise<void> {
  const socket = connect(`${root}/${name}.serial`);
  await once(socket, 'connect');
  socket.end(word === 'poweroff' ? 'p' : 'x');
  await once(socket, 'close');
}

/** A boot sector that sets off an ib700 watchdog, at once, for each letter on its serial port. */
export function armingSector(): Buffer {
  const sector = Buffer.alloc(1 << 20);
  // wait: mov dx,3fdh; in al,dx; test al,1; jnz read; sti; hlt; jmp wait; read: mov dx,3f8h; in al,dx; mov al,0fh;
  // mov dx,443h; out dx,al; jmp wait
  sector.write('bafd03eca8017504fbf4ebf4baf803ecb00fba4304eeebe8', 'hex');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** A command loop in the guest, over its socket. One line out, one line back. */
export class Guest {
  #socket: Socket;
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

  /** Waits until the guest takes commands. */
  static async connect(path: string, timeout = 90_000): Promise<Guest> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const guest = await Guest.#open(path);
      try {
        if (guest && (await guest.ask('ping here', 2_000)) === 'PONG here') return guest;
      } catch {
        // Not up yet.
      }
      guest?.close();
      if (Date.now() > deadline)
        throw new Error(`the guest behind ${path} did not answer within ${timeout} ms`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  static #open(path: string): Promise<Guest | undefined> {
    return new Promise((done) => {
      const socket = connect(path);
      socket.once('connect', () => done(new Guest(socket)));
      socket.once('error', () => done(undefined));
    });
  }

  async ask(command: string, timeout = 20_000): Promise<string> {
    const id = `@${this.#next++} `;
    this.#socket.write(`${id}${command}\n`);
    let answer: string | undefined;
    await until(
      () => {
        answer = this.#buffer.split('\n').find((line) => line.startsWith(id) && line !== `${id}${command}`);
        return answer !== undefined && this.#buffer.includes(`${answer}\n`);
      },
      `the guest answers "${command}"`,
      timeout,
    );
    return (answer ?? '').slice(id.length).trimEnd();
  }

  async facts(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.ask('facts')).replace(/^FACTS /, '')) as Record<string, unknown>;
  }

  /** Says a word that ends the guest, and hangs up: not before its answer, as the guest's write waits for a listener. */
  async reboot(): Promise<void> {
    if ((await this.ask('reboot')) !== 'BYE reboot') throw new Error('the guest does not reboot');
    this.close();
  }

  close(): void {
    this.#socket.end();
  }
}
