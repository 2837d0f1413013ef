import type { Problem } from '../../model/diagnostic.ts';
import type { VolumeDef } from '../../model/volume.ts';

export function validateVolume({ spec }: VolumeDef): readonly Problem[] {
  const problems: Problem[] = [];
  if (spec.backingFile && spec.format !== 'qcow2') {
    problems.push({
      code: 'conflicting-options',
      path: 'spec.backingFile',
      message: 'only a qcow2 volume can have a backing file',
      suggestion: 'write format: qcow2',
    });
  }
  if (spec.path && spec.path === spec.backingFile?.path) {
    problems.push({
      code: 'conflicting-options',
      path: 'spec.backingFile.path',
      message: 'a volume cannot be its own backing file',
    });
  }
  return problems;
}
