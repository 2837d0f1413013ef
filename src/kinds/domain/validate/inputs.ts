import type { DomainSpec } from '../../../model/domain.ts';
import type { Input } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';
import { checkEach, type Rule, unwanted } from './rules.ts';

/** Mouse, tablet, keyboard, and devices of the host that are handed on. */
export function checkInputs(spec: DomainSpec, report: Report): void {
  checkEach(rules, spec.devices?.inputs, 'spec.devices.inputs', spec, report);
}

const rules: readonly Rule<Input>[] = [
  {
    at: 'bus',
    when: ({ bus }, { features }) => bus === 'ps2' && features?.ps2 === false,
    says: 'PS/2 is switched off in features',
    instead: 'use bus usb or virtio',
  },
  {
    at: 'bus',
    when: ({ type, bus }) => bus === 'ps2' && type !== 'mouse' && type !== 'keyboard',
    says: 'PS/2 has mouse and keyboard only',
    instead: 'use bus usb or virtio',
  },
  {
    at: 'bus',
    when: ({ type, bus }) => type === 'passthrough' && bus !== undefined && bus !== 'virtio',
    says: 'a device of the host is handed on over virtio',
    instead: 'use bus virtio',
  },
  ...unwanted<Input>(['bus'], ({ type }) => type === 'evdev', 'is not for evdev: QEMU reads it itself'),
  {
    at: 'evdev',
    when: ({ type, evdev }) => type === 'passthrough' && evdev === undefined,
    says: 'the device of the host is missing',
    instead: 'add evdev, e.g. /dev/input/event0',
    code: 'missing-field',
  },
  ...unwanted<Input>(
    ['evdev'],
    ({ type, bus }) => type !== 'passthrough' && bus !== 'virtio',
    'is for type passthrough',
  ),
  ...unwanted<Input>(
    ['evdev'],
    ({ type, bus }) => type !== 'passthrough' && bus === 'virtio',
    'is for type passthrough',
  ).map((rule) => ({ ...rule, isHarmless: true })),
  {
    at: 'dev',
    when: ({ type, dev }) => type === 'evdev' && dev === undefined,
    says: 'the device of the host is missing',
    instead: 'add dev, e.g. /dev/input/event0',
    code: 'missing-field',
  },
  ...unwanted<Input>(
    ['model'],
    ({ type, bus = type === 'passthrough' ? 'virtio' : undefined }) => bus !== 'virtio',
    'is for bus virtio',
  ),
  {
    at: 'model',
    when: ({ model }) => model?.includes('transitional') === true,
    says: 'virtio input devices are modern ones only',
    instead: 'write virtio, or leave model out',
    code: 'not-supported',
  },
];
