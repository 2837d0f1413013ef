import type { DomainSpec } from '../../../../model/domain.ts';
import type { BlkiotuneDevice } from '../../../../model/domain-tuning.ts';
import type { Limit, LimitFacts, Write } from './contract.ts';

/** `<blkiotune>`: shares and limits of the host's block devices. Zero: none. */
export function ioLimits(
  { blkiotune = {} }: DomainSpec,
  { device }: Pick<LimitFacts, 'device'>,
): readonly Limit[] {
  const { weight = 0, devices = [] } = blkiotune;
  const limits = devices.map((one) => deviceLimit(one, device(one.path)));
  if (weight === 0) return limits;
  const value = String(weight);
  const writes = {
    1: [{ files: ['blkio.bfq.weight', 'blkio.weight'], value, lifted: '100' }],
    2: [{ files: ['io.bfq.weight', 'io.weight'], value, lifted: '100' }],
  };
  return [{ path: 'spec.blkiotune.weight', controller: 'io', writes }, ...limits];
}

/** All limits of a device are written, those that are not wanted as none. */
function deviceLimit(one: BlkiotuneDevice, number: string): Limit {
  const { path, weight = 0, readIopsSec, writeIopsSec, readBytesSec, writeBytesSec } = one;
  const share = (files: readonly string[], lifted: string): Write[] =>
    weight === 0 ? [] : [{ files, value: `${number} ${weight}`, lifted: `${number} ${lifted}` }];
  const throttle = (file: string, most = 0): Write => ({
    files: [`blkio.throttle.${file}_device`],
    value: `${number} ${most}`,
    lifted: `${number} 0`,
  });
  const pair = (name: string, most = 0) => `${name}=${most === 0 ? 'max' : most}`;
  const all = [
    pair('rbps', readBytesSec),
    pair('wbps', writeBytesSec),
    pair('riops', readIopsSec),
    pair('wiops', writeIopsSec),
  ];
  return {
    path: `spec.blkiotune.devices[${path}]`,
    controller: 'io',
    writes: {
      1: [
        ...share(['blkio.bfq.weight_device', 'blkio.weight_device'], '0'),
        throttle('read_iops', readIopsSec),
        throttle('write_iops', writeIopsSec),
        throttle('read_bps', readBytesSec),
        throttle('write_bps', writeBytesSec),
      ],
      2: [
        ...share(['io.bfq.weight', 'io.weight'], 'default'),
        {
          files: ['io.max'],
          value: `${number} ${all.join(' ')}`,
          lifted: `${number} rbps=max wbps=max riops=max wiops=max`,
        },
      ],
    },
  };
}
