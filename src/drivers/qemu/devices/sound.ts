import type { Sound } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

const drivers = {
  ac97: 'AC97',
  es1370: 'ES1370',
  sb16: 'sb16',
  usb: 'usb-audio',
  ich6: 'intel-hda',
  ich7: 'intel-hda',
  ich9: 'ich9-intel-hda',
} as const;

/** A sound card; HD audio has its codecs on a bus of its own. The speaker belongs to the machine. */
export function buildSound(sound: Sound, { view, args }: DeviceBuild): void {
  if (sound.model === 'pcspk') return;
  const { alias: id, codecs = ['duplex' as const] } = sound;
  const audiodev = view.audiodev(sound.audio);
  const driver = drivers[sound.model];
  const isHda = driver.endsWith('hda');
  args.device(driver, {
    id,
    audiodev: isHda ? undefined : audiodev,
    multi: sound.multichannel,
    ...view.place(sound),
  });
  if (!isHda) return;
  for (const [cad, codec] of codecs.entries())
    args.device(`hda-${codec}`, { id: `${id}-codec${cad}`, bus: `${id}.0`, cad, audiodev });
}
