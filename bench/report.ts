import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { defaultEmulator } from '../src/drivers/qemu/command-line.ts';

interface Row {
  readonly what: string;
  readonly ours: number;
  readonly unit: string;
  readonly goal: string;
  readonly met: boolean;
  readonly peer?: number;
  readonly ratio?: number;
}

const rows: Row[] = [];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** One figure against a bound of its own. */
export function atMost(what: string, ours: number, unit: string, most: number): void {
  record({ what, ours, unit, goal: `≤ ${most} ${unit}`, met: ours <= most });
}

/** One figure against a bound of its own, and its peer's for comparison. */
export function beside(what: string, ours: number, peer: number, unit: string, most: number): void {
  record({ what, ours, unit, goal: `≤ ${most} ${unit}`, met: ours <= most, peer, ratio: ours / peer });
}

/** One figure against its peer's in the same run. */
export function againstPeer(what: string, ours: number, peer: number, unit: string, most: number): void {
  const ratio = ours / peer;
  record({ what, ours, unit, goal: `≤ ${most} × peer`, met: ratio <= most, peer, ratio });
}

function record(row: Row): void {
  rows.push(row);
  const beside =
    row.peer === undefined ? '' : `  peer ${row.peer.toFixed(1)}  ratio ${row.ratio?.toFixed(2)}`;
  console.log(
    `${row.met ? 'ok  ' : 'MISS'}  ${row.what.padEnd(56)} ${row.ours.toFixed(1).padStart(9)} ${row.unit}${beside}   goal: ${row.goal}`,
  );
}

/** The table was printed as it grew; the same as JSON. */
export function finish(): void {
  mkdirSync('bench/out', { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    node: process.version,
    qemu: execFileSync(defaultEmulator, ['--version'], { encoding: 'utf8' }).split('\n')[0],
    loadAverage: loadavg()[0],
  };
  writeFileSync('bench/out/result.json', `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  console.log(`${rows.filter(({ met }) => met).length} of ${rows.length} goals met; bench/out/result.json`);
}
