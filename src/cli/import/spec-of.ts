import { join } from 'node:path';
import { exists } from '../../host/files.ts';
import { namePattern } from '../../kinds/shape/metadata-codec.ts';
import type { DomainDef, DomainSpec, RunStrategy } from '../../model/domain.ts';
import { keptBeside } from './kept-beside.ts';
import type { Origin } from './origin.ts';
import { type Reminder, remindersOf } from './reminders.ts';
import type { TakenOver } from './take-over.ts';

/** A definition ready to commit, and what a person should look at: comments by definition path, and rows of a table. */
export interface ImportedSpec {
  readonly def: DomainDef;
  readonly comments: ReadonlyMap<string, readonly string[]>;
  readonly rows: readonly NonNullable<Reminder['row']>[];
}

/** What libvirt kept beside the XML becomes part of the spec: when it runs, and where its firmware variables are. */
export async function specOf(
  { label, autostart, stateDir, kept }: Origin,
  { def, name, running, leftOut, changes }: TakenOver & { readonly def: DomainDef },
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
      'It was running: stop it there first (virsh shutdown, virsh autostart --disable, virsh undefine --keep-nvram --keep-tpm).',
    );
  for (const line of leftOut) note('', `NOT TAKEN OVER, ${oneLine(line)}`);

  const { runStrategy: _, autostart: __, ...spec } = def.spec;
  const run = runOf(def.spec, options.runStrategy, running, autostart);
  if (running === true && run.runStrategy === 'Manual')
    note('spec.runStrategy', 'it ran without autostart: `qonverge start` brings it up again');
  const firmware = await withVariables(spec, name, stateDir);
  const reminders = [
    ...firmware.reminders,
    ...(await remindersOf(spec, {
      name: options.name,
      changes,
      kept: kept ?? (stateDir === undefined ? undefined : await keptBeside(stateDir, name)),
      stateDir,
    })),
  ];
  for (const { path, comment } of reminders) note(path, oneLine(comment));
  const metadata =
    options.name === name
      ? def.metadata
      : {
          ...def.metadata,
          name: options.name,
          annotations: { ...def.metadata.annotations, 'libvirt/name': name },
        };
  return {
    def: { ...def, metadata, spec: { ...run, ...firmware.spec } },
    comments,
    rows: reminders.flatMap(({ row }) => (row === undefined ? [] : [row])),
  };
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
  stateDir: string | undefined,
): Promise<{ readonly spec: DomainSpec; readonly reminders: readonly Reminder[] }> {
  const { os } = spec;
  const isUefi = os?.firmware === 'efi' || os?.loader?.type === 'pflash';
  if (
    !isUefi ||
    os?.nvram?.path !== undefined ||
    os?.nvram?.network !== undefined ||
    os?.loader?.stateless === true
  )
    return { spec, reminders: [] };
  const path = stateDir === undefined ? undefined : join(stateDir, 'nvram', `${name}_VARS.fd`);
  if (path !== undefined && (await exists(path)))
    return { spec: { ...spec, os: { ...os, nvram: { ...os?.nvram, path } } }, reminders: [] };
  const comment =
    'UEFI variables (boot entries, Secure Boot keys) were not found and are made anew; to keep them: nvram: {path: …_VARS.fd}';
  const todo = 'not found, made anew: to keep them, nvram: {path: …_VARS.fd}';
  return { spec, reminders: [{ path: 'spec.os', comment, row: ['UEFI variables', todo] }] };
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
