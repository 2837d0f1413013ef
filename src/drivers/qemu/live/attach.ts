import { remove, writeAtomic } from '../../../host/files.ts';
import type { ProcessIdentity } from '../../../host/process-identity.ts';
import { signalProcess } from '../../../host/processes.ts';
import { findDevice } from '../../../kinds/domain/impact/with-device.ts';
import type { DomainDef } from '../../../model/domain.ts';
import { Failure, toFailure } from '../../../model/failure.ts';
import { startHelper } from '../helper-process.ts';
import { checkImages } from '../images.ts';
import { lockedImage } from '../locked-image.ts';
import { logFile } from '../log-file.ts';
import { passtHelpers } from '../passt.ts';
import { checkSecrets } from '../secrets.ts';
import { makeTaps, removeTaps } from '../taps.ts';
import { dropTransientImages, makeTransientImages } from '../transient-images.ts';
import type { LiveAct, LiveWork } from './contract.ts';
import { describeDevice } from './describe-device.ts';
import { bring, isUnanswered, say, takeAway } from './say.ts';
import { isPlugged } from './unplug.ts';

/** Plugs a device in: its backends from the bottom up, the device, then its settings. */
export const attach: LiveAct = async (work) => {
  const { monitor, after, device, deps, session, signal } = work;
  if (device === undefined) throw new Failure('internal', 'which device?');
  const only = onlyDevice(after, work);
  await checkImages(only, (name) => deps.volumeImage(name));
  const { stateDir } = deps.paths;
  await checkSecrets(only, stateDir);
  const { parts, settings, files } = await describeDevice(after, device, deps, session.directory);
  for (const { path, text } of files) await writeAtomic(path, text, { mode: 0o600 });
  const helpers: ProcessIdentity[] = [];
  try {
    if (!(await isPlugged(monitor, device.alias, signal))) {
      // What is left of a try that was cut off may be of another definition.
      for (const part of parts.toReversed()) await takeAway(monitor, part, signal);
      await makeTaps(only, signal);
      for (const helper of passtHelpers(only, session.directory)) {
        await remove(helper.socket);
        helpers.push(
          await startHelper(helper, { logFile: logFile(deps, after.metadata.name), clock: deps.clock }),
        );
      }
      await makeTransientImages(only, {
        stateDir,
        signal,
        volumeImage: (name) => deps.volumeImage(name),
      });
    }
    for (const part of parts) await bring(monitor, part, signal);
    for (const { command, arguments: args } of settings) await say(monitor, command, args, signal);
  } catch (error) {
    // It may be there, and need all that was made for it.
    if (isUnanswered(error)) throw error;
    for (const part of parts.toReversed()) await takeAway(monitor, part).catch(() => undefined);
    for (const helper of helpers) await signalProcess(helper, 'SIGTERM');
    await removeTaps(only).catch(() => undefined);
    for (const { path } of files) await remove(path);
    throw lockedImage(toFailure(error).message) ?? error;
  } finally {
    await dropTransientImages(only, stateDir);
  }
};

/** A definition of this device alone: what the host has to be asked for. */
export function onlyDevice(def: DomainDef, { device }: Pick<LiveWork, 'device'>): DomainDef {
  const found = device && findDevice(def, device);
  const { kernel: _, initrd: __, loader: ___, ...os } = def.spec.os ?? {};
  const devices = device && found ? { [device.list]: [found] } : {};
  return { ...def, spec: { ...def.spec, os, devices } };
}
