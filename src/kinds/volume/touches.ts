import type { TouchTable } from '../../model/touch.ts';

/** What a volume reaches on the host. */
export const volumeTouches: TouchTable = {
  closed: ['spec'],
  rules: {
    metadata: 'harmless',
    'spec.path': (value) => ({ reach: 'image', value: String(value), writes: true }),
    'spec.format': 'harmless',
    'spec.capacity': 'harmless',
    'spec.backingFile.path': 'image',
    'spec.reclaimPolicy': 'harmless',
  },
};
