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
  /** By name: a machine keeps its directory when it gets another one. */
  readonly #directories = new Map<string, string>();

  constructor(paths: HostPaths) {
    this.#root = join(paths.runDir, 'd');
    ensureDirSync(this.#root, 0o700);
  }

  /** The domain's own directory: short, since socket paths live in it. The same until its record is deleted. */
  directory(key: ResourceKey<'Domain'>): string {
    const known = this.#directories.get(key.name);
    if (known !== undefined) return known;
    const taken = new Set(this.#directories.values());
    for (let n = 0; ; n++) {
      const path = join(this.#root, shortId(keyText(key) + '+'.repeat(n)));
      if (taken.has(path)) continue;
      this.#directories.set(key.name, path);
      return path;
    }
  }

  /** Reads all records; the directories whose record cannot be read are returned. */
  load(): string[] {
    const unreadable: string[] = [];
    for (const name of listDirSync(this.#root)) {
      const path = join(this.#root, name, 'run.json');
      try {
        const record = unseal<RunRecord>(readTextSync(path), path);
        this.#records.set(record.key.name, record);
        this.#directories.set(record.key.name, join(this.#root, name));
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

  /** `directory`: where it was found, whatever its name. */
  put(record: RunRecord, directory = this.directory(record.key)): void {
    this.#directories.set(record.key.name, directory);
    writeForThisBoot(join(directory, 'run.json'), seal(record));
    this.#records.set(record.key.name, record);
  }

  /** The record of the same run under another name, in the directory where it is. */
  rename(from: ResourceKey<'Domain'>, record: RunRecord): void {
    this.put(record, this.directory(from));
    this.#directories.delete(from.name);
    this.#records.delete(from.name);
  }

  /** Forgets it and removes its directory with sockets and pidfile. */
  delete(key: ResourceKey<'Domain'>): void {
    removeSync(this.directory(key));
    this.#records.delete(key.name);
    this.#directories.delete(key.name);
  }
}
