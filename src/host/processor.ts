import { release, version } from 'node:os';
import { listDir, readText } from './files.ts';

/** The host's processor by Linux's account. */
export interface Processor {
  readonly flags: readonly string[];
  /** Changes whenever KVM may give guests another CPU: processor, microcode, kernel, options of the module. */
  readonly identity: string;
}

/** Of one processor, what does not change from moment to moment. */
const telling = ['vendor_id', 'cpu family', 'model', 'model name', 'stepping', 'microcode', 'flags'];

export async function processor(): Promise<Processor> {
  const text = await readText('/proc/cpuinfo').catch(() => '');
  const [first = ''] = text.split('\n\n');
  const facts = new Map(
    first.split('\n').map((line) => {
      const [name = '', value = ''] = line.split(':');
      return [name.trim(), value.trim()] as const;
    }),
  );
  const options = await Promise.all(['kvm', 'kvm_intel', 'kvm_amd'].map(moduleOptions));
  const identity = [...telling.map((name) => facts.get(name) ?? ''), release(), version(), ...options];
  return { flags: (facts.get('flags') ?? '').split(' ').filter(Boolean), identity: identity.join('|') };
}

async function moduleOptions(module: string): Promise<string> {
  const directory = `/sys/module/${module}/parameters`;
  const names = (await listDir(directory).catch(() => [])).sort();
  const values = names.map((name) => readText(`${directory}/${name}`).catch(() => ''));
  return (await Promise.all(values)).map((value, at) => `${names[at]}=${value.trim()}`).join(' ');
}
