import type { Problem } from '../model/diagnostic.ts';
import { fileLimits } from './file-limits.ts';

const lfsPointer = 'version https://git-lfs.github.com/spec/';

/** Why this text is no spec at all, whatever its language; undefined: it may be one. */
export function textProblem(text: string): Omit<Problem, 'path'> | undefined {
  if (text.length > fileLimits.bytes)
    return { code: 'file-too-large', message: `more than ${fileLimits.bytes} bytes` };
  if (text.trim() === '')
    return {
      code: 'file-empty',
      message: 'the file is empty',
      suggestion: 'remove the file to remove what it declared',
    };
  if (text.startsWith(lfsPointer))
    return {
      code: 'lfs-pointer',
      message: 'this is a pointer of Git LFS, and no spec: the spec itself lies on another server',
      suggestion: 'keep specs out of LFS: git lfs untrack this name, git add --renormalize, and commit',
    };
  return undefined;
}
