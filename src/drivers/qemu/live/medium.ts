import { writeAtomic } from '../../../host/files.ts';
import type { DomainDef } from '../../../model/domain.ts';
import type { Disk } from '../../../model/domain-devices.ts';
import { checkImages } from '../images.ts';
import { onlyDevice } from './attach.ts';
import type { LiveAct, LiveWork } from './contract.ts';
import { describeDevice } from './describe-device.ts';
import { deviceOf } from './device-of.ts';
import { bring, say, takeAway } from './say.ts';
import { openTray } from './tray.ts';

/** Another medium in a drive that stays, or none. The nodes of the old one make room for those of the new one. */
export const medium: LiveAct = async (work) => {
  const { after, before, deps } = work;
  await checkImages(onlyDevice(after, work), (name) => deps.volumeImage(name));
  await openTray(work);
  await empty(before, work);
  try {
    await fill(after, work);
  } catch (error) {
    await empty(after, work).catch(() => undefined);
    await fill(before, work).catch(() => undefined);
    throw error;
  }
};

async function empty(def: DomainDef, work: LiveWork): Promise<void> {
  const { monitor, device, signal } = work;
  await say(monitor, 'blockdev-remove-medium', { id: device?.alias }, signal);
  for (const node of (await nodes(def, work)).chain.toReversed()) await takeAway(monitor, node, signal);
}

async function fill(def: DomainDef, work: LiveWork): Promise<void> {
  const { monitor, device, signal } = work;
  const id = device?.alias;
  const { chain, files } = await nodes(def, work);
  for (const { path, text } of files) await writeAtomic(path, text, { mode: 0o600 });
  for (const node of chain) await bring(monitor, node, signal);
  const top = chain.at(-1)?.arguments['node-name'];
  if (top !== undefined) await say(monitor, 'blockdev-insert-medium', { id, 'node-name': top }, signal);
  if (deviceOf<Disk>(def, work).tray !== 'open') await say(monitor, 'blockdev-close-tray', { id }, signal);
}

async function nodes(def: DomainDef, { device, deps, session }: LiveWork) {
  if (device === undefined) return { chain: [], files: [] };
  const { parts, files } = await describeDevice(def, device, deps, session.directory);
  return { chain: parts.filter(({ command }) => command === 'blockdev-add'), files };
}
