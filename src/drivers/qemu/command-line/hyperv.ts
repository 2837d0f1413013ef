import type { Hyperv } from '../../../model/domain.ts';

const enlightenments = {
  relaxed: 'hv-relaxed',
  vapic: 'hv-vapic',
  vpindex: 'hv-vpindex',
  runtime: 'hv-runtime',
  synic: 'hv-synic',
  reset: 'hv-reset',
  frequencies: 'hv-frequencies',
  reenlightenment: 'hv-reenlightenment',
  tlbflush: 'hv-tlbflush',
  tlbflushDirect: 'hv-tlbflush-direct',
  tlbflushExtended: 'hv-tlbflush-ext',
  ipi: 'hv-ipi',
  evmcs: 'hv-evmcs',
  avic: 'hv-avic',
  emsrBitmap: 'hv-emsr-bitmap',
  xmmInput: 'hv-xmm-input',
} as const satisfies Partial<Record<keyof Hyperv, string>>;

/** Enlightenments for Windows, as features of the CPU. */
export function hypervFeatures(hyperv: Hyperv | undefined): readonly string[] {
  if (hyperv === undefined) return [];
  const found: string[] = hyperv.mode === 'passthrough' ? ['hv-passthrough=on'] : [];
  for (const [word, feature] of Object.entries(enlightenments))
    if (hyperv[word as keyof typeof enlightenments]) found.push(`${feature}=on`);
  const { spinlocks, stimer, vendorId } = hyperv;
  if (spinlocks?.state !== false && spinlocks?.retries !== undefined)
    found.push(`hv-spinlocks=0x${spinlocks.retries.toString(16)}`);
  if (stimer?.state) {
    found.push('hv-stimer=on');
    if (stimer.direct) found.push('hv-stimer-direct=on');
  }
  if (vendorId !== undefined) found.push(`hv-vendor-id=${vendorId}`);
  return found;
}
