import { Failure } from '../../model/failure.ts';

/** QEMU's words for an image that another process holds: no fault of the spec, and soon over. */
export function lockedImage(said: string): Failure | undefined {
  if (!/Failed to get (?:shared )?"[^"]+" lock/.test(said)) return undefined;
  const [, image] = /another process using the image \[([^\]]+)\]/.exec(said) ?? [];
  return new Failure('image-locked', `another process uses ${image ?? 'the image'}`, {
    retry: { after: 10_000 },
    suggestion: 'stop what uses it: another machine, qemu-img or qemu-nbd',
  });
}
