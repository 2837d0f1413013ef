import { join } from 'node:path';
import type { ControlGroup } from '../host/cgroups.ts';
import { ensureDirSync, listDirSync, readTextSync, removeSync, writeForThisBoot } from '../host/files.ts';
import { type HostPaths, shortId } from '../host/paths.ts';
import type { ProcessIdentity } from '../host/process-identity.ts';
import type { DomainDef } from '../model/domain.ts';
import { keyText, type ResourceKey } from '../model/resource.ts';
import { seal, unseal } from './envelope.ts';

/** What we started and what it was started with. Lives in the run directory: a host boot forgets it. */
export interface RunRecord {
  readonly key: ResourceKey<'Domain'>;
  readonly uuid: string;
  readonly identity: ProcessIdentity;
  /** The definition that this QEMU got, as changed since. */
  readonly running: DomainDef;
  readonly startedAt: string;
  readonly emulator: string;
  readonly helpers: readonly ProcessIdentity[];
  /** A reboot by the guest ends this QEMU: written before it is asked to. */
  readonly catchesReboot?: boolean;
  /** How long the files of its serial ports were before it wrote to them. */
  readonly serialSizes?: Readonly<Record<string, number>>;
  /** What the kernel was asked to hold it to. */
  readonly tuning?: AppliedTuning;
  /** Taps that we made. */
  readonly taps: readonly string[];
}

/** Found again by whoever takes the domain up, and taken away with it. */
export interface AppliedTuning {
  readonly groups: readonly ControlGroup[];
  /** Files of groups, with what the kernel said right after they were set: anything else later is someone else's doing. */
  readonly limits: readonly { readonly path: string; readonly file: string; readonly text: string }[];
  /** Host CPUs by thread (`emulator`, `vcpu0`, `iothread1`), as read back. */
  readonly cpus: Readonly<Record<string, string>>;
}

export class RunRecords {
  readonly #root: string;
  readonly #records = new Map<string, RunRecord>();

  constructor(paths: HostPaths) {
    this.#root = join(paths.runDir, 'd');
    ensureDirSync(this.#root, 0o700);
  }

  /** The domain's own directory: short, since socket paths live in it. */
  directory(key: ResourceKey<'Domain'>): string {
    return join(this.#root, shortId(keyText(key)));
  }

  /** Reads all records; the directories whose record cannot be read are returned. */
  load(): string[] {
    const unreadable: string[] = [];
    for (const name of listDirSync(this.#root)) {
      const path = join(this.#root, name, 'run.json');
      try {
        const record = unseal<RunRecord>(readTextSync(path), path);
        this.#records.set(record.key.name, record);
      } catch {
        unreadable.push(join(this.#root, name));
      }
    }
    return unreadable;
  }

  get(name: string): RunRecord | undefined {
    return this.#records.get(name);
  }

  all(): IterableIterator<RunRecord> {
    return this.#records.values();
  }

  put(record: RunRecord): void {
    writeForThisBoot(join(this.directory(record.key), 'run.json'), seal(record));
    this.#records.set(record.key.name, record);
  }

  /** Forgets it and removes its directory with sockets and pidfile. */
  delete(key: ResourceKey<'Domain'>): void {
    removeSync(this.directory(key));
    this.#records.delete(key.name);
  }
}
