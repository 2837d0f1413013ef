import type { Rom } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';

/** An empty name means no ROM at all. */
export function romProperties(rom: Rom | undefined): Properties {
  if (rom === undefined) return {};
  if (rom.enabled === false) return { romfile: '' };
  return { rombar: rom.bar === undefined ? undefined : Number(rom.bar), romfile: rom.file };
}
