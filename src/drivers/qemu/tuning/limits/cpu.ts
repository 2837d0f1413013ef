import type { DomainSpec } from '../../../../model/domain.ts';
import type { Limit, ThreadNumbers } from './contract.ts';

/** `<cputune>`: shares and bandwidth. */
export function cpuLimits(
  { cputune = {} }: DomainSpec,
  { vcpus, iothreads }: ThreadNumbers,
): readonly Limit[] {
  const { shares, period, quota, emulatorPeriod, emulatorQuota, iothreadPeriod, iothreadQuota } = cputune;
  return [
    ...weight(shares),
    ...bandwidth('globalQuota', cputune.globalPeriod, cputune.globalQuota),
    ...bandwidth('emulatorQuota', emulatorPeriod, emulatorQuota, 'emulator'),
    ...vcpus.flatMap((id) => bandwidth('quota', period, quota, `vcpu${id}`)),
    ...iothreads.flatMap((id) => bandwidth('iothreadQuota', iothreadPeriod, iothreadQuota, `iothread${id}`)),
  ];
}

/** The number as it is in both versions, as libvirt does it, though they count in other units. */
function weight(shares: number | undefined): Limit[] {
  if (shares === undefined) return [];
  const value = String(shares);
  const writes = {
    1: [{ files: ['cpu.shares'], value, lifted: '1024' }],
    2: [{ files: ['cpu.weight'], value, lifted: '100' }],
  };
  return [{ path: 'spec.cputune.shares', controller: 'cpu', writes }];
}

/** How libvirt writes down that there is no limit. */
const endless = 17_592_186_044_415;
const usualPeriod = 100_000;

/** Microseconds of each period. Zero says nothing. */
function bandwidth(field: string, period = 0, quota = 0, threads?: string): Limit[] {
  if (period === 0 && quota === 0) return [];
  const isEndless = quota <= 0 || quota >= endless;
  const time = period === 0 ? usualPeriod : period;
  const writes = {
    1: [
      { files: ['cpu.cfs_period_us'], value: String(time), lifted: String(usualPeriod) },
      { files: ['cpu.cfs_quota_us'], value: isEndless ? '-1' : String(quota), lifted: '-1' },
    ],
    2: [{ files: ['cpu.max'], value: `${isEndless ? 'max' : quota} ${time}`, lifted: `max ${usualPeriod}` }],
  };
  const path = `spec.cputune.${field}`;
  return [{ path, controller: 'cpu', writes, ...(threads === undefined ? {} : { threads }) }];
}
