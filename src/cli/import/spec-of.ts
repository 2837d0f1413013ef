import { join } from 'node:path';
import { exists } from '../../host/files.ts';
import { readImageHead } from '../../host/image-head.ts';
import { baselineCapabilities } from '../../kinds/domain/baseline-capabilities.ts';
import { namePattern } from '../../kinds/shape/metadata-codec.ts';
import type { DomainDef, DomainSpec, RunStrategy } from '../../model/domain.ts';
import type { Origin } from './origin.ts';
import type { TakenOver } from './take-over.ts';

/** A definition ready to commit, and what a person should look at, by definition path. */
export interface ImportedSpec {
  readonly def: DomainDef;
  readonly comments: ReadonlyMap<string, readonly string[]>;
}

/** What libvirt kept beside the XML becomes part of the spec: when it runs, and where its firmware variables are. */
export async function specOf(
  { label, autostart, nvramDir }: Origin,
  { def, name, running, leftOut }: TakenOver & { readonly def: DomainDef },
  options: { readonly name: string; readonly runStrategy?: RunStrategy | undefined },
): Promise<ImportedSpec> {
  const comments = new Map<string, string[]>();
  const note = (path: string, ...lines: string[]) =>
    comments.set(path, [...(comments.get(path) ?? []), ...lines]);

  note('', `Imported from ${label}.`);
  if (options.name !== name) note('', `libvirt calls it "${oneLine(name)}"; that cannot be a name in YAML.`);
  if (running === true)
    note(
      '',
      'It was running: stop it there first (virsh shutdown, virsh autostart --disable, virsh undefine --keep-nvram).',
    );
  for (const line of leftOut) note('', `NOT TAKEN OVER, ${oneLine(line)}`);

  const { runStrategy: _, autostart: __, ...spec } = def.spec;
  const run = runOf(def.spec, options.runStrategy, running, autostart);
  if (running === true && run.runStrategy === 'Manual')
    note('spec.runStrategy', 'it ran without autostart: `qonverge start` brings it up again');
  const firmware = await withVariables(spec, name, nvramDir);
  if (firmware.note !== undefined) note('spec.os', firmware.note);
  for (const [path, line] of lookAt(spec)) note(path, line);
  for (const [path, line] of await unnamedImages(spec)) note(path, line);
  const metadata =
    options.name === name
      ? def.metadata
      : {
          ...def.metadata,
          name: options.name,
          annotations: { ...def.metadata.annotations, 'libvirt/name': name },
        };
  return { def: { ...def, metadata, spec: { ...run, ...firmware.spec } }, comments };
}

/** libvirt's autostart once more: at each boot of the host, and a stop holds until then. */
function runOf(
  spec: DomainSpec,
  asked: RunStrategy | undefined,
  running: boolean | undefined,
  autostart: boolean | undefined,
): Pick<DomainSpec, 'runStrategy' | 'autostart'> {
  if (asked !== undefined) return { runStrategy: asked };
  if (spec.runStrategy !== undefined)
    return {
      runStrategy: spec.runStrategy,
      ...(spec.autostart === undefined ? {} : { autostart: spec.autostart }),
    };
  if (autostart !== true) return { runStrategy: 'Manual' };
  return running === true ? { runStrategy: 'UnlessStopped' } : { runStrategy: 'Manual', autostart: true };
}

/** Without a path in the XML libvirt keeps them under the name of the domain. */
async function withVariables(
  spec: DomainSpec,
  name: string,
  nvramDir: string | undefined,
): Promise<{ readonly spec: DomainSpec; readonly note?: string }> {
  const { os } = spec;
  const isUefi = os?.firmware === 'efi' || os?.loader?.type === 'pflash';
  if (!isUefi || os?.nvram?.path !== undefined || os?.loader?.stateless === true) return { spec };
  const path = nvramDir === undefined ? undefined : join(nvramDir, `${name}_VARS.fd`);
  if (path !== undefined && (await exists(path)))
    return { spec: { ...spec, os: { ...os, nvram: { ...os?.nvram, path } } } };
  return {
    spec,
    note: 'UEFI variables (boot entries, Secure Boot keys) were not found and are made anew; to keep them: nvram: {path: …_VARS.fd}',
  };
}

/** Where the XML leans on something that libvirt has and this host may not. */
function* lookAt({ devices, emulator }: DomainSpec): Generator<[string, string]> {
  if (emulator !== undefined && emulator !== baselineCapabilities.emulator)
    yield ['spec.emulator', 'must be on this host, and allowed by its policy'];
  for (const [at, disk] of (devices?.disks ?? []).entries())
    if (disk.volume !== undefined)
      yield [
        `spec.devices.disks[${at}]`,
        `needs a Volume named ${disk.volume}; or write file: and its path in libvirt's pool`,
      ];
  for (const [at, { network }] of (devices?.interfaces ?? []).entries()) {
    if (network !== undefined)
      yield [
        `spec.devices.interfaces[${at}]`,
        `libvirt's network ${network}: its bridge must be there without libvirt`,
      ];
  }
}

/** libvirt looks for backing files in the image; here the spec names what is read. */
async function unnamedImages({ devices }: DomainSpec): Promise<readonly (readonly [string, string])[]> {
  const notes = (devices?.disks ?? []).map(async ({ file, format = 'raw', backingStore }, at) => {
    if (file === undefined || backingStore !== undefined || !(await exists(file))) return [];
    const { wants } = await readImageHead(file, format);
    if (wants !== 'a backing file') return [];
    const line = `it has a backing file: name it in backingStore (qemu-img info --backing-chain ${file})`;
    return [[`spec.devices.disks[${at}]`, line] as const];
  });
  return (await Promise.all(notes)).flat();
}

const yamlName = new RegExp(namePattern, 'u');

/** A name that YAML takes, made from one that only XML does, and not given yet. */
export function specName(name: string, uuid: string | undefined, taken: ReadonlySet<string>): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '');
  const slug = plain
    .replace(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 120);
  const base = yamlName.test(name) ? name : slug || `domain-${uuid?.slice(0, 8) ?? 'imported'}`;
  let unique = base;
  for (let at = 2; taken.has(unique); at++) unique = `${base}-${at}`;
  return unique;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
