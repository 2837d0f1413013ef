import type { Audio } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

export function buildAudio(audio: Audio, { args }: DeviceBuild): void {
  args.json('-audiodev', { id: `audio${audio.id}`, driver: audio.type });
}
