import type { LiveOperation } from '../../../model/live-change.ts';
import { attach } from './attach.ts';
import { balloon } from './balloon.ts';
import { bandwidth } from './bandwidth.ts';
import { bridge } from './bridge.ts';
import type { LiveAct } from './contract.ts';
import { detach } from './detach.ts';
import { iothreads } from './iothreads.ts';
import { link } from './link.ts';
import { listen } from './listen.ts';
import { medium } from './medium.ts';
import { password } from './password.ts';
import { resize } from './resize.ts';
import { throttle } from './throttle.ts';
import { tray } from './tray.ts';
import { tune } from './tune.ts';
import { vcpus } from './vcpus.ts';
import { watchdog } from './watchdog.ts';

/** One row per change that a running machine takes. */
export const liveActs: Readonly<Record<LiveOperation, LiveAct>> = {
  attach,
  detach,
  medium,
  tray,
  throttle,
  link,
  bandwidth,
  bridge,
  resize,
  watchdog,
  listen,
  password,
  vcpus,
  balloon,
  iothreads,
  tune,
};
