import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../../host/files.ts';

/** What libvirt keeps of a machine besides its definition. */
export interface Kept {
  /** Its memory, from `virsh managedsave`. */
  readonly saved: boolean;
  readonly snapshots: readonly string[];
  readonly checkpoints: readonly string[];
}

/** As libvirt's own directory has it. */
export async function keptBeside(stateDir: string, name: string): Promise<Kept> {
  const named = async (directory: string) =>
    (await readdir(join(stateDir, directory, name)).catch(() => []))
      .filter((file) => file.endsWith('.xml'))
      .map((file) => file.slice(0, -'.xml'.length))
      .sort();
  return {
    saved: await exists(join(stateDir, 'save', `${name}.save`)),
    snapshots: await named('snapshot'),
    checkpoints: await named('checkpoint'),
  };
}

/** As a running libvirt says it. */
export async function keptBy(
  ask: (...words: string[]) => Promise<string>,
  uuid: string,
  facts: string,
): Promise<Kept> {
  // Drivers without snapshots or checkpoints answer with an error.
  const list = async (command: string) =>
    (await ask(command, uuid, '--name').catch(() => ''))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  return {
    saved: /^Managed save:\s*yes$/m.test(facts),
    snapshots: await list('snapshot-list'),
    checkpoints: await list('checkpoint-list'),
  };
}
