import type { DomainSpec, Features, Loader, Os } from '../../../model/domain.ts';
import type { DomainCapabilities, FirmwareImage } from '../../../model/domain-capabilities.ts';

type Firmware = { readonly os: Os; readonly features?: Features };

/**
 * Finds the image for `firmware: efi`: the first descriptor that fits machine and features, as libvirt does. The
 * path of the variable store stays open; it belongs to the host's state.
 */
export function completeFirmware(
  os: Os,
  features: Features | undefined,
  previous: DomainSpec | undefined,
  capabilities: DomainCapabilities,
): Firmware {
  const given: Firmware = features === undefined ? { os } : { os, features };
  if (os.loader?.path !== undefined) return ofDescriptor(os, features, capabilities);
  if (os.firmware !== 'efi') return given;
  const kept = sameWish(os, previous?.os) ? previous?.os : undefined;
  if (kept?.loader?.path !== undefined)
    return { os: withImage(os, kept.loader, kept.nvram?.template), ...smm(features, kept.loader.secure) };
  const image = capabilities.firmware.find((one) => fits(one, os, features));
  if (image === undefined) return given;
  const secure = image.features.includes('requires-smm');
  const loader: Loader = {
    path: image.executable,
    type: 'pflash',
    readonly: true,
    ...(secure ? { secure } : {}),
    ...(image.executableFormat === 'qcow2' ? { format: 'qcow2' } : {}),
  };
  return { os: withImage(os, loader, image.nvramTemplate), ...smm(features, secure) };
}

function fits(image: FirmwareImage, os: Os, features: Features | undefined): boolean {
  if (image.kind !== os.firmware || image.device !== 'flash') return false;
  if (!image.machines.some((pattern) => matchesGlob(os.machine ?? '', pattern))) return false;
  const wishes = os.firmwareFeatures ?? [];
  if (wishes.some(({ name, enabled }) => image.features.includes(name) !== enabled)) return false;
  const needsSmm = image.features.includes('requires-smm');
  if (needsSmm && features?.smm?.state === false) return false;
  if (os.loader?.secure !== undefined && os.loader.secure !== needsSmm) return false;
  return os.loader?.stateless !== true;
}

/** `pc-q35-*` is all that descriptors use. */
function matchesGlob(text: string, pattern: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  const end = rest.at(-1) ?? '';
  return text.startsWith(start) && text.endsWith(end) && text.length >= start.length + end.length;
}

function sameWish(os: Os, previous: Os | undefined): boolean {
  return (
    previous?.firmware === os.firmware &&
    previous?.machine === os.machine &&
    (os.loader?.secure === undefined || os.loader.secure === (previous?.loader?.secure ?? false)) &&
    JSON.stringify(previous?.firmwareFeatures ?? []) === JSON.stringify(os.firmwareFeatures ?? [])
  );
}

function withImage(os: Os, loader: NonNullable<Os['loader']>, template: string | undefined): Os {
  const nvram = { ...(template === undefined ? {} : { template }), ...os.nvram };
  return {
    ...os,
    loader: { ...loader, ...os.loader },
    ...(Object.keys(nvram).length === 0 ? {} : { nvram }),
  };
}

function smm(features: Features | undefined, secure: boolean | undefined): { readonly features?: Features } {
  if (secure !== true) return features === undefined ? {} : { features };
  return { features: { ...features, smm: { ...features?.smm, state: features?.smm?.state ?? true } } };
}

/** A flash image given by hand gets what its descriptor says: the variables, and what it needs of the machine. */
function ofDescriptor(os: Os, features: Features | undefined, capabilities: DomainCapabilities): Firmware {
  const given: Firmware = features === undefined ? { os } : { os, features };
  if (os.loader?.type !== 'pflash' || os.loader.stateless === true || os.nvram?.template !== undefined)
    return given;
  const image = capabilities.firmware.find((one) => one.executable === os.loader?.path);
  if (image?.nvramTemplate === undefined) return given;
  const nvram = { ...os.nvram, template: image.nvramTemplate };
  const secure =
    image.features.includes('requires-smm') &&
    features?.smm?.state !== false &&
    image.machines.some((pattern) => matchesGlob(os.machine ?? '', pattern));
  if (!secure) return { ...given, os: { ...os, nvram } };
  return { os: { ...os, loader: { ...os.loader, secure }, nvram }, ...smm(features, secure) };
}
