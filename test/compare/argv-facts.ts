/** A command line as facts: what it asks of QEMU, without ids, order, paths of the run directory, or the monitor. */
export function argvFacts(words: readonly string[], name: string): string[] {
  const options = optionsOf(words.slice(1));
  const byId = new Map<string, Value>();
  for (const { option, value } of options) {
    if (typeof value === 'string') continue;
    const id = value[option === 'blockdev' ? 'node-name' : 'id'];
    if (typeof id === 'string' && option !== 'device') byId.set(`${option}:${id}`, value);
  }
  const resolve = (option: string, value: Value): Value => {
    if (typeof value === 'string') return tidy(value, name);
    const plain: Record<string, Value> = {};
    for (const [key, item] of Object.entries(value)) {
      if (dropped(option, key)) continue;
      const target = references[key]?.map((kind) => byId.get(`${kind}:${String(item)}`)).find(Boolean);
      plain[key] = target === undefined ? resolve(option, item as Value) : withoutId(resolve(key, target));
    }
    return plain;
  };
  const facts: string[] = [];
  for (const { option, value } of options.map(modern)) {
    if (ours.has(option) || isMonitor(option, value)) continue;
    // What a device uses is shown where it is used.
    if (referred.has(option) && !(option === 'object' && isStandalone(value))) continue;
    const resolved = withoutId(
      isInterface(option, value) ? { driver: value['driver'] ?? '' } : resolve(option, value),
    );
    if (typeof resolved === 'string') facts.push(`-${option} ${resolved}`);
    else facts.push(...flat(`-${option} ${label(option, resolved)}`, resolved));
  }
  return facts.sort();
}

type Value = string | { readonly [key: string]: Value };

/** The control of QEMU is every manager's own. */
const ours = new Set([
  'S',
  'sandbox',
  'msg',
  'name',
  'no-user-config',
  'nodefaults',
  'mon',
  'no-shutdown',
  'pidfile',
]);
const references: Readonly<Record<string, readonly string[]>> = {
  drive: ['blockdev'],
  file: ['blockdev'],
  backing: ['blockdev'],
  netdev: ['netdev'],
  chardev: ['chardev'],
  audiodev: ['audiodev'],
  memdev: ['object'],
  'memory-backend': ['object'],
  pflash0: ['blockdev'],
  pflash1: ['blockdev'],
  iothread: ['object'],
  rng: ['object'],
  'key-secret': ['object'],
  'password-secret': ['object'],
};
const referred = new Set(['blockdev', 'netdev', 'chardev', 'tpmdev', 'audiodev', 'object']);

function isStandalone(value: Value): boolean {
  return typeof value !== 'string' && /^(thread-context|sev-guest|main-loop)/.test(String(value['qom-type']));
}

/** libvirt's test of a command line makes an interface anew of model and MAC; its address is seen in the XML. */
function isInterface(option: string, value: Value): value is { readonly [key: string]: Value } {
  return option === 'device' && typeof value !== 'string' && value['netdev'] !== undefined;
}

function isMonitor(option: string, value: Value): boolean {
  return option === 'display' && value === 'none';
}

/** Two spellings of one thing. */
function modern(given: { option: string; value: Value }): { option: string; value: Value } {
  const { option, value } = given;
  if (option === 'no-hpet') return { option: 'machine', value: { hpet: 'off' } };
  if (option === 'no-acpi') return { option: 'machine', value: { acpi: 'off' } };
  if (option === 'device' && typeof value !== 'string' && value['driver'] === 'sga')
    return { option: 'machine', value: { graphics: 'off' } };
  return given;
}

/** libvirt's test of a command line knows no host side of interfaces and TPMs. */
function dropped(option: string, key: string): boolean {
  if (option === 'device') return ['netdev', 'tpmdev', 'vhostfd'].includes(key);
  return (option === 'spice' && key === 'port') || (key === 'fd' && option !== 'add-fd');
}

function withoutId(value: Value): Value {
  if (typeof value === 'string') return value;
  const { id: _, 'node-name': __, ...rest } = value;
  return rest;
}

function label(option: string, value: { readonly [key: string]: Value }): string {
  const { driver, bus, addr, nr, port } = value;
  // What a machine is called is one of its facts; its properties may come from several options.
  if (option === 'machine') return '';
  const place = [bus, addr ?? nr ?? port].filter((part) => part !== undefined).join('/');
  return [driver, place && `@${place}`].filter(Boolean).join(' ');
}

function* flat(path: string, value: Value): Generator<string> {
  if (typeof value === 'string') yield `${path}=${value}`;
  else for (const [key, item] of Object.entries(value)) yield* flat(`${path} .${key}`, item);
}

function optionsOf(args: readonly string[]): { option: string; value: Value }[] {
  const options: { option: string; value: Value }[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (!word.startsWith('-')) continue;
    const next = args[at + 1];
    if (next === undefined || /^-[a-zA-Z]/.test(next))
      options.push({ option: word.replace(/^-+/, ''), value: 'on' });
    else {
      options.push({ option: word.replace(/^-+/, ''), value: valueFrom(word.replace(/^-+/, ''), next) });
      at += 1;
    }
  }
  return options;
}

const plainOptions = new Set(['cpu', 'uuid', 'kernel', 'initrd', 'append', 'dtb', 'bios', 'display', 'name']);

function valueFrom(option: string, text: string): Value {
  if (text.startsWith('{')) return stringly(JSON.parse(text));
  if (option === 'm') return memory(text);
  if (plainOptions.has(option) || !text.includes('=')) return text;
  // A comma inside a value is written twice.
  const parts = text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','));
  const value: Record<string, Value> = {};
  parts.forEach((part, at) => {
    const equal = part.indexOf('=');
    if (equal === -1) value[at === 0 ? 'driver' : part] = at === 0 ? part : 'on';
    else value[part.slice(0, equal)] = truth(part.slice(equal + 1));
  });
  return value;
}

/** `-m 256` and `-m size=262144k` ask for one thing. */
function memory(text: string): Value {
  const [size = '', ...rest] = text.replace(/^size=/, '').split(',');
  const kib = size.endsWith('k') ? Number(size.slice(0, -1)) : Number(size) * 1024;
  return { size: `${kib}k`, ...Object.fromEntries(rest.map((part) => part.split('=') as [string, string])) };
}

function stringly(value: unknown): Value {
  if (Array.isArray(value)) return Object.fromEntries(value.map((item, at) => [String(at), stringly(item)]));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringly(item)]));
  return truth(String(value));
}

function truth(text: string): string {
  if (text === 'true' || text === 'yes') return 'on';
  return text === 'false' || text === 'no' ? 'off' : text;
}

/** Files that each manager keeps in directories of its own. */
function tidy(text: string, name: string): string {
  return (
    text
      .replace(/\/(var\/lib|run)\/(libvirt|qonverge)\/(\S*\/)?nvram\/\S*/g, '<nvram>')
      .replace(/\/(var\/lib|run)\/(libvirt|qonverge)\/\S*/g, '<run>')
      // The moment of its making.
      .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, '<time>')
      .replaceAll(name, '<name>')
  );
}
