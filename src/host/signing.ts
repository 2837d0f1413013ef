import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { dirname } from 'node:path';
import { Failure } from '../model/failure.ts';
import { ensureDir, exists, readText, stat, writeAtomic } from './files.ts';

/** An ed25519 key of this host; made when it is first needed, readable by its owner only. */
export async function hostKey(path: string): Promise<KeyObject> {
  if (!(await exists(path))) {
    await ensureDir(dirname(path), 0o700);
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeAtomic(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  const facts = await stat(path);
  if (facts && (facts.mode & 0o077) !== 0)
    throw new Failure('permission-denied', `${path}: others than its owner may read this key`, {
      retry: 'never',
      suggestion: `chmod 600 ${path}`,
    });
  return createPrivateKey(await readText(path, 16_384));
}

export function publicKeyOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

export function signText(text: string, key: KeyObject): string {
  return sign(null, Buffer.from(text), key).toString('base64');
}

export function isPublicKey(text: string): boolean {
  try {
    return createPublicKey(text).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

/** False for anything that is no signature of this text by this key. */
export function isSignedText(text: string, signature: string, publicKey: string): boolean {
  try {
    return verify(null, Buffer.from(text), createPublicKey(publicKey), Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
