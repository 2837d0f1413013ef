import type { DomainSpec } from '../../model/domain.ts';

/** Why a completed definition that asks for firmware has none: no descriptor of this host fits. */
export function firmwareProblem({ os }: DomainSpec): string | undefined {
  if (os?.firmware === undefined || os.loader?.path !== undefined) return undefined;
  const wishes = [
    ...(os.firmwareFeatures ?? []).map(({ name, enabled }) => `${enabled ? 'with' : 'without'} ${name}`),
    ...(os.loader?.secure === undefined ? [] : [os.loader.secure ? 'secure' : 'not secure']),
    ...(os.loader?.stateless ? ['stateless'] : []),
  ];
  const wanted = [`firmware ${os.firmware} for ${os.machine ?? 'pc'}`, ...wishes].join(', ');
  return `no descriptor in /usr/share/qemu/firmware or /etc/qemu/firmware offers ${wanted}`;
}
