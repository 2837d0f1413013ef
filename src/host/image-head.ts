import { readHead } from './files.ts';

/** What a disk image says of itself in its first bytes. Whoever once wrote the file as raw may have written them: a guest. */
export interface ImageHead {
  /** It is what it is taken for. */
  readonly isFormat: boolean;
  /** What it wants to have read beside itself. */
  readonly wants?: 'a backing file' | 'a data file' | 'files of extents';
}

const fine: ImageHead = { isFormat: true };

/** Of formats whose heads can name other files; whatever else there is says nothing of any. */
export async function readImageHead(path: string, format: string, offset = 0): Promise<ImageHead> {
  if (format !== 'qcow2' && format !== 'vmdk') return fine;
  const head = await readHead(path, 80, offset);
  return format === 'qcow2' ? qcow2(head) : vmdk(head);
}

const qcow2Magic = 0x514649fb;
/** A bit of the incompatible features: the guest's data is in another file. */
const externalData = 0x04;

function qcow2(head: Buffer): ImageHead {
  if (head.length < 32 || head.readUInt32BE(0) !== qcow2Magic) return { isFormat: false };
  const version = head.readUInt32BE(4);
  if (version >= 3 && head.length >= 80 && (head.readUInt32BE(76) & externalData) !== 0)
    return { isFormat: true, wants: 'a data file' };
  const hasBacking = head.readBigUInt64BE(8) !== 0n && head.readUInt32BE(16) > 0;
  return hasBacking ? { isFormat: true, wants: 'a backing file' } : fine;
}

/** One file that has its data in itself; anything else is a text that names where the data is. */
function vmdk(head: Buffer): ImageHead {
  const magic = head.toString('latin1', 0, 4);
  const isWhole =
    magic === 'COWD' || (magic === 'KDMV' && head.length >= 20 && head.readBigUInt64LE(12) !== 0n);
  return isWhole ? fine : { isFormat: true, wants: 'files of extents' };
}
