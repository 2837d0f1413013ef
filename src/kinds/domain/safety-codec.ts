import type { Safety } from '../../model/domain.ts';
import { seconds } from '../shape/duration.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { object } from '../shape/object.ts';
import { yesNo } from '../shape/on-off.ts';
import { probeCodec } from './probe-codec.ts';

export const safetyCodec = elementCodec<Safety>('q:safety', {
  snapshot: yesNo(
    '@snapshot',
    'A checkpoint of its writable qcow2 disks before it starts changed, gone back to when it fails. Default: false.',
  ),
  probe: object('q:probe', probeCodec('q:probe'), 'What tells that it works. Default: its readiness.'),
  timeout: seconds('@timeout', 'How long it may take to show that it works. Default: 5 m.'),
});
