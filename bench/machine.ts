import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Firmware that writes one byte to the serial port and halts: SeaBIOS would cost more than all that we measure. */
export function tinyRom(directory: string): string {
  const path = join(directory, 'tiny.rom');
  const rom = Buffer.alloc(65_536, 0xf4);
  // At the reset vector: cli; mov $0x3f8,%dx; mov $'!',%al; out %al,(%dx); hlt; jmp to the hlt.
  rom.set([0xfa, 0xba, 0xf8, 0x03, 0xb0, 0x21, 0xee, 0xf4, 0xeb, 0xfd], 65_536 - 16);
  writeFileSync(path, rom);
  return path;
}

export function machine(name: string, rom: string, serial: string): string {
  return `apiVersion: qonverge/v1
kind: Domain
metadata: {name: ${name}}
spec:
  accel: tcg
  memory: 64MiB
  runStrategy: UnlessStopped
  os: {machine: q35, loader: {path: ${rom}, type: rom}}
  devices:
    memballoon: {model: none}
    serials: [{type: file, path: ${serial}}]
`;
}

/** Resolves when the guest has run its first instructions: its byte is in the serial port's file. */
export async function hasRun(serial: string, timeout = 60_000): Promise<void> {
  const deadline = performance.now() + timeout;
  while ((statSync(serial, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    if (performance.now() > deadline) throw new Error(`${serial}: the guest did not run`);
    await sleep(1);
  }
}

/** The command line that Qonverge would use, less its monitors. */
export function argvOf(spec: string): string[] {
  const argv = JSON.parse(
    execFileSync(process.execPath, ['dist/main.js', 'render', spec, '-o', 'argv-json'], { encoding: 'utf8' }),
  ) as string[];
  return argv.filter(
    (word, at) =>
      !/^(chardev=)?monitor|id=monitor/.test(word) &&
      !(/^-(chardev|mon)$/.test(word) && /monitor/.test(argv[at + 1] ?? '')),
  );
}
