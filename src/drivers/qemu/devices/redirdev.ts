import type { Redirdev, RedirRule } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

export function buildRedirdev(redirdev: Redirdev, { view, context, args }: DeviceBuild): void {
  const chardev = buildChardev(redirdev, context.directory, args, { spice: 'usbredir' });
  const rules = view.spec.devices?.redirfilter;
  args.device('usb-redir', {
    chardev,
    id: redirdev.alias,
    filter: rules?.map(ruleText).join('|'),
    bootindex: redirdev.bootOrder,
    ...view.place(redirdev),
  });
}

/** `0x08:0x1234:0xBEEF:0x0200:1`; -1 matches everything. */
function ruleText(rule: RedirRule): string {
  const hex = (value: number | undefined, digits: number) =>
    value === undefined ? '-1' : `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
  const version = hex(rule.version === undefined ? undefined : binaryCoded(rule.version), 4);
  return [hex(rule.class, 2), hex(rule.vendor, 4), hex(rule.product, 4), version, Number(rule.allow)].join(
    ':',
  );
}

/** USB writes version 2.56 as 0x0256, and 2.5 as 0x0250. */
function binaryCoded(version: string): number {
  const [major = '0', minor = '0'] = version.split('.');
  return Number.parseInt(major.padStart(2, '0') + minor.padEnd(2, '0'), 16);
}
