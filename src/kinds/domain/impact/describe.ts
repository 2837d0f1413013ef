import type { LiveChange, LiveOperation } from '../../../model/live-change.ts';

const words: Readonly<Record<LiveOperation, string>> = {
  attach: 'plug in',
  detach: 'unplug',
  medium: 'change the medium of',
  tray: 'move the tray of',
  throttle: 'set the limits of',
  link: 'set the link of',
  bandwidth: 'limit the traffic of',
  bridge: 'move to its bridge:',
  resize: 'resize',
  watchdog: 'set what the watchdog does:',
  listen: 'set where the screens listen',
  password: 'set the passwords of the screens',
  vcpus: 'set the number of vCPUs',
  balloon: 'set the balloon',
  iothreads: 'set the number of I/O threads',
  tune: 'set what the host lets it have',
};

/** A live change in words for people. */
export function describe({ operation, device }: LiveChange): string {
  return device ? `${words[operation]} ${device.alias}` : words[operation];
}
