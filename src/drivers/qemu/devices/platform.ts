import type { Memballoon, Panic, Rng, Tpm, Vsock, Watchdog } from '../../../model/domain-devices.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

export function buildMemballoon(balloon: Memballoon, { view, args, configure }: DeviceBuild): void {
  if (balloon.model === 'none') return;
  const id = balloon.alias ?? 'balloon0';
  args.device(virtioDriver('virtio-balloon', balloon.model), {
    id,
    ...(balloon.autodeflate === undefined ? {} : { 'deflate-on-oom': balloon.autodeflate }),
    ...(balloon.freePageReporting === undefined ? {} : { 'free-page-reporting': balloon.freePageReporting }),
    ...virtioProperties(balloon.virtio),
    ...view.place(balloon.address),
  });
  if (balloon.statsPeriod) {
    configure.push({
      command: 'qom-set',
      arguments: {
        path: `/machine/peripheral/${id}`,
        property: 'guest-stats-polling-interval',
        value: balloon.statsPeriod,
      },
    });
  }
}

export function buildRng(rng: Rng, { view, args }: DeviceBuild): void {
  const id = rng.alias ?? 'rng';
  const object = `obj${id}`;
  if (rng.backend === 'builtin') args.json('-object', { 'qom-type': 'rng-builtin', id: object });
  else args.json('-object', { 'qom-type': 'rng-random', id: object, filename: rng.source ?? '/dev/urandom' });
  args.device(virtioDriver('virtio-rng', rng.model), {
    rng: object,
    id,
    ...(rng.rateBytes === undefined ? {} : { 'max-bytes': rng.rateBytes, period: rng.ratePeriod ?? 1000 }),
    ...virtioProperties(rng.virtio),
    ...view.place(rng.address),
  });
}

export function buildWatchdog(watchdog: Watchdog, { view, args }: DeviceBuild): void {
  const { action = 'reset' } = watchdog;
  if (watchdog.model !== 'itco')
    args.device(watchdog.model, { id: watchdog.alias, ...view.place(watchdog.address) });
  else if (view.isQ35) args.add('-global', 'ICH9-LPC.noreboot=off');
  args.add('-watchdog-action', action === 'dump' ? 'pause' : action);
}

export function buildPanic(panic: Panic, { view, args }: DeviceBuild): void {
  if (panic.model === 'hyperv') return; // a feature of the CPU
  if (panic.model === 'pvpanic')
    return args.device('pvpanic-pci', { id: panic.alias, ...view.place(panic.address) });
  const port = panic.address?.type === 'isa' ? panic.address.iobase : undefined;
  args.device('pvpanic', port === undefined ? {} : { ioport: port });
}

export function buildTpm(tpm: Tpm, { context, args }: DeviceBuild): void {
  const id = tpm.alias ?? 'tpm0';
  args.add('-chardev', `socket,id=chrtpm,path=${context.directory}/swtpm.sock`);
  args.add('-tpmdev', `emulator,id=tpm-${id},chardev=chrtpm`);
  args.device(tpm.model ?? 'tpm-tis', { tpmdev: `tpm-${id}`, id });
}

export function buildVsock(vsock: Vsock, { view, args }: DeviceBuild): void {
  args.device(virtioDriver('vhost-vsock', vsock.model), {
    id: vsock.alias,
    'guest-cid': vsock.cid ?? 3,
    ...virtioProperties(vsock.virtio),
    ...view.place(vsock.address),
  });
}
